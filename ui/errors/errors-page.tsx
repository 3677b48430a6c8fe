/** What goes wrong over all runs: errors with one reason together, last seen first. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, type ReactElement } from "react";
import type { ErrorGroupEntry } from "../../src/model/error-group.ts";
import { useWorkflows } from "../api/queries.ts";
import { CommandLine } from "../launch/command-line.tsx";
import { addressParts } from "../compare/address-parts.ts";
import { VirtualRows, type Column } from "../items/virtual-rows.tsx";
import { ago, clock, count, counted, shortHash } from "../shell/format.ts";
import { PageHead } from "../shell/page-head.tsx";
import { Nothing, Refusal } from "../shell/pane.tsx";
import type { ErrorsSearch } from "../shell/search.ts";
import { useSettings } from "../shell/settings.ts";
import { useErrorGroups } from "./groups.ts";
import "../items/list.css";
import "../launch/launch.css";
import "../run/run.css";
import "./errors.css";

const SINCE: Readonly<Record<string, string>> = { "1h": "the last hour", "24h": "the last day", "7d": "the last week" };

export function ErrorsPage(): ReactElement {
  const search = useSearch({ from: "/errors" });
  const navigate = useNavigate({ from: "/errors" });
  const { times } = useSettings();
  const groups = useErrorGroups({ workflow: search.workflow, since: search.since });
  const workflows = useWorkflows();
  const rows = useMemo(() => groups.data?.pages.flatMap((page) => page.groups) ?? [], [groups.data]);
  const chosen = rows.findIndex(({ fingerprint }) => fingerprint === search.group);
  const change = (to: ErrorsSearch): void =>
    void navigate({
      search: (before: ErrorsSearch) =>
        Object.fromEntries(Object.entries({ ...before, ...to }).filter(([, value]) => value !== "")) as ErrorsSearch,
    });
  const columns = useMemo((): readonly Column<ErrorGroupEntry>[] => {
    const now = Date.now();
    return [
      { name: "code", width: "70px", cell: (one) => <code>{one.code}</code> },
      {
        name: "reason",
        width: "minmax(140px, 2.4fr)",
        cell: (one) => <span title={one.message}>{one.message}</span>,
      },
      { name: "node", width: "minmax(70px, 1fr)", cell: (one) => one.node ?? "" },
      { name: "workflow", width: "minmax(80px, 1fr)", cell: (one) => <span className="soft">{one.workflow}</span> },
      { name: "attempts", width: "66px", isNumber: true, cell: (one) => count(one.count) },
      { name: "runs", width: "46px", isNumber: true, cell: (one) => count(one.runs) },
      {
        name: "last seen",
        width: times === "relative" ? "92px" : "150px",
        cell: (one) => {
          const at = Date.parse(one.lastSeen);
          return <span title={one.lastSeen}>{times === "relative" ? ago(at, now) : clock(at)}</span>;
        },
      },
    ];
  }, [times, groups.dataUpdatedAt]);
  const isFiltered = search.workflow !== undefined || search.since !== undefined;
  const names = [...new Set([...(workflows.data?.workflows ?? []).map(({ name }) => name), search.workflow ?? ""])];
  return (
    <>
      <PageHead title="Errors" said={groups.data ? counted(groups.data.pages[0]?.total ?? rows.length, "reason") : ""}>
        <select
          className="field"
          aria-label="Workflow"
          value={search.workflow ?? ""}
          onChange={(event) => change({ workflow: event.target.value })}
        >
          <option value="">every workflow</option>
          {names
            .filter((name) => name !== "")
            .toSorted()
            .map((name) => (
              <option key={name}>{name}</option>
            ))}
        </select>
        <select
          className="field"
          aria-label="Last seen within"
          value={search.since ?? ""}
          onChange={(event) => change({ since: event.target.value })}
        >
          <option value="">at any time</option>
          {Object.entries(SINCE).map(([value, text]) => (
            <option key={value} value={value}>
              in {text}
            </option>
          ))}
        </select>
      </PageHead>
      <main className="split">
        <div className="list">
          {groups.error ? (
            <Refusal error={groups.error} />
          ) : (
            <VirtualRows
              label="Errors"
              rows={rows}
              columns={columns}
              keyOf={(one) => one.fingerprint}
              chosen={chosen}
              onChoose={(one) => change({ group: one.fingerprint })}
              onOpen={(one) => {
                const { runId, search: place } = addressParts(one.last.address);
                void navigate({ to: "/runs/$runId", params: { runId }, search: { ...place, tab: "error" } });
              }}
              {...(groups.hasNextPage && !groups.isFetchingNextPage ? { more: () => void groups.fetchNextPage() } : {})}
              empty={
                groups.isPending ? (
                  <Nothing>Loading</Nothing>
                ) : isFiltered ? (
                  <Nothing>
                    <span>
                      No error{search.workflow === undefined ? "" : ` of "${search.workflow}"`}
                      {search.since === undefined ? "" : ` in ${SINCE[search.since] ?? search.since}`}.
                    </span>
                    <Link to="/errors" className="button">
                      show every error
                    </Link>
                  </Nothing>
                ) : (
                  <Nothing>No run had an error so far.</Nothing>
                )
              }
            />
          )}
        </div>
        <aside className="details" aria-label="The chosen error">
          {rows[chosen] ? <Group of={rows[chosen]} /> : <Nothing>Choose an error: j and k move, Enter opens.</Nothing>}
        </aside>
      </main>
    </>
  );
}

function Group({ of }: { readonly of: ErrorGroupEntry }): ReactElement {
  const { runId, search } = addressParts(of.last.address);
  return (
    <>
      <h2>{of.message}</h2>
      <dl className="facts">
        <div>
          <dt>code</dt>
          <dd>
            <code>{of.code}</code>
          </dd>
        </div>
        <div>
          <dt>attempts</dt>
          <dd>
            {count(of.count)}, {count(of.finalCount)} of them the last
          </dd>
        </div>
        <div>
          <dt>runs</dt>
          <dd>{count(of.runs)}</dd>
        </div>
        <div>
          <dt>first seen</dt>
          <dd>{clock(Date.parse(of.firstSeen))}</dd>
        </div>
        <div>
          <dt>last seen</dt>
          <dd>{clock(Date.parse(of.lastSeen))}</dd>
        </div>
        <div>
          <dt>fingerprint</dt>
          <dd>
            <code>{of.fingerprint}</code>
          </dd>
        </div>
      </dl>
      <div className="launch-row">
        <Link to="/runs/$runId" params={{ runId }} search={{ ...search, tab: "error" }} className="button primary">
          where it was last seen
        </Link>
        <Link
          to="/runs"
          search={{ workflow: of.workflow, text: `"${of.message.slice(0, 80).replaceAll('"', " ")}"` }}
          className="button"
        >
          runs that say so
        </Link>
      </div>
      <pre className="code">{of.pattern}</pre>
      <table className="table">
        <thead>
          <tr>
            <th>code version</th>
            <th className="number">runs</th>
            <th>last seen</th>
          </tr>
        </thead>
        <tbody>
          {of.versions.map(({ version, runs, lastSeen }) => (
            <tr key={version}>
              <td>
                <Link to="/workflows/$name/versions/$version" params={{ name: of.workflow, version }}>
                  <code>{shortHash(version)}</code>
                </Link>
              </td>
              <td className="number">
                <Link to="/runs" search={{ workflow: of.workflow, version }}>
                  {count(runs)}
                </Link>
              </td>
              <td>{clock(Date.parse(lastSeen))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <CommandLine label="what it means" text={`npx workgraph docs ${of.code}`} />
      <CommandLine label="its errors" text={`npx workgraph errors ${of.last.runId}`} />
      <CommandLine label="after a correction" text={`npx workgraph fork ${of.last.runId} --dry-run`} />
    </>
  );
}
