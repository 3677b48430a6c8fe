/** Every node with what it took, by any column. */
import type { ReactElement } from "react";
import type { RunView } from "../../src/model/view.ts";
import type { NodeProfile, Profile } from "../../src/model/profile.ts";
import { useSelection } from "../run/selection.ts";
import { count, duration } from "../shell/format.ts";

interface Column {
  readonly name: string;
  readonly title: string;
  readonly value: (row: NodeProfile) => number | string;
  readonly shown?: (row: NodeProfile) => string;
}

const ms =
  (value: (row: NodeProfile) => number) =>
  (row: NodeProfile): string =>
    value(row) === 0 ? "–" : duration(value(row));

const COLUMNS: readonly Column[] = [
  { name: "node", title: "Node, and its workflow in a child run", value: ({ node }) => node },
  { name: "count", title: "Items", value: ({ items }) => items },
  { name: "tries", title: "Attempts", value: ({ attempts }) => attempts },
  { name: "failed", title: "Attempts that gave no result", value: ({ failed }) => failed },
  { name: "total", title: "Time in attempts", value: ({ totalMs }) => totalMs, shown: ms(({ totalMs }) => totalMs) },
  {
    name: "self",
    title: "Without what child runs did inside",
    value: ({ selfMs }) => selfMs,
    shown: ms(({ selfMs }) => selfMs),
  },
  {
    name: "p50",
    title: "Half of the attempts took less",
    value: ({ p50Ms }) => p50Ms,
    shown: ms(({ p50Ms }) => p50Ms),
  },
  { name: "p95", title: "95 % took less", value: ({ p95Ms }) => p95Ms, shown: ms(({ p95Ms }) => p95Ms) },
  { name: "queued", title: "Ready, and not started", value: ({ queueMs }) => queueMs, shown: ms((row) => row.queueMs) },
  { name: "peak", title: "Most attempts in flight", value: ({ peak }) => peak },
  { name: "share", title: "Of the self time of all", value: ({ share }) => share },
];

export function NodesTable({ data, run }: { readonly data: Profile; readonly run: RunView }): ReactElement {
  const { order = "-share", call, choose } = useSelection();
  const name = order.replace(/^-/, "");
  const column = COLUMNS.find((one) => one.name === name) ?? COLUMNS.at(-1)!;
  const rows = data.nodes.toSorted(
    (a, b) => compare(column.value(a), column.value(b)) * (order.startsWith("-") ? -1 : 1),
  );
  const chosen = call === undefined ? undefined : run.calls[call - 1]?.node;
  return (
    <table className="table profile-nodes">
      <thead>
        <tr>
          {COLUMNS.map((one) => (
            <th
              key={one.name}
              className={one.name === "node" ? "" : "number"}
              aria-sort={one !== column ? "none" : order.startsWith("-") ? "descending" : "ascending"}
            >
              <button
                title={one.title}
                onClick={() =>
                  choose({ order: one === column && order.startsWith("-") ? one.name : `-${one.name}` }, "move")
                }
              >
                {one.name}
                {one === column ? (order.startsWith("-") ? " ↓" : " ↑") : ""}
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const own = row.workflow === data.workflow ? run.calls.find(({ node }) => node === row.node) : undefined;
          return (
            <tr key={`${row.workflow} ${row.node}`} aria-selected={own !== undefined && row.node === chosen}>
              {COLUMNS.map((one) => (
                <td key={one.name} className={one.name === "node" ? "" : "number"}>
                  {one.name === "node" ? (
                    <>
                      {own ? (
                        <button className="link" onClick={() => choose({ call: own.call, item: undefined })}>
                          <code>{row.node}</code>
                        </button>
                      ) : (
                        <code>{row.node}</code>
                      )}
                      {row.workflow !== data.workflow && <span className="faint"> in {row.workflow}</span>}
                    </>
                  ) : one.name === "share" ? (
                    <Share share={row.share} />
                  ) : (
                    (one.shown?.(row) ?? figure(one.value(row)))
                  )}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Share({ share }: { readonly share: number }): ReactElement {
  return (
    <span className="share">
      <i style={{ width: `${100 * share}%` }} aria-hidden />
      {(100 * share).toFixed(share < 0.1 ? 1 : 0)} %
    </span>
  );
}

function figure(value: number | string): string {
  return typeof value === "string" ? value : value === 0 ? "–" : count(value);
}

function compare(a: number | string, b: number | string): number {
  return typeof a === "string" ? a.localeCompare(String(b)) : a - Number(b);
}
