/** Items of a run or a call, with where they came from and, asked for, what they gave. */
import { formatAddress, type CallNo, type RunId } from "../../model/ids.ts";
import { IN_FLIGHT, ITEM_STATUSES, restingStatus, type ItemStatus } from "../../model/status.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { nearestName } from "../../base/nearest-name.ts";
import type { CallRow, EventStore, ItemFilter, ItemRow, RunRow } from "../../store/store.ts";
import { findRun, unknownCall } from "../find-run.ts";
import { ItemPlaces } from "../item-paths.ts";
import { itemsAt, type ItemsOf } from "../items-at.ts";
import { cursorOf, limitOf, type Page, type PageRequest } from "../paging.ts";
import { previewOf } from "../plain-json.ts";
import type { Workspace } from "../workspace.ts";

export interface ItemEntry {
  /** `RUN.CALL.ITEM`. */
  readonly address: string;
  readonly call: CallNo;
  readonly node: string;
  /** Where it came from, e.g. `fetch_urls[3]/split[1]`. */
  readonly path: string;
  readonly status: ItemStatus;
  readonly attempts: number;
  /** Duration of the last attempt. */
  readonly ms?: number;
  /** Elements of a `many` result. */
  readonly size?: number;
  readonly error?: { readonly code: string; readonly message: string };
  /** One line, cut. */
  readonly value?: string;
}

export interface ListItemsInput extends PageRequest {
  /** A run, a call or an item. */
  readonly run: string;
  readonly node?: string;
  readonly status?: readonly ItemStatus[];
  readonly values?: "preview";
  /** As they stood at this event; default now. */
  readonly at?: number;
}

export interface ListItemsOutput extends Page {
  readonly runId: RunId;
  readonly items: readonly ItemEntry[];
}

export const MAX_ITEMS = 1_000_000;
const PAGE_ITEMS = 5_000;
const PREVIEW_LENGTH = 200;

export async function listItems({ store }: Workspace, input: ListItemsInput): Promise<ListItemsOutput> {
  const { run, call, item } = await findRun(store, input.run);
  const limit = limitOf(input, { default: 100, max: MAX_ITEMS });
  const calls = new Map((await store.calls(run.runId)).map((row) => [row.call, row]));
  if (call !== undefined && !calls.has(call)) throw unknownCall(run, call);
  const wanted = callsOfNode(calls, input.node);
  const filter = {
    ...(call === undefined ? {} : { call }),
    ...(item === undefined ? {} : { item }),
    ...(input.status === undefined
      ? {}
      : { status: input.at === undefined ? storedStatuses(run, input.status) : input.status }),
  };
  const past = input.at === undefined ? undefined : await itemsAt(store, run, input.at);
  const read: ReadItems = past ?? ((of) => store.items(run.runId, of));
  const start = cursorOf(input, 2) as readonly [number, number] | undefined;
  const found = await readRows(read, { filter, start, wanted, limit: limit + 1 });
  const shown = found.rows.slice(0, limit);
  const truncated = found.rows.length > limit;
  const last = shown.at(-1);
  const reader: EntryReader = {
    store,
    run,
    calls,
    places: new ItemPlaces(store, run, calls),
    values: input.values !== undefined,
    when: input.at === undefined ? "now" : "past",
  };
  return {
    runId: run.runId,
    items: await entriesOf(reader, shown),
    ...(found.total === undefined ? {} : { total: found.total }),
    truncated,
    ...(truncated && last ? { cursor: `${last.call}.${last.item}` } : {}),
  };
}

/** What is stored as running reads as waiting where nobody runs it. */
function storedStatuses(run: RunRow, asked: readonly ItemStatus[]): readonly ItemStatus[] {
  if (run.status === "running") return asked;
  const resting = asked.filter((status) => !IN_FLIGHT.includes(status));
  return resting.includes("waiting") ? [...resting, ...IN_FLIGHT] : resting;
}

export function itemStatuses(texts: readonly string[]): readonly ItemStatus[] {
  for (const text of texts) {
    if ((ITEM_STATUSES as readonly string[]).includes(text)) continue;
    const near = nearestName(text, ITEM_STATUSES);
    throw new WorkgraphError("WG5050", `"${text}" is no status of an item`, {
      hint: near ? `Did you mean "${near}"?` : `Statuses: ${ITEM_STATUSES.join(", ")}.`,
    });
  }
  return texts as readonly ItemStatus[];
}

/** The calls of a node; undefined: all calls. */
function callsOfNode(calls: ReadonlyMap<CallNo, CallRow>, node: string | undefined): ReadonlySet<CallNo> | undefined {
  if (node === undefined) return undefined;
  const wanted = [...calls.values()].filter((row) => row.event.node === node).map((row) => row.call);
  if (wanted.length > 0) return new Set(wanted);
  const nodes = new Set([...calls.values()].map((row) => row.event.node));
  const near = nearestName(node, nodes);
  throw new WorkgraphError("WG5041", `the run has no call of a node "${node}"`, {
    hint: near ? `Did you mean "${near}"?` : `Its nodes: ${[...nodes].join(", ") || "none"}.`,
  });
}

type ReadItems = (filter: ItemFilter) => ReturnType<ItemsOf> | ReturnType<EventStore["items"]>;

interface RowQuery {
  readonly filter: ItemFilter;
  readonly start: readonly [number, number] | undefined;
  readonly wanted: ReadonlySet<CallNo> | undefined;
  readonly limit: number;
}

/** Reads page by page; with a node, call by call, so that other nodes' items are not read at all. */
async function readRows(
  read: ReadItems,
  query: RowQuery,
): Promise<{ readonly rows: readonly ItemRow[]; readonly total: number | undefined }> {
  const rows: ItemRow[] = [];
  let total = 0;
  const filters: ItemFilter[] =
    query.wanted === undefined || query.filter.call !== undefined
      ? [query.filter]
      : [...query.wanted].map((call) => ({ ...query.filter, call }));
  if (query.wanted && query.filter.call !== undefined && !query.wanted.has(query.filter.call)) return { rows, total };
  for (const filter of filters) {
    let after = query.start;
    for (let first = true; ; first = false) {
      const limit = Math.max(1, Math.min(PAGE_ITEMS, query.limit - rows.length));
      const page = await read({ ...filter, ...(after === undefined ? {} : { after }), limit });
      if (first) total += page.total;
      if (rows.length < query.limit) rows.push(...page.items);
      const last = page.items.at(-1);
      if (last === undefined || page.items.length < limit || rows.length >= query.limit) break;
      after = [last.call, last.item];
    }
  }
  return { rows, total };
}

interface EntryReader {
  readonly store: EventStore;
  readonly run: RunRow;
  readonly calls: ReadonlyMap<CallNo, CallRow>;
  readonly places: ItemPlaces;
  readonly values: boolean;
  readonly when: "now" | "past";
}

async function entriesOf(reader: EntryReader, rows: readonly ItemRow[]): Promise<readonly ItemEntry[]> {
  const { store, run, calls, places, values, when } = reader;
  const errors = await errorsOf(store, run, rows);
  const encoded = values
    ? await store.values(
        run.runId,
        rows.map(({ call, item }) => ({ call, item })),
      )
    : [];
  const pathOf = new Map<string, string>();
  for (const [callNo, group] of Map.groupBy(rows, (row) => row.call)) {
    const call = calls.get(callNo);
    const items = group.map((row) => row.item);
    const texts = call === undefined ? [] : await places.paths(call.event.space, items);
    items.forEach((item, index) => pathOf.set(`${callNo}.${item}`, texts[index] ?? ""));
  }
  return rows.map((row, index) => {
    const key = `${row.call}.${row.item}`;
    const isGiven = when === "now" || GIVEN.has(row.status);
    const [error, value] = [errors.get(key), isGiven ? encoded[index] : undefined];
    return {
      address: formatAddress(run.runId, row.call, row.item),
      call: row.call,
      node: calls.get(row.call)?.event.node ?? "",
      path: pathOf.get(key) ?? "",
      status: when === "past" || run.status === "running" ? row.status : restingStatus(row.status),
      attempts: row.attempts,
      ...(row.ms === undefined ? {} : { ms: row.ms }),
      ...(row.size === undefined ? {} : { size: row.size }),
      ...(error === undefined ? {} : { error }),
      ...(value !== undefined
        ? { value: previewOf(value, PREVIEW_LENGTH) }
        : values && row.size !== undefined
          ? { value: `${row.size} element${row.size === 1 ? "" : "s"}` }
          : {}),
    };
  });
}

/** Of an earlier state: a value that came later is not told. */
const GIVEN: ReadonlySet<ItemStatus> = new Set(["completed", "reused"]);

const BROKEN: ReadonlySet<ItemStatus> = new Set(["failed", "abandoned", "cancelled", "retrying"]);

/** The error that stands for each broken item: the one of the event that set its status. */
async function errorsOf(
  store: EventStore,
  run: RunRow,
  rows: readonly ItemRow[],
): Promise<ReadonlyMap<string, { readonly code: string; readonly message: string }>> {
  const bySeq = new Map(
    rows.filter((row) => BROKEN.has(row.status)).map((row) => [row.seq, `${row.call}.${row.item}`]),
  );
  const errors = new Map<string, { readonly code: string; readonly message: string }>();
  if (bySeq.size === 0) return errors;
  for (let after = Math.min(...bySeq.keys()) - 1; ;) {
    const page = await store.errors(run.runId, { after, limit: PAGE_ITEMS });
    for (const { seq, call, error } of page) {
      const key = bySeq.get(seq);
      // The error of a run is not that of the items which its end cut short.
      if (key !== undefined && call !== undefined) errors.set(key, { code: error.code, message: error.message });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ITEMS || errors.size === bySeq.size) return errors;
    after = last.seq;
  }
}
