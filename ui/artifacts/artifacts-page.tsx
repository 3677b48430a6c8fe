/** Published folders, newest first. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, type ReactElement } from "react";
import { get } from "../api/client.ts";
import { useWorkflows } from "../api/queries.ts";
import type { ArtifactEntry } from "../api/run-parts.ts";
import type { Page } from "../api/answers.ts";
import { addressParts } from "../compare/address-parts.ts";
import { useChosenRow } from "../items/use-chosen-row.ts";
import { VirtualRows, type Column } from "../items/virtual-rows.tsx";
import { ago, bytes, clock, count, shortRun } from "../shell/format.ts";
import { PageHead } from "../shell/page-head.tsx";
import { Nothing, Refusal } from "../shell/pane.tsx";
import type { ArtifactsSearch } from "../shell/search.ts";
import { useSettings } from "../shell/settings.ts";
import "../items/list.css";

interface Listed extends ArtifactEntry {
  readonly createdAt: string;
}

const keyOf = ({ selector }: Listed): string => selector;

export function ArtifactsPage(): ReactElement {
  const { row: _row, ...search } = useSearch({ from: "/artifacts" });
  const navigate = useNavigate({ from: "/artifacts" });
  const { times } = useSettings();
  const workflows = useWorkflows();
  const list = useInfiniteQuery({
    queryKey: ["artifacts", "list", search],
    queryFn: ({ pageParam, signal }) =>
      get<Page & { readonly artifacts: readonly Listed[] }>(
        "/api/artifacts",
        { workflow: search.workflow, name: search.name, kind: search.kind, label: search.label, limit: 100, cursor: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
  });
  const rows = useMemo(() => list.data?.pages.flatMap(({ artifacts }) => artifacts) ?? [], [list.data]);
  const { chosen, choose } = useChosenRow(rows, keyOf);
  const change = (to: ArtifactsSearch): void =>
    void navigate({
      search: (before: ArtifactsSearch) =>
        Object.fromEntries(Object.entries({ ...before, ...to }).filter(([, value]) => value !== "")) as ArtifactsSearch,
    });
  const columns = useMemo((): readonly Column<Listed>[] => {
    const now = Date.now();
    return [
      {
        name: "artifact",
        width: "minmax(150px, 2fr)",
        cell: (one) => (
          <Link to="/artifacts/show" search={{ selector: one.selector }}>
            {one.selector.split("@")[0]}
          </Link>
        ),
      },
      { name: "kind", width: "minmax(60px, 1fr)", cell: (one) => one.kind ?? "" },
      { name: "labels", width: "minmax(60px, 1fr)", cell: (one) => <span className="soft">{one.labels.join(" ")}</span> },
      { name: "files", width: "56px", isNumber: true, cell: (one) => count(one.files) },
      { name: "size", width: "76px", isNumber: true, cell: (one) => bytes(one.sizeBytes) },
      {
        name: "published",
        width: "150px",
        cell: (one) => {
          const at = Date.parse(one.createdAt);
          return <span title={one.createdAt}>{times === "relative" ? ago(at, now) : clock(at)}</span>;
        },
      },
      {
        name: "by",
        width: "minmax(120px, 1.4fr)",
        cell: (one) => {
          const { runId, search: place } = addressParts(one.address);
          return (
            <Link to="/runs/$runId" params={{ runId }} search={{ ...place, tab: "artifacts" }}>
              <code title={one.address}>
                {shortRun(runId)}
                {one.address.slice(runId.length)}
              </code>
            </Link>
          );
        },
      },
      {
        name: "content",
        width: "90px",
        cell: (one) =>
          one.present ? <code className="faint">{one.sha256.slice(0, 8)}</code> : <span className="soft">removed</span>,
      },
    ];
  }, [times, list.dataUpdatedAt]);
  const filters = Object.entries(search);
  return (
    <>
      <PageHead title="Artifacts" said={list.data ? `${count(list.data.pages[0]?.total ?? rows.length)} published` : ""}>
        <select
          className="field"
          aria-label="Workflow"
          value={search.workflow ?? ""}
          onChange={(event) => change({ workflow: event.target.value })}
        >
          <option value="">every workflow</option>
          {(workflows.data?.workflows ?? []).map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        {(["name", "kind", "label"] as const).map((field) => (
          <input
            key={`${field} ${search[field] ?? ""}`}
            className="field short"
            aria-label={field}
            placeholder={field}
            defaultValue={search[field] ?? ""}
            onBlur={(event) => event.target.value !== (search[field] ?? "") && change({ [field]: event.target.value })}
            onKeyDown={(event) => event.key === "Enter" && change({ [field]: event.currentTarget.value })}
          />
        ))}
        {filters.length > 0 && (
          <Link to="/artifacts" className="button">
            clear
          </Link>
        )}
      </PageHead>
      <main className="list" style={{ background: "var(--pane)", flex: 1, minHeight: 0 }}>
        {list.error ? (
          <Refusal error={list.error} />
        ) : (
          <VirtualRows
            label="Artifacts"
            rows={rows}
            columns={columns}
            keyOf={keyOf}
            chosen={chosen}
            onChoose={choose}
            onOpen={(one) => void navigate({ to: "/artifacts/show", search: { selector: one.selector } })}
            {...(list.hasNextPage && !list.isFetchingNextPage ? { more: () => void list.fetchNextPage() } : {})}
            empty={
              list.isPending ? (
                <Nothing>Loading</Nothing>
              ) : filters.length > 0 ? (
                <Nothing>
                  <span>No artifact has {filters.map(([name, value]) => `the ${name} "${value}"`).join(" and ")}.</span>
                  <Link to="/artifacts" className="button">
                    show every artifact
                  </Link>
                </Nothing>
              ) : (
                <Nothing>No run has published a folder so far. A node does with ctx.artifact(name).</Nothing>
              )
            }
          />
        )}
      </main>
    </>
  );
}
