/** The workflows of the project, as the server registered them, favourites first; a file that does not load is told with its error. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Star } from "lucide-react";
import { useMemo, type ReactElement } from "react";
import { useRuns, useWorkflows } from "../api/queries.ts";
import { ago, clock, count, duration, total } from "../shell/format.ts";
import { PageHead } from "../shell/page-head.tsx";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { useChosenRow } from "../items/use-chosen-row.ts";
import { VirtualRows, type Column } from "../items/virtual-rows.tsx";
import type { RunSummary, WorkflowEntry } from "../api/answers.ts";
import { useFavourites } from "./favourites.ts";
import { useKeys } from "../shell/keys.ts";
import { useSettings } from "../shell/settings.ts";
import { Status } from "../shell/status.tsx";
import "../items/list.css";
import "./workflow.css";

const COLUMNS: readonly Column<WorkflowEntry>[] = [
  {
    name: "workflow",
    width: "minmax(160px, 1fr)",
    cell: (one) => (
      <Link to="/workflows/$name" params={{ name: one.name }}>
        {one.name}
      </Link>
    ),
  },
  {
    name: "what it does",
    width: "minmax(160px, 2fr)",
    cell: (one) => <span className="soft">{one.title ?? one.description ?? ""}</span>,
  },
  {
    name: "where",
    width: "minmax(160px, 1.4fr)",
    cell: (one) => <code className="faint">{`${one.file}:${one.line}`}</code>,
  },
];

const keyOf = ({ name }: WorkflowEntry): string => name;

/** The newest run of each workflow, among the newest runs of all. */
function useLastRuns(): ReadonlyMap<string, RunSummary> {
  const runs = useRuns({}).data?.pages[0]?.runs;
  return useMemo(() => new Map((runs ?? []).toReversed().map((run) => [run.workflow, run])), [runs]);
}

function LastRun({ run }: { readonly run: RunSummary | undefined }): ReactElement {
  if (!run) return <span className="faint">none lately</span>;
  return (
    <Link to="/runs/$runId" params={{ runId: run.runId }} title={run.runId}>
      <Status status={run.status} />
    </Link>
  );
}

export function WorkflowsPage(): ReactElement {
  const workflows = useWorkflows();
  const navigate = useNavigate({ from: "/workflows" });
  const { q: query = "" } = useSearch({ from: "/workflows" });
  const { favourites, toggle } = useFavourites();
  const last = useLastRuns();
  const { times } = useSettings();
  const all = workflows.data?.workflows ?? [];
  const rows = all
    .filter((one) =>
      `${one.name} ${one.title ?? ""} ${one.description ?? ""}`.toLowerCase().includes(query.toLowerCase()),
    )
    .toSorted((a, b) => Number(favourites.has(b.name)) - Number(favourites.has(a.name)));
  const { chosen, choose } = useChosenRow(rows, keyOf);
  const columns = useMemo((): readonly Column<WorkflowEntry>[] => {
    const now = Date.now();
    return [
      {
        name: "",
        width: "26px",
        cell: ({ name }) => (
          <button
            type="button"
            className="star"
            aria-pressed={favourites.has(name)}
            aria-label={`Favourite: ${name}`}
            onClick={(event) => {
              event.stopPropagation();
              toggle(name);
            }}
          >
            <Star size={13} aria-hidden fill={favourites.has(name) ? "currentcolor" : "none"} />
          </button>
        ),
      },
      ...COLUMNS,
      { name: "last run", width: "104px", cell: ({ name }) => <LastRun run={last.get(name)} /> },
      {
        name: "began",
        width: times === "relative" ? "84px" : "146px",
        atLeast: 900,
        cell: ({ name }) => {
          const at = Date.parse(last.get(name)?.createdAt ?? "");
          return Number.isNaN(at) ? "" : times === "relative" ? ago(at, now) : clock(at);
        },
      },
      {
        name: "took",
        width: "84px",
        isNumber: true,
        atLeast: 900,
        cell: ({ name }) => duration(last.get(name)?.durationMs),
      },
      {
        name: "items",
        width: "66px",
        isNumber: true,
        atLeast: 900,
        cell: ({ name }) => (last.has(name) ? count(total(last.get(name)!.counts)) : ""),
      },
    ];
  }, [favourites, toggle, last, times]);
  useKeys([
    { keys: "/", says: "find by name", group: "Lists", run: () => document.getElementById("workflows-find")?.focus() },
    {
      keys: "f",
      says: "favourite, or no longer",
      group: "Lists",
      run: () => rows[chosen] !== undefined && toggle(rows[chosen].name),
    },
  ]);
  return (
    <>
      <PageHead title="Workflows" said={workflows.data ? `${count(all.length)} registered` : ""}>
        <input
          className="field"
          id="workflows-find"
          type="search"
          placeholder="find by name"
          aria-label="Find by name"
          value={query}
          onChange={({ target }) =>
            void navigate({ search: target.value === "" ? {} : { q: target.value }, replace: true })
          }
        />
      </PageHead>
      <main className="list" style={{ background: "var(--pane)", flex: 1, minHeight: 0 }}>
        {workflows.error && <Refusal error={workflows.error} />}
        {(workflows.data?.problems ?? []).map((problem) => (
          <Refusal key={problem.file} error={Object.assign(new Error(`${problem.file}: ${problem.message}`), {})} />
        ))}
        <VirtualRows
          label="Workflows"
          rows={rows}
          columns={columns}
          keyOf={keyOf}
          chosen={chosen}
          onChoose={choose}
          onOpen={(one) => void navigate({ to: "/workflows/$name", params: { name: one.name } })}
          empty={
            <Nothing>
              {workflows.isPending
                ? "Loading"
                : query === ""
                  ? "No workflow file was found. Put one under workflows/, or name your files in workgraph.config.ts."
                  : `No workflow is called "${query}".`}
            </Nothing>
          }
        />
      </main>
    </>
  );
}
