/** Items of the run or of a call: any number of them, searched, ordered, by status or by time. */
import { useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import { ITEM_STATUSES } from "../../src/model/status.ts";
import { ITEMS_AT_MOST } from "../../src/model/view.ts";
import { isOffline } from "../api/client.ts";
import { useItems } from "../api/queries.ts";
import { useTimeline } from "../api/run-parts.ts";
import type { ItemRow } from "../api/answers.ts";
import { count, duration } from "../shell/format.ts";
import { useKeys } from "../shell/keys.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { Status, StatusIcon } from "../shell/status.tsx";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { itemsBetween, ordered, ORDERS, SEARCHED_PAGE } from "./item-order.ts";
import { VirtualRows, type Column } from "./virtual-rows.tsx";

const NODE: Column<ItemRow> = {
  name: "node",
  width: "minmax(64px, 1fr)",
  cell: (item) => <code>{item.node}</code>,
};

const OF_CALL: readonly Column<ItemRow>[] = [
  { name: "path", width: "minmax(84px, 1.4fr)", cell: (item) => <Path path={item.path} /> },
  { name: "took", width: "54px", isNumber: true, cell: (item) => duration(item.ms) },
  {
    name: "tries",
    width: "30px",
    isNumber: true,
    atLeast: 400,
    cell: (item) => (item.attempts > 1 ? item.attempts : ""),
  },
  {
    name: "value",
    width: "minmax(60px, 2fr)",
    cell: (item) =>
      item.error ? (
        <span style={{ color: "var(--s-failed)" }}>{item.error.message}</span>
      ) : (
        <code className="soft">{item.value}</code>
      ),
  },
];

const STATUS: Column<ItemRow> = { name: "", width: "16px", cell: (item) => <StatusIcon status={item.status} /> };
const COLUMNS = { ofCall: [STATUS, ...OF_CALL], ofRun: [STATUS, NODE, ...OF_CALL] } as const;

/** Where there is little room the last place stays, which is what neighbours differ in. */
function Path({ path }: { readonly path: string }): ReactElement {
  const last = path.lastIndexOf("[");
  return (
    <code className="item-path" title={path}>
      <span className="cut">{last < 0 ? path : path.slice(0, last)}</span>
      {last >= 0 && <span className="cut">{path.slice(last)}</span>}
    </code>
  );
}

/** What is ordered or searched through is loaded first, up to here; beyond, that is said. */
const MAX_SEARCHED = 10_000;

export function ItemsList({ runId, view, live, revision }: PaneProps): ReactElement {
  const { call, item, status, q, sort, from, to, at, choose } = useSelection();
  const chosen = call === undefined ? undefined : view.calls[call - 1];
  const counts = chosen ? chosen.counts : view.counts;
  const wanted = useMemo(() => (status === undefined ? undefined : [status]), [status]);
  const timeline = useTimeline(runId, live).data;
  const among = useMemo(
    () => (from === undefined || to === undefined || !timeline ? undefined : itemsBetween(timeline, { from, to })),
    [timeline, from, to],
  );
  const isWhole = q !== undefined || sort !== undefined || among !== undefined;
  const past = usePast(at);
  const items = useItems(
    runId,
    { call, status: wanted, limit: isWhole ? SEARCHED_PAGE : undefined, at: past },
    // What was does not change: of an earlier event nothing is asked anew.
    { revision: past === undefined ? revision : "past" },
  );
  const loaded = useMemo(() => items.data?.pages.flatMap((page) => page.items) ?? [], [items.data]);
  const rows = useMemo(() => ordered(loaded, { order: sort, text: q, among }), [loaded, sort, q, among]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = items;
  useEffect(() => {
    if (isWhole && hasNextPage && !isFetchingNextPage && loaded.length < MAX_SEARCHED) void fetchNextPage();
  }, [isWhole, hasNextPage, isFetchingNextPage, fetchNextPage, loaded.length]);
  const input = useRef<HTMLInputElement>(null);
  useKeys([{ keys: "/", says: "search in the items", group: "Lists", run: () => input.current?.focus() }]);
  const place = item === undefined ? -1 : rows.findIndex((row) => row.call === call && itemNo(row) === item);
  return (
    <div className="list">
      <div className="list-filter">
        <input
          ref={input}
          className="field small"
          type="search"
          placeholder="search  /"
          aria-label="Search in the items"
          value={q ?? ""}
          onChange={(event) => choose({ q: event.target.value === "" ? undefined : event.target.value }, "move")}
        />
        <select
          className="field small"
          aria-label="Order"
          value={sort ?? ""}
          onChange={(event) => choose({ sort: event.target.value === "" ? undefined : event.target.value }, "move")}
        >
          <option value="">in order</option>
          {ORDERS.map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
        <span className="chips" role="group" aria-label="Filter by status">
          {ITEM_STATUSES.filter((one) => (counts[one] ?? 0) > 0 || one === status).map((one) => (
            <button
              key={one}
              aria-pressed={status === one}
              onClick={() => choose({ status: status === one ? undefined : one })}
            >
              <Status status={one} /> {count(counts[one] ?? 0)}
            </button>
          ))}
        </span>
      </div>
      <Notes
        at={at !== undefined && past === undefined ? at : undefined}
        isTimed={from !== undefined}
        isTimeKnown={among !== undefined}
        searched={isWhole && hasNextPage ? loaded.length : undefined}
      />
      {items.error ? (
        <Refusal error={items.error} />
      ) : (
        <VirtualRows
          label="Items"
          rows={rows}
          columns={call === undefined ? COLUMNS.ofRun : COLUMNS.ofCall}
          keyOf={(row) => row.address}
          chosen={place}
          onChoose={(row) => choose({ call: row.call, item: itemNo(row) }, "move")}
          {...(!isWhole && hasNextPage && !isFetchingNextPage ? { more: () => void fetchNextPage() } : {})}
          empty={
            <Nothing>
              {items.isPending ? (
                "Loading"
              ) : status === undefined && q === undefined && from === undefined ? (
                "No item has been recorded here."
              ) : (
                <>
                  <span>
                    No item{status === undefined ? "" : ` is ${status}`}
                    {q === undefined ? "" : ` has "${q}"`}
                    {from === undefined ? "" : " in this stretch of time"}.
                  </span>
                  <button
                    className="button"
                    onClick={() => choose({ status: undefined, q: undefined, from: undefined, to: undefined })}
                  >
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

/** While it is dragged through time the list waits: each event would be another question. */
const SETTLED_MS = 120;

/** The event that the items are told as of; undefined: now, or where what was is not known item by item. */
function usePast(at: number | undefined): number | undefined {
  const wanted = at === undefined || at > ITEMS_AT_MOST || isOffline() ? undefined : Math.max(1, at);
  const [settled, setSettled] = useState(wanted);
  useEffect(() => {
    if (wanted === settled) return;
    const timer = window.setTimeout(() => setSettled(wanted), wanted === undefined ? 0 : SETTLED_MS);
    return () => window.clearTimeout(timer);
  }, [wanted, settled]);
  return wanted === undefined ? undefined : (settled ?? wanted);
}

/** What the list does not show, said where one would look for it. */
function Notes(props: {
  readonly at: number | undefined;
  readonly isTimed: boolean;
  readonly isTimeKnown: boolean;
  readonly searched: number | undefined;
}): ReactElement {
  return (
    <>
      {props.at !== undefined && (
        <p className="list-note">Items as they are now; graph and counters are as of event {count(props.at)}.</p>
      )}
      {props.isTimed && !props.isTimeKnown && (
        <p className="list-note">
          Too many attempts to tell them by time: items of all times. Events are of this time.
        </p>
      )}
      {props.searched !== undefined && <p className="list-note">Among the first {count(props.searched)} items.</p>}
    </>
  );
}

export function itemNo(row: Pick<ItemRow, "address">): number {
  return Number(row.address.slice(row.address.lastIndexOf(".") + 1));
}
