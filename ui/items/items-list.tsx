import { useMemo, type ReactElement } from "react";
import { ITEM_STATUSES } from "../../src/model/status.ts";
import { useItems } from "../api/queries.ts";
import type { ItemRow } from "../api/types.ts";
import { count, duration } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { Status, StatusIcon } from "../shell/status.tsx";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { VirtualRows, type Column } from "./virtual-rows.tsx";

const COLUMNS: readonly Column<ItemRow>[] = [
  { name: "", width: "22px", cell: (item) => <StatusIcon status={item.status} /> },
  { name: "path", width: "minmax(120px, 1.1fr)", cell: (item) => <code>{item.path}</code> },
  { name: "ms", width: "72px", isNumber: true, cell: (item) => duration(item.ms) },
  { name: "tries", width: "40px", isNumber: true, cell: (item) => (item.attempts > 1 ? item.attempts : "") },
  {
    name: "value",
    width: "minmax(80px, 2fr)",
    cell: (item) =>
      item.error ? (
        <span style={{ color: "var(--s-failed)" }}>{item.error.message}</span>
      ) : (
        <code className="soft">{item.value}</code>
      ),
  },
];

export function ItemsList({ runId, view, revision }: PaneProps): ReactElement {
  const { call, item, status, choose } = useSelection();
  const chosen = call === undefined ? undefined : view.calls[call - 1];
  const counts = chosen ? chosen.counts : view.counts;
  const wanted = useMemo(() => (status === undefined ? undefined : [status]), [status]);
  const items = useItems(runId, { call, status: wanted }, revision);
  const rows = useMemo(() => items.data?.pages.flatMap((page) => page.items) ?? [], [items.data]);
  const at = item === undefined ? -1 : rows.findIndex((row) => row.call === call && itemNo(row) === item);
  return (
    <div className="list">
      <div className="list-filter" role="group" aria-label="Filter by status">
        <button aria-pressed={status === undefined} onClick={() => choose({ status: undefined })}>
          all
        </button>
        {ITEM_STATUSES.filter((one) => (counts[one] ?? 0) > 0 || one === status).map((one) => (
          <button
            key={one}
            aria-pressed={status === one}
            onClick={() => choose({ status: status === one ? undefined : one })}
          >
            <Status status={one} /> {count(counts[one] ?? 0)}
          </button>
        ))}
      </div>
      {items.error ? (
        <Refusal error={items.error} />
      ) : (
        <VirtualRows
          label="Items"
          rows={rows}
          columns={COLUMNS}
          keyOf={(row) => row.address}
          chosen={at}
          onChoose={(row) => choose({ call: row.call, item: itemNo(row) }, "move")}
          {...(items.hasNextPage && !items.isFetchingNextPage ? { more: () => void items.fetchNextPage() } : {})}
          empty={
            <Nothing>
              {items.isPending ? (
                "Loading"
              ) : status === undefined ? (
                "No item has been recorded here."
              ) : (
                <>
                  No item is {status}.
                  <button className="button" onClick={() => choose({ status: undefined })}>
                    show all
                  </button>
                </>
              )}
            </Nothing>
          }
        />
      )}
    </div>
  );
}

export function itemNo(row: Pick<ItemRow, "address">): number {
  return Number(row.address.slice(row.address.lastIndexOf(".") + 1));
}
