/** One call: what it came to, where it is made, and what flows into and out of it. */
import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import type { CallView, RunView } from "../../src/model/view.ts";
import { duration } from "../shell/format.ts";
import type { InspectorTab } from "../shell/search.ts";
import { Status } from "../shell/status.tsx";
import { ArtifactsPart } from "./artifacts.tsx";
import { Lines } from "./lines.tsx";
import { Pair } from "./part.tsx";
import { SpansPart } from "./spans.tsx";

export function CallParts(props: {
  readonly call: CallView;
  readonly view: RunView;
  readonly runId: string;
  readonly tab: InspectorTab;
  readonly revision: string;
}): ReactElement {
  const { call, view, runId, tab, revision } = props;
  const place = `${runId}.${call.call}`;
  if (tab === "artifacts") return <ArtifactsPart runId={runId} place={place} revision={revision} />;
  if (tab === "spans") return <SpansPart place={place} revision={revision} />;
  if (tab === "logs") return <Lines place={place} revision={revision} />;
  return (
    <>
      <div className="inspector-head">
        <Status status={call.status} />
        <code>{call.node}</code>
        <span className="faint">
          {runId}.{call.call}
        </span>
        <span className="faint">{call.kind}</span>
      </div>
      <dl className="pairs">
        <Pair
          name="items"
          value={
            Object.entries(call.counts)
              .map(([status, number]) => `${number} ${status}`)
              .join(", ") || "none"
          }
        />
        <Pair name="retries" value={String(call.retries)} />
        <Pair name="busy" value={duration(call.busyMs)} />
        {call.startedAt !== undefined && call.endedAt !== undefined && (
          <Pair name="took" value={duration(call.endedAt - call.startedAt)} />
        )}
        {call.site && (
          <Pair
            name="made at"
            value={`${call.site.file}:${call.site.line}${call.site.functionName === undefined ? "" : ` in ${call.site.functionName}`}`}
          />
        )}
        {Object.entries(call.inputs).map(([param, input]) => (
          <Pair
            key={param}
            name={param}
            value={
              input.from === "call"
                ? `${input.how === "gather" ? "all of" : "each of"} ${view.calls[input.call - 1]?.node ?? ""} (call ${input.call})`
                : input.from === "list"
                  ? `${input.how === "gather" ? "all of" : "each of"} a list of ${input.size}`
                  : "a plain value"
            }
          />
        ))}
      </dl>
      <CallEdges call={call} view={view} runId={runId} />
    </>
  );
}

/** What it came from and what came from it, both ways. */
function CallEdges({
  call,
  view,
  runId,
}: {
  readonly call: CallView;
  readonly view: RunView;
  readonly runId: string;
}): ReactElement {
  const out = view.calls.flatMap((one) =>
    one.edges.filter((edge) => edge.from === call.call).map((edge) => ({ edge, other: one })),
  );
  const link = (other: number, text: ReactNode): ReactElement => (
    <Link
      to="/runs/$runId"
      params={{ runId }}
      search={(before) => ({ ...before, call: other, item: undefined }) as never}
    >
      {text}
    </Link>
  );
  return (
    <div className="edges">
      <h3>came from</h3>
      <ul>
        {call.edges.length === 0 && <li className="faint">nothing: its inputs are plain values</li>}
        {call.edges.map((edge, i) => (
          <li key={i}>
            {edge.kind === "dashed" ? (
              <span className="faint">after </span>
            ) : (
              <span className="faint">{edge.param} ← </span>
            )}
            {link(edge.from, <code>{`${view.calls[edge.from - 1]?.node ?? "?"} · ${edge.from}`}</code>)}
            {edge.modified && <span className="faint"> (modified on the way)</span>}
          </li>
        ))}
      </ul>
      <h3>read by</h3>
      <ul>
        {out.length === 0 && <li className="faint">nothing so far</li>}
        {out.slice(0, 200).map(({ edge, other }, i) => (
          <li key={i}>
            {link(other.call, <code>{`${other.node} · ${other.call}`}</code>)}
            <span className="faint">{edge.kind === "dashed" ? " made after it" : ` as ${edge.param ?? ""}`}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
