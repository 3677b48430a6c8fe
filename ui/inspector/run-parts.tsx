/** The run as a whole: what it was given, what it returned, what went wrong. */
import type { ReactElement } from "react";
import type { useRun } from "../api/queries.ts";
import type { PaneProps } from "../run/run-page.tsx";
import { Nothing } from "../shell/pane.tsx";
import type { InspectorTab } from "../shell/search.ts";
import { ArtifactsPart } from "./artifacts.tsx";
import { ErrorPart } from "./error-part.tsx";
import { Lines } from "./lines.tsx";
import { NotesPart } from "./notes.tsx";
import { Part } from "./part.tsx";
import { SpansPart } from "./spans.tsx";
import { Value } from "./value.tsx";

export function RunParts(
  props: PaneProps & { readonly detail: ReturnType<typeof useRun>["data"]; readonly tab: InspectorTab },
): ReactElement {
  const { detail, tab } = props;
  if (!detail) return <Nothing>Loading</Nothing>;
  if (tab === "error") {
    const errors = detail.errors ?? [];
    return errors.length === 0 ? (
      <Nothing>Nothing went wrong in this run.</Nothing>
    ) : (
      <>
        {errors.map((error) => (
          <ErrorPart key={error.seq} error={error} runId={props.runId} />
        ))}
      </>
    );
  }
  const ended = props.live.connection === "ended";
  if (tab === "artifacts") return <ArtifactsPart runId={props.runId} place={props.runId} revision={props.revision} />;
  if (tab === "spans") return <SpansPart place={props.runId} revision={props.revision} />;
  if (tab === "logs") return <Lines place={props.runId} revision={props.revision} />;
  return (
    <>
      {tab !== "input" && (
        <Part title="output of the run">
          {ended && props.live.status.startsWith("completed") ? (
            <Value address={props.runId} of="output" />
          ) : (
            <p className="faint">{ended ? "This run returned nothing." : "It has not ended."}</p>
          )}
        </Part>
      )}
      <Part title="input of the run">
        <Value address={props.runId} of="input" />
      </Part>
      <NotesPart notes={detail.notes} />
    </>
  );
}
