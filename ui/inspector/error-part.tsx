/**
 * One error: its message, the line it came from, its causes.
 *
 * R1. Frames of the stack that lie in the stored source lead there.
 * R2. Of an item that a child run stands for, the cause is an error of that run, and so on down: each is said where it happened.
 */
import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import type { RunError } from "../api/answers.ts";
import { get } from "../api/client.ts";
import { useSource } from "../api/queries.ts";
import { useSelection } from "../run/selection.ts";
import { counted, shortRun } from "../shell/format.ts";

/** Runs below each other that are told. */
const MAX_DEPTH = 8;
/** Errors of one child run that are told; the run itself has all. */
const SHOWN_CAUSES = 3;

export function ErrorPart({ error, runId }: { readonly error: RunError; readonly runId: string }): ReactElement {
  const { choose } = useSelection();
  const { site, place } = error;
  return (
    <article className="error">
      <h3>
        <code>{error.code}</code> {error.message}
      </h3>
      <p className="faint">
        {error.kind}
        {error.attempt === undefined ? "" : `, attempt ${error.attempt}`}
        {error.final ? "" : ", tried again"}
      </p>
      {error.hint !== undefined && <p>{error.hint}</p>}
      {site && (
        <button
          className="link at-source"
          onClick={() => choose({ file: site.file, line: site.line, left: undefined }, "move")}
        >
          show {site.file.slice(site.file.lastIndexOf("/") + 1)}:{site.line} in the source
        </button>
      )}
      {place?.text !== undefined && <pre className="at-line">{place.text}</pre>}
      {(error.issues ?? []).map((issue, i) => (
        <p key={i}>
          <code>{issue.path.join(".")}</code> {issue.message}
        </p>
      ))}
      {error.stack !== undefined && <Stack text={error.stack} runId={runId} />}
      {(error.causes ?? []).map((cause, i) => (
        <pre key={i} className="faint">{`caused by ${cause.name}: ${cause.message}`}</pre>
      ))}
      {error.child !== undefined && <CausesBelow runId={error.child} depth={1} />}
    </article>
  );
}

/** R1. */
function Stack({ text, runId }: { readonly text: string; readonly runId: string }): ReactElement {
  const { choose } = useSelection();
  const files = useSource(runId).data?.files ?? [];
  return (
    <pre className="stack">
      {text.split("\n").map((frame, i) => {
        const [, before = "", path = "", line = "", after = ""] =
          /^(.*?)([^\s()]+):(\d+)(:\d+\)?.*)$/.exec(frame) ?? [];
        const isStored = path !== "" && files.some((one) => path === one.path || path.endsWith(`/${one.path}`));
        if (!isStored) return <span key={i}>{`${frame}\n`}</span>;
        return (
          <span key={i}>
            {before}
            <button
              className="link"
              onClick={() => choose({ file: path, line: Number(line), left: undefined }, "move")}
            >{`${path}:${line}`}</button>
            {`${after}\n`}
          </span>
        );
      })}
    </pre>
  );
}

/** R2. */
function CausesBelow({ runId, depth }: { readonly runId: string; readonly depth: number }): ReactElement | null {
  const errors = useQuery({
    queryKey: ["errors of", runId],
    queryFn: ({ signal }) =>
      get<{ readonly errors: readonly RunError[] }>(`/api/runs/${runId}/errors`, { limit: 50 }, signal),
  });
  const final = errors.data?.errors.filter(({ final, address }) => final && address !== undefined) ?? [];
  if (final.length === 0) return null;
  return (
    <ul className="causes" aria-label={`Errors of child run ${runId}`}>
      {final.slice(0, SHOWN_CAUSES).map((error) => {
        const [, call, item] = error.address!.split(".");
        return (
          <li key={error.seq}>
            <span className="faint">in </span>
            <Link
              to="/runs/$runId"
              params={{ runId }}
              search={{ call: Number(call), item: Number(item), tab: "error" }}
            >
              {`${error.node ?? "item"} of ${shortRun(runId)}`}
            </Link>{" "}
            <code>{error.code}</code> {error.message}
            {error.place && (
              <span className="faint">
                {" "}
                ({error.place.file}:{error.place.line})
              </span>
            )}
            {error.child !== undefined && depth < MAX_DEPTH && <CausesBelow runId={error.child} depth={depth + 1} />}
          </li>
        );
      })}
      {final.length > SHOWN_CAUSES && (
        <li className="faint">and {counted(final.length - SHOWN_CAUSES, "more error")}</li>
      )}
    </ul>
  );
}
