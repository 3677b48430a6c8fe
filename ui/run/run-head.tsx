/** What this run is: workflow, status, version, who launched it, how far it is, and its result. */
import { Link } from "@tanstack/react-router";
import { GitCommitHorizontal } from "lucide-react";
import type { ReactElement } from "react";
import { costText, tokensText } from "../../src/model/llm.ts";
import { doneOf, nodesOf, type RunView } from "../../src/model/view.ts";
import { useRun } from "../api/queries.ts";
import { useTree } from "../api/run-parts.ts";
import { RunActions } from "../launch/run-actions.tsx";
import { CopyMenu } from "../shell/copy-menu.tsx";
import { clock, count, counted, duration, shortHash, shortRun, total } from "../shell/format.ts";
import { Status } from "../shell/status.tsx";
import type { PaneProps } from "./run-page.tsx";
import { useNow } from "../shell/now.ts";
import { useSelection } from "./selection.ts";

export function RunHead({ runId, view, live }: PaneProps): ReactElement {
  const running = live.status === "running";
  const run = useRun(runId, live.connection === "ended" ? live.view.seq : 0).data;
  const hasChildren = view.calls.some(({ kind }) => kind === "subgraph");
  const tree = useTree(runId, {
    wanted: hasChildren || run?.parent !== undefined,
    revision: live.connection === "ended" ? "end" : String(Math.floor(live.heardAt / 2_000)),
  }).data;
  const { at, choose } = useSelection();
  const now = useNow(running);
  const took =
    view.startedAt === undefined ? undefined : (view.endedAt ?? (running ? now : view.lastAt)) - view.startedAt;
  return (
    <header className="run-head">
      <div className="run-head-row">
        {run?.parent && <Above runs={tree?.above ?? []} parent={run.parent} />}
        <h1>
          <Link to="/runs" search={{ workflow: view.workflow }}>
            {view.workflow === "" ? "…" : view.workflow}
          </Link>
          <span className="faint"> / </span>
          <code title={runId}>{shortRun(runId)}</code>
        </h1>
        <Status status={live.status} />
        {at !== undefined && (
          <button className="button past" onClick={() => choose({ at: undefined })}>
            as it stood at event {count(at)} · back to now <kbd>l</kbd>
          </button>
        )}
        <span className="grow" />
        <Progress view={view} />
        <RunActions runId={runId} status={live.status} view={live.view} />
        <CopyMenu runId={runId} />
      </div>
      <dl className="facts">
        <Fact name="started" value={view.startedAt === undefined ? "not yet" : clock(view.startedAt)} />
        <Fact name="took" value={duration(took)} />
        <Fact name="items" value={count(total(view.counts))} />
        {view.retries > 0 && <Fact name="retries" value={count(view.retries)} />}
        {view.errorTotal > 0 && <Fact name="errors" value={count(view.errorTotal)} />}
        {view.models && (
          <Fact name="model calls" value={`${count(view.models.calls)}, tokens ${tokensText(view.models)}`} />
        )}
        {view.models && <Fact name="cost" value={costText(view.models)} />}
        {hasChildren && tree?.tree.rollUp && (
          <Fact
            name="with child runs"
            value={
              <button className="link" onClick={() => choose({ list: "children" })}>
                {counted(tree.tree.rollUp.runs - 1, "run")}, {counted(total(tree.tree.rollUp.counts), "item")}
                {(tree.tree.rollUp.counts["failed"] ?? 0) > 0 && (
                  <span style={{ color: "var(--s-failed)" }}> {count(tree.tree.rollUp.counts["failed"]!)} failed</span>
                )}
              </button>
            }
          />
        )}
        <Fact name="code" value={<code title={view.version}>{shortHash(view.version)}</code>} />
        {run?.git?.commit !== undefined && (
          <Fact
            name="commit"
            value={
              <code title={`${run.git.branch ?? ""} ${run.git.commit}`}>
                <GitCommitHorizontal size={12} aria-hidden /> {run.git.commit.slice(0, 8)}
                {run.git.dirty === true ? " + changes" : ""}
              </code>
            }
          />
        )}
        {run && <Fact name="launched by" value={`${run.caller.kind} ${run.caller.id}`} />}
        {run?.origin && (
          <Fact
            name={run.origin.kind === "continues" ? "continues" : `${run.origin.kind} of`}
            value={
              <Link to="/runs/$runId" params={{ runId: run.origin.run }}>
                <code>{shortRun(run.origin.run)}</code>
              </Link>
            }
          />
        )}
        {Object.entries(view.tags).map(([key, value]) => (
          <Fact key={key} name="tag" value={value === "" ? key : `${key}=${value}`} />
        ))}
      </dl>
    </header>
  );
}

/** The runs that this one stands below, topmost first; the nearest leads to the item that this run stands for. */
function Above(props: {
  readonly runs: readonly { readonly runId: string; readonly workflow: string }[];
  readonly parent: { readonly run: string; readonly call: number; readonly item: number };
}): ReactElement {
  const { runs, parent } = props;
  const known = runs.length > 0 ? runs : [{ runId: parent.run, workflow: "parent" }];
  return (
    <nav className="above" aria-label="Runs above">
      {known.map(({ runId, workflow }) => (
        <span key={runId}>
          <Link
            to="/runs/$runId"
            params={{ runId }}
            search={runId === parent.run ? { call: parent.call, item: parent.item } : {}}
            title={`${runId}${runId === parent.run ? "  (p)" : ""}`}
          >
            {workflow} <code>{shortRun(runId)}</code>
          </Link>{" "}
          ›
        </span>
      ))}
    </nav>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: React.ReactNode }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Progress({ view }: { readonly view: RunView }): ReactElement {
  const nodes = nodesOf(view);
  const done = nodes.reduce((sum, node) => sum + doneOf(node.counts), 0);
  const expected = nodes.reduce((sum, node) => sum + node.total, 0);
  const open = nodes.some((node) => !node.totalFinal);
  const failed = (view.counts.failed ?? 0) + (view.counts.abandoned ?? 0);
  return (
    <div className="progress" title={`${counted(done, "item")} of ${count(expected)}${open ? " or more" : ""}`}>
      <div className="bar" role="img" aria-label={`${done} of ${expected} items done`}>
        <span
          style={{
            width: `${expected === 0 ? 0 : (100 * (done - failed)) / expected}%`,
            background: "var(--s-completed)",
          }}
        />
        <span style={{ width: `${expected === 0 ? 0 : (100 * failed) / expected}%`, background: "var(--s-failed)" }} />
      </div>
      <span className="soft">
        {count(done)}/{count(expected)}
        {open ? "+" : ""}
      </span>
    </div>
  );
}
