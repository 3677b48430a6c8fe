/**
 * The source as this run ran it, with what happened at each line in the gutter.
 *
 * R1. What is shown is the stored source of the run's version, and the head says when the file on disk is another by now.
 * R2. What graph breaks cost is worked out on demand: the workflow function is asked again, over its recorded results.
 */
import { lazy, Suspense, useMemo, useState, type ReactElement } from "react";
import { hasToken } from "../api/client.ts";
import { useSource } from "../api/queries.ts";
import { useBreaks } from "../api/run-parts.ts";
import { Nothing, Pane, Refusal } from "../shell/pane.tsx";
import { duration, shortHash } from "../shell/format.ts";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { lineFacts } from "./line-facts.ts";
import "./source.css";

const SourceView = lazy(async () => ({ default: (await import("./source-view.tsx")).SourceView }));

export function SourcePane({ runId, view }: PaneProps): ReactElement {
  const { call, file, line: at, choose } = useSelection();
  const source = useSource(runId);
  const [isPriced, setPriced] = useState(false);
  const breaks = useBreaks({ workflow: view.workflow, runId }, isPriced);
  const price = breaks.data?.reduce((sum, one) => sum + (one.overlapMs ?? 0), 0);
  const files = source.data?.files ?? [];
  const site = call === undefined ? undefined : view.calls[call - 1]?.site;
  const fileOf = (path: string | undefined): (typeof files)[number] | undefined =>
    path === undefined
      ? undefined
      : files.find((one) => path === one.path || path.endsWith(`/${one.path}`) || one.path.endsWith(`/${path}`));
  const first = useMemo(() => view.calls.find((one) => one.site)?.site, [view.calls]);
  const shown = fileOf(file) ?? fileOf(site?.file) ?? fileOf(first?.file) ?? files[0];
  const facts = useMemo(
    () => (shown ? lineFacts(view, shown.path, isPriced ? breaks.data : undefined) : new Map()),
    [view, shown, isPriced, breaks.data],
  );
  const chosen = file !== undefined && shown === fileOf(file) ? at : undefined;
  const line = chosen ?? (site && shown && fileOf(site.file) === shown ? site.line : undefined);
  return (
    <Pane
      label="Source"
      title="Source"
      said={
        shown && (
          <>
            @{shortHash(view.version)}
            {shown.now === "changed" && <span className="now changed"> · the file has changed since</span>}
            {shown.now === "missing" && <span className="now changed"> · the file is gone by now</span>}
          </>
        )
      }
      tools={
        files.length > 0 && (
          <>
            <button
              className="button quiet small"
              aria-pressed={isPriced}
              disabled={!hasToken()}
              title={
                hasToken()
                  ? "Where the workflow waited for real values, and what that cost"
                  : `This tab has no token; in a terminal: workgraph explain ${runId}`
              }
              onClick={() => setPriced(!isPriced)}
            >
              {!isPriced
                ? "graph breaks"
                : breaks.error
                  ? breaks.error.message
                  : price === undefined
                    ? "asking"
                    : `${breaks.data!.length} breaks, ${duration(price)}`}
            </button>
            <select
              className="field file-choice"
              aria-label="File"
              value={shown?.path}
              onChange={(event) => choose({ file: event.target.value, line: undefined })}
            >
              {files.map(({ path }) => (
                <option key={path}>{path}</option>
              ))}
            </select>
          </>
        )
      }
    >
      {source.error ? (
        <Refusal error={source.error} />
      ) : !shown ? (
        <Nothing>{source.isPending ? "Loading" : "This run is unversioned: its code was not in a file."}</Nothing>
      ) : (
        <Suspense fallback={<pre className="source-plain code">{shown.text}</pre>}>
          <SourceView
            text={shown.text}
            facts={facts}
            line={line}
            first={shown && fileOf(first?.file) === shown ? first?.line : undefined}
            onLine={(at) => {
              const made = facts.get(at)?.calls[0];
              if (made !== undefined) choose({ call: made, item: undefined, file: undefined });
            }}
          />
        </Suspense>
      )}
    </Pane>
  );
}
