/** One item: its value and what it was given, what went wrong, and why it ran. */
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { RunView } from "../../src/model/view.ts";
import type { ItemDetail } from "../api/answers.ts";
import { CopyMenu } from "../shell/copy-menu.tsx";
import { counted, duration, shortRun } from "../shell/format.ts";
import { Nothing } from "../shell/pane.tsx";
import type { InspectorTab } from "../shell/search.ts";
import { Status } from "../shell/status.tsx";
import { ArtifactsPart } from "./artifacts.tsx";
import { AttemptsPart } from "./attempts.tsx";
import { ErrorPart } from "./error-part.tsx";
import { LineagePart } from "./lineage.tsx";
import { Lines } from "./lines.tsx";
import { ModelCallsPart } from "./model-calls.tsx";
import { NotesPart } from "./notes.tsx";
import { Part } from "./part.tsx";
import { SpansPart } from "./spans.tsx";
import { StreamPart } from "./stream.tsx";
import { JsonView } from "./value.tsx";
import { WhyPart } from "./why.tsx";

export function ItemParts(props: {
  readonly item: ItemDetail;
  readonly tab: InspectorTab;
  readonly view: RunView;
  readonly runId: string;
  readonly revision: string;
}): ReactElement {
  const { item, tab, view, runId, revision } = props;
  const head = (
    <div className="inspector-head">
      <Status status={item.status} />
      <code>{item.path}</code>
      <span className="faint" title={item.address}>
        {shortRun(runId)}
        {item.address.slice(runId.length)}
      </span>
      {item.ms !== undefined && <span className="faint">{duration(item.ms)}</span>}
      {item.attempts > 1 && <span className="faint">{counted(item.attempts, "attempt")}</span>}
      {item.child && (
        <Link to="/runs/$runId" params={{ runId: item.child.runId }} title="down into the child run  (o)">
          child run {shortRun(item.child.runId)}
        </Link>
      )}
      <span className="grow" />
      <CopyMenu runId={runId} address={item.address} />
    </div>
  );
  const stream = <StreamPart address={item.address} status={item.status} revision={revision} />;
  switch (tab) {
    case "input":
      return (
        <>
          {head}
          {item.inputs.length === 0 && <Nothing>This item was given nothing.</Nothing>}
          {item.inputs.map((input) => (
            <Part key={input.param} title={input.param} said={input.from}>
              <JsonView value={"value" in input ? input.value : input.preview} />
            </Part>
          ))}
        </>
      );
    case "error":
      return (
        <>
          {head}
          {item.errors.length === 0 ? (
            <Nothing>Nothing went wrong here.</Nothing>
          ) : (
            item.errors.toReversed().map((error) => <ErrorPart key={error.seq} error={error} runId={runId} />)
          )}
        </>
      );
    case "logs":
      return (
        <>
          {head}
          <Lines place={item.address} revision={revision} />
        </>
      );
    case "attempts":
      return (
        <>
          {head}
          <AttemptsPart address={item.address} startedAt={view.createdAt} revision={revision} />
          <ModelCallsPart calls={item.modelCalls} />
        </>
      );
    case "lineage":
      return (
        <>
          {head}
          <LineagePart address={item.address} revision={revision} />
        </>
      );
    case "why":
      return (
        <>
          {head}
          <WhyPart address={item.address} revision={revision} />
        </>
      );
    case "spans":
      return (
        <>
          {head}
          <SpansPart place={item.address} revision={revision} />
        </>
      );
    case "artifacts":
      return (
        <>
          {head}
          <ArtifactsPart runId={runId} place={item.address} revision={revision} />
        </>
      );
    case "output":
      return (
        <>
          {head}
          {item.status === "running" && stream}
          {"value" in item ? (
            <JsonView value={(item as { readonly value?: unknown }).value} />
          ) : item.elements ? (
            <Part title={counted(item.size ?? item.elements.length, "element")}>
              <JsonView value={item.elements} />
            </Part>
          ) : item.preview === undefined ? (
            <Nothing>{item.status === "completed" ? "It gave nothing." : "It has given nothing so far."}</Nothing>
          ) : (
            <JsonView value={item.preview} />
          )}
          {item.status !== "running" && stream}
          <ModelCallsPart calls={item.modelCalls} />
          <NotesPart notes={item.notes} />
        </>
      );
  }
}
