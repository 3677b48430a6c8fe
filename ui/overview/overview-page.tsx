/** What is going on: runs that are live, those that ended last, what fails lately, and how much got done in a day. The lists of runs
 *  have their columns at the same places. */
import { Link } from "@tanstack/react-router";
import { useMemo, type ReactElement } from "react";
import { useRuns } from "../api/queries.ts";
import type { RunSummary } from "../api/answers.ts";
import { addressParts } from "../compare/address-parts.ts";
import { useErrorGroups } from "../errors/groups.ts";
import { useLiveList } from "../history/use-live-list.ts";
import { ago, count, counted, duration, shortRun, total } from "../shell/format.ts";
import { useNow } from "../shell/now.ts";
import { FirstRun } from "../shell/first-run.tsx";
import { PageHead } from "../shell/page-head.tsx";
import { Refusal } from "../shell/pane.tsx";
import { Status } from "../shell/status.tsx";
import { bucketsOf, type Bucket } from "./throughput.ts";
import "../workflows/workflow.css";
import "./overview.css";

const HOUR_MS = 3_600_000;
const HOURS = 24;
const SHOWN_GROUPS = 8;
const SHOWN_ENDED = 8;

export function OverviewPage(): ReactElement {
  useLiveList();
  const running = useRuns({ status: "running" });
  const queued = useRuns({ status: "queued" });
  const day = useRuns({ from: "24h" });
  const live = [running, queued].flatMap(({ data }) => data?.pages[0]?.runs ?? []);
  const now = useNow(live.length > 0, 1_000);
  const ever = useRuns({}).data?.pages[0];
  if (ever && ever.runs.length === 0) {
    return (
      <>
        <PageHead title="Overview" said="" />
        <main>
          <FirstRun />
        </main>
      </>
    );
  }
  const error = running.error ?? queued.error ?? day.error;
  return (
    <>
      <PageHead title="Overview" said={running.data ? `${counted(live.length, "run")} live` : ""} />
      <main className="workflow">
        <div className="sections overview">
          {error && <Refusal error={error} />}
          <section className="section">
            <h2>Live</h2>
            {live.length === 0 ? (
              <p className="soft">
                Nothing runs. Launch one of the <Link to="/workflows">workflows</Link> from its page.
              </p>
            ) : (
              <Live runs={live} now={now} />
            )}
          </section>
          <Latest runs={(ever?.runs ?? []).filter(({ endedAt }) => endedAt !== undefined)} now={now} />
          <Failures now={now} />
          <section className="section">
            <h2>Throughput, last 24 h</h2>
            <Throughput runs={day.data?.pages[0]?.runs ?? []} all={day.data?.pages[0]?.total ?? 0} />
          </section>
        </div>
      </main>
    </>
  );
}

function Live({ runs, now }: { readonly runs: readonly RunSummary[]; readonly now: number }): ReactElement {
  return (
    <table className="table runs-table">
      <thead>
        <tr>
          <th>status</th>
          <th>workflow</th>
          <th>run</th>
          <th className="number">so far</th>
          <th className="number">items</th>
          <th className="number">errors</th>
          <th>began</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.runId}>
            <NamedBy run={run} />
            <td className="number">
              {run.startedAt === undefined ? "" : duration(Math.max(0, now - Date.parse(run.startedAt)))}
            </td>
            <td className="number">{count(total(run.counts))}</td>
            <Failed run={run} />
            <td>{ago(Date.parse(run.createdAt), now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The cells that every list of runs here begins with. */
function NamedBy({ run }: { readonly run: RunSummary }): ReactElement {
  return (
    <>
      <td>
        <Status status={run.status} />
      </td>
      <td>{run.workflow}</td>
      <td>
        <Link to="/runs/$runId" params={{ runId: run.runId }}>
          <code>{shortRun(run.runId)}</code>
        </Link>
      </td>
    </>
  );
}

function Failed({ run }: { readonly run: RunSummary }): ReactElement {
  const failed = (run.counts.failed ?? 0) + (run.counts.abandoned ?? 0);
  return (
    <td className="number" style={failed === 0 ? {} : { color: "var(--s-failed)" }}>
      {failed === 0 ? "" : count(failed)}
    </td>
  );
}

function Latest({ runs, now }: { readonly runs: readonly RunSummary[]; readonly now: number }): ReactElement | null {
  if (runs.length === 0) return null;
  return (
    <section className="section">
      <h2>
        Ended last <Link to="/runs">all runs</Link>
      </h2>
      <table className="table runs-table">
        <thead>
          <tr>
            <th>status</th>
            <th>workflow</th>
            <th>run</th>
            <th className="number">took</th>
            <th className="number">items</th>
            <th className="number">errors</th>
            <th>ended</th>
          </tr>
        </thead>
        <tbody>
          {runs.slice(0, SHOWN_ENDED).map((run) => (
            <tr key={run.runId}>
              <NamedBy run={run} />
              <td className="number">{duration(run.durationMs)}</td>
              <td className="number">{count(total(run.counts))}</td>
              <Failed run={run} />
              <td>{run.endedAt === undefined ? "" : ago(Date.parse(run.endedAt), now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Failures({ now }: { readonly now: number }): ReactElement {
  const groups = useErrorGroups({ since: "24h", limit: SHOWN_GROUPS });
  const rows = groups.data?.pages[0]?.groups ?? [];
  const all = groups.data?.pages[0]?.total ?? rows.length;
  return (
    <section className="section failures">
      <h2>
        Failures, last 24 h <span className="soft">{groups.data ? counted(all, "reason") : ""}</span>
      </h2>
      {groups.error && <Refusal error={groups.error} />}
      {groups.data && rows.length === 0 && <p className="soft">Nothing failed.</p>}
      {rows.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th>reason</th>
              <th>node</th>
              <th>workflow</th>
              <th className="number">attempts</th>
              <th className="number">runs</th>
              <th>last seen</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => {
              const { runId, search } = addressParts(one.last.address);
              return (
                <tr key={one.fingerprint}>
                  <td title={one.message}>
                    <Link to="/errors" search={{ group: one.fingerprint }}>
                      {one.message}
                    </Link>
                  </td>
                  <td>{one.node ?? ""}</td>
                  <td className="soft">{one.workflow}</td>
                  <td className="number">{count(one.count)}</td>
                  <td className="number">{count(one.runs)}</td>
                  <td>
                    <Link to="/runs/$runId" params={{ runId }} search={{ ...search, tab: "error" }}>
                      {ago(Date.parse(one.lastSeen), Math.max(now, Date.parse(one.lastSeen)))}
                    </Link>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {all > rows.length && (
        <p>
          <Link to="/errors" search={{ since: "24h" }}>
            all {count(all)}
          </Link>
        </p>
      )}
    </section>
  );
}

function Throughput({ runs, all }: { readonly runs: readonly RunSummary[]; readonly all: number }): ReactElement {
  const buckets = useMemo(() => bucketsOf(runs, { now: Date.now(), widthMs: HOUR_MS, buckets: HOURS }), [runs]);
  const [done, failed, items] = [sum(buckets, "completed"), sum(buckets, "failed"), sum(buckets, "items")];
  const most = Math.max(1, ...buckets.map((one) => one.completed + one.failed));
  return (
    <>
      <p className="soft">
        {counted(done, "run")} completed, {count(failed)} did not; {counted(items, "item")}.
        {all > runs.length ? ` Of the newest ${count(runs.length)} of ${count(all)} runs.` : ""}
      </p>
      <ol className="bars" aria-label="Runs that ended, by hour">
        {buckets.map((one, index) => {
          const ended = one.completed + one.failed;
          const hoursAgo = HOURS - 1 - index;
          return (
            <li key={one.from} title={`${ended} ended, ${one.failed} of them not completed; ${one.items} items`}>
              <span className="ended">{ended > 0 && count(ended)}</span>
              <span className="failed" style={{ height: `${(100 * one.failed) / most}px` }} />
              <span className="done" style={{ height: `${(100 * one.completed) / most}px` }} />
              <span className="hour">{hoursAgo === 0 ? "now" : hoursAgo % 3 === 0 ? `-${hoursAgo} h` : ""}</span>
            </li>
          );
        })}
      </ol>
    </>
  );
}

function sum(buckets: readonly Bucket[], of: "completed" | "failed" | "items"): number {
  return buckets.reduce((all, one) => all + one[of], 0);
}
