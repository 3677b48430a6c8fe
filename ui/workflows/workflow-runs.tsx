import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useRuns } from "../api/queries.ts";
import { ago, count, duration, shortHash, shortRun, total } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { Status } from "../shell/status.tsx";

const SHOWN = 50;

/** The newest runs of a workflow; the runs page has all of them. */
export function WorkflowRuns({ workflow }: { readonly workflow: string }): ReactElement {
  const runs = useRuns({ workflow });
  const rows = (runs.data?.pages[0]?.runs ?? []).slice(0, SHOWN);
  if (runs.error) return <Refusal error={runs.error} />;
  if (rows.length === 0) return <Nothing>{runs.isPending ? "Loading" : `"${workflow}" has no run so far.`}</Nothing>;
  const now = Date.now();
  return (
    <>
      <table className="table">
        <thead>
          <tr>
            <th>status</th>
            <th>run</th>
            <th>code</th>
            <th>created</th>
            <th className="number">took</th>
            <th className="number">items</th>
            <th>made from</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((run) => (
            <tr key={run.runId}>
              <td>
                <Status status={run.status} />
              </td>
              <td>
                <Link to="/runs/$runId" params={{ runId: run.runId }}>
                  <code>{shortRun(run.runId)}</code>
                </Link>
              </td>
              <td>
                <Link to="/workflows/$name/versions/$version" params={{ name: workflow, version: run.version }}>
                  <code>{shortHash(run.version)}</code>
                </Link>
              </td>
              <td title={run.createdAt}>{ago(Date.parse(run.createdAt), now)}</td>
              <td className="number">{duration(run.durationMs)}</td>
              <td className="number">{count(total(run.counts))}</td>
              <td>
                {run.origin && (
                  <Link to="/runs/$runId" params={{ runId: run.origin.run }}>
                    {run.origin.kind} of <code>{shortRun(run.origin.run)}</code>
                  </Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        <Link to="/runs" search={{ workflow }} className="button">
          all its runs
        </Link>
      </p>
    </>
  );
}
