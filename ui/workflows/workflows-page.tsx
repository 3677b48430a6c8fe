/** The workflows of the project, as the server registered them, favourites first; a file that does not load is told with its error. */
import { Link, useNavigate } from "@tanstack/react-router";
import { Star } from "lucide-react";
import { useMemo, useState, type ReactElement } from "react";
import { useWorkflows } from "../api/queries.ts";
import { count } from "../shell/format.ts";
import { PageHead } from "../shell/page-head.tsx";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { VirtualRows, type Column } from "../items/virtual-rows.tsx";
import type { WorkflowEntry } from "../api/answers.ts";
import { useFavourites } from "./favourites.ts";
import { useKeys } from "../shell/keys.ts";
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

export function WorkflowsPage(): ReactElement {
  const workflows = useWorkflows();
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(-1);
  const { favourites, toggle } = useFavourites();
  const all = workflows.data?.workflows ?? [];
  const rows = all
    .filter((one) =>
      `${one.name} ${one.title ?? ""} ${one.description ?? ""}`.toLowerCase().includes(query.toLowerCase()),
    )
    .toSorted((a, b) => Number(favourites.has(b.name)) - Number(favourites.has(a.name)));
  const columns = useMemo(
    (): readonly Column<WorkflowEntry>[] => [
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
    ],
    [favourites, toggle],
  );
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
          onChange={(event) => setQuery(event.target.value)}
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
          keyOf={(one) => one.name}
          chosen={chosen}
          onChoose={(_, index) => setChosen(index)}
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
