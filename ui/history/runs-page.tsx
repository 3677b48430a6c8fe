/** The history: every run, newest first, by workflow, status, version, tags, time, and by words that it recorded. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { GitCompareArrows } from "lucide-react";
import { useMemo, type ReactElement } from "react";
import { useRuns, useWorkflows } from "../api/queries.ts";
import type { RunList, RunSummary } from "../api/answers.ts";
import { costText, tokensText } from "../../src/model/llm.ts";
import { useChosenRow } from "../items/use-chosen-row.ts";
import { VirtualRows, type Column } from "../items/virtual-rows.tsx";
import { ago, clock, count, duration, shortHash, shortRun, total } from "../shell/format.ts";
import { useNow } from "../shell/now.ts";
import { FirstRun } from "../shell/first-run.tsx";
import { PageHead } from "../shell/page-head.tsx";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { useSettings } from "../shell/settings.ts";
import { useCompareMark } from "../compare/use-compare-mark.ts";
import { useKeys } from "../shell/keys.ts";
import { Status } from "../shell/status.tsx";
import type { RunsSearch } from "../shell/search.ts";
import { useLiveList } from "./use-live-list.ts";
import { ViewsButton } from "./views-button.tsx";
import "../items/list.css";
import "../run/run.css";
import "./history.css";

const STATUSES = [
  "running",
  "queued",
  "completed",
  "completed_partial",
  "failed",
  "cancelled",
  "interrupted",
  "diverged",
  "paused",
] as const;

const keyOf = ({ runId }: RunSummary): string => runId;

/** With words it is not known how many there are in all. */
function howMany(first: RunList | undefined, shown: number): string {
  if (first === undefined) return "";
  if (first.incomplete !== undefined) return `${count(shown)} shown; older ones may be missing: ${first.incomplete}`;
  if (first.total === undefined && first.truncated) return `${count(shown)} shown, and more`;
  return `${count(first.total ?? shown)} in all`;
}

export function RunsPage(): ReactElement {
  const { row: _row, ...search } = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const { times } = useSettings();
  const runs = useRuns({
    workflow: search.workflow,
    status: search.status,
    version: search.version,
    text: search.text,
    from: search.since,
    tags: search.tags?.split(/\s+/).filter((tag) => tag !== ""),
  });
  const workflows = useWorkflows();
  const rows = useMemo(() => runs.data?.pages.flatMap((page) => page.runs) ?? [], [runs.data]);
  const { chosen, choose } = useChosenRow(rows, keyOf);
  const anyRunning = rows.some(({ status }) => status === "running" || status === "queued");
  const now = useNow(anyRunning, 1_000);
  useLiveList();
  const { marked, mark } = useCompareMark();
  useKeys([
    {
      keys: "m",
      says: "mark for compare",
      group: "Lists",
      run: () => rows[chosen] !== undefined && mark(rows[chosen].runId),
    },
    { keys: "/", says: "search", group: "Lists", run: () => document.getElementById("runs-text")?.focus() },
  ]);
  const change = (to: RunsSearch): void =>
    void navigate({ search: (before: RunsSearch) => clean({ ...before, ...to }) });
  const columns = useMemo(
    (): readonly Column<RunSummary>[] => [
      { name: "status", width: "112px", cell: (run) => <Status status={run.status} /> },
      {
        name: "run",
        width: "118px",
        cell: (run) => (
          <>
            <Link to="/runs/$runId" params={{ runId: run.runId }}>
              <code>{shortRun(run.runId)}</code>
            </Link>
            {run.runId === marked && (
              <GitCompareArrows className="marked" size={12} role="img" aria-label="marked for compare" />
            )}
          </>
        ),
      },
      { name: "workflow", width: "minmax(120px, 1.4fr)", cell: (run) => run.workflow },
      {
        name: "code",
        width: "92px",
        cell: (run) => (
          <Link to="/workflows/$name/versions/$version" params={{ name: run.workflow, version: run.version }}>
            <code>{shortHash(run.version)}</code>
          </Link>
        ),
      },
      {
        name: "started",
        width: "150px",
        cell: (run) => (
          <span title={run.createdAt}>
            {times === "relative" ? ago(Date.parse(run.createdAt), now) : clock(Date.parse(run.createdAt))}
          </span>
        ),
      },
      { name: "took", width: "84px", isNumber: true, cell: (run) => duration(tookMs(run, now)) },
      { name: "items", width: "78px", isNumber: true, cell: (run) => count(total(run.counts)) },
      {
        name: "errors",
        width: "56px",
        isNumber: true,
        cell: (run) => {
          const failed = (run.counts.failed ?? 0) + (run.counts.abandoned ?? 0);
          return failed === 0 ? "" : <span style={{ color: "var(--s-failed)" }}>{count(failed)}</span>;
        },
      },
      {
        name: "cost",
        width: "78px",
        isNumber: true,
        atLeast: 980,
        cell: (run) => run.models && <span title={costTitle(run.models)}>{costText(run.models)}</span>,
      },
      { name: "by", width: "minmax(70px, 110px)", cell: (run) => <span className="soft">{run.caller.kind}</span> },
      { name: "tags", width: "minmax(60px, 1fr)", cell: (run) => <span className="faint">{tagText(run.tags)}</span> },
    ],
    [now, times, marked],
  );
  const isFiltered = Object.keys(search).length > 0;
  return (
    <>
      <PageHead title="Runs" said={howMany(runs.data?.pages[0], rows.length)}>
        <select
          className="field"
          aria-label="Workflow"
          value={search.workflow ?? ""}
          onChange={(event) => change({ workflow: event.target.value })}
        >
          <option value="">every workflow</option>
          {names(workflows.data?.workflows, rows, search.workflow).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <select
          className="field"
          aria-label="Status"
          value={search.status ?? ""}
          onChange={(event) => change({ status: event.target.value })}
        >
          <option value="">every status</option>
          {STATUSES.map((status) => (
            <option key={status}>{status}</option>
          ))}
        </select>
        <ViewsButton search={search} onChoose={(chosenView) => void navigate({ search: chosenView })} />
      </PageHead>
      <div className="filters">
        <Typed id="runs-text" name="text" says="words that a run recorded" search={search} onChange={change} />
        <Typed id="runs-version" name="version" says="code version" search={search} onChange={change} />
        <Typed id="runs-tags" name="tags" says="tags: key=value" search={search} onChange={change} />
        <select
          className="field"
          aria-label="Created within"
          value={search.since ?? ""}
          onChange={(event) => change({ since: event.target.value })}
        >
          <option value="">at any time</option>
          <option value="1h">in the last hour</option>
          <option value="24h">in the last day</option>
          <option value="7d">in the last week</option>
        </select>
        {isFiltered && (
          <button className="button" onClick={() => void navigate({ search: {} })}>
            clear
          </button>
        )}
        {marked !== undefined && (
          <span className="soft">
            <code>{shortRun(marked)}</code> is marked: <kbd>m</kbd> on another run compares the two
          </span>
        )}
      </div>
      <main className="list" style={{ background: "var(--pane)", flex: 1, minHeight: 0 }}>
        {runs.error ? (
          <Refusal error={runs.error} />
        ) : (
          <VirtualRows
            label="Runs"
            rows={rows}
            columns={columns}
            keyOf={keyOf}
            chosen={chosen}
            onChoose={choose}
            onOpen={(run) => void navigate({ to: "/runs/$runId", params: { runId: run.runId }, search: {} })}
            {...(runs.hasNextPage && !runs.isFetchingNextPage ? { more: () => void runs.fetchNextPage() } : {})}
            empty={
              runs.isPending ? <Nothing>Loading</Nothing> : isFiltered ? <NoneSuch search={search} /> : <FirstRun />
            }
          />
        )}
      </main>
    </>
  );
}

/** A filter that is typed: it holds when the field is left, or with Enter. */
function Typed(props: {
  readonly id: string;
  readonly name: "text" | "version" | "tags";
  readonly says: string;
  readonly search: RunsSearch;
  readonly onChange: (to: RunsSearch) => void;
}): ReactElement {
  const { id, name, says, search, onChange } = props;
  const now = search[name] ?? "";
  const take = (value: string): void => {
    if (value.trim() !== now) onChange({ [name]: value.trim() });
  };
  return (
    <input
      key={now}
      id={id}
      className="field"
      type="search"
      aria-label={says}
      placeholder={says}
      defaultValue={now}
      onBlur={(event) => take(event.target.value)}
      onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget.value)}
    />
  );
}

function NoneSuch({ search }: { readonly search: RunsSearch }): ReactElement {
  return (
    <Nothing>
      <span>
        No run is{" "}
        {Object.entries(search)
          .map(([name, value]) => `${name} ${value}`)
          .join(" and ")}
        .
      </span>
      <Link to="/runs" className="button">
        show every run
      </Link>
    </Nothing>
  );
}

function tookMs(run: RunSummary, now: number): number | undefined {
  if (run.status === "running" && run.startedAt !== undefined) return now - Date.parse(run.startedAt);
  return run.durationMs;
}

function costTitle(models: NonNullable<RunSummary["models"]>): string {
  return `${count(models.calls)} model calls, tokens ${tokensText(models)}`;
}

function tagText(tags: RunSummary["tags"]): string {
  return Object.entries(tags)
    .map(([key, value]) => (value === "" ? key : `${key}=${value}`))
    .join(" ");
}

function names(
  registered: readonly { readonly name: string }[] | undefined,
  rows: readonly RunSummary[],
  chosen: string | undefined,
): readonly string[] {
  const all = new Set([...(registered ?? []).map(({ name }) => name), ...rows.map(({ workflow }) => workflow)]);
  if (chosen !== undefined) all.add(chosen);
  return [...all].toSorted();
}

function clean(search: RunsSearch): RunsSearch {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined && value !== ""),
  ) as RunsSearch;
}
