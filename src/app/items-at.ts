/**
 * Items of a run as they stood at an event.
 *
 * Owns: asking for them as a store is asked for those of now. Leaves to store/run-index.ts: what events do to items.
 *
 * R1. The index follows from the events alone: made of those up to n, it says what the store said then.
 * R2. Whoever looks through a run goes on from where he is: the last index of a run is kept and goes on, never back.
 */
import type { RunId } from "../model/ids.ts";
import { ITEMS_AT_MOST } from "../model/view.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { PAGE_ITEMS } from "../store/item-page.ts";
import { RunIndex } from "../store/run-index.ts";
import type { EventStore, ItemFilter, ItemRow, RunRow } from "../store/store.ts";

const PAGE = 5_000;
const KEPT_RUNS = 4;

/** R2: by run, the newest last. */
const kept = new WeakMap<EventStore, Map<RunId, RunIndex>>();

export type ItemsOf = (filter: ItemFilter) => { readonly items: readonly ItemRow[]; readonly total: number };

/**
 * @param at seq of the last event that counts
 * @throws WorkgraphError WG5056 when the run has fewer events, WG5057 when they are too many to read again
 */
export async function itemsAt(store: EventStore, run: RunRow, at: number): Promise<ItemsOf> {
  if (at > run.seq) {
    throw new WorkgraphError("WG5056", `run ${run.runId} has ${run.seq} events; there is no event ${at} to look from`, {
      hint: 'Leave "at" out for the items as they are.',
    });
  }
  if (at > ITEMS_AT_MOST) {
    throw new WorkgraphError("WG5057", `event ${at} of run ${run.runId} is too far in to read all items up to there`, {
      hint: `Look from an event up to ${ITEMS_AT_MOST}, or leave "at" out for the items as they are.`,
    });
  }
  let runs = kept.get(store);
  if (!runs) kept.set(store, (runs = new Map()));
  const before = runs.get(run.runId);
  // While it is read on it is nobody else's.
  runs.delete(run.runId);
  const index = before && before.facts.seq <= at ? before : newIndex();
  while (index.facts.seq < at) {
    const after = index.facts.seq;
    const events = await store.events(run.runId, { after, limit: Math.min(PAGE, at - after), values: "none" });
    if (events.length === 0) break;
    for (const { event } of events) index.apply(event);
    index.settle(() => true);
  }
  runs.set(run.runId, index);
  const [oldest] = runs.keys();
  if (runs.size > KEPT_RUNS && oldest !== undefined) runs.delete(oldest);
  // Read out at once: the index may go on while this is asked page by page.
  const rows = [...rowsOf(index)];
  return (filter) => filtered(rows, filter);
}

function newIndex(): RunIndex {
  return new RunIndex({ call: () => undefined, page: () => undefined, openCalls: () => [] });
}

/** In the order of calls and items. */
function* rowsOf({ calls }: RunIndex): Generator<ItemRow> {
  for (const { call, pages } of [...calls.values()].toSorted((a, b) => a.call - b.call)) {
    for (const [number, page] of [...pages].toSorted(([a], [b]) => a - b)) {
      for (let slot = 0; slot < page.capacity; slot++) {
        const row = page.row(slot, { call, item: number * PAGE_ITEMS + slot });
        if (row) yield row;
      }
    }
  }
}

function filtered(rows: readonly ItemRow[], filter: ItemFilter): ReturnType<ItemsOf> {
  const { call, item, status, after: [afterCall, afterItem] = [0, -1], limit = 100 } = filter;
  const wanted = rows.filter(
    (row) =>
      (call === undefined || row.call === call) &&
      (item === undefined || row.item === item) &&
      (status === undefined || status.includes(row.status)),
  );
  const rest = wanted.filter((row) => row.call > afterCall || (row.call === afterCall && row.item > afterItem));
  return { items: rest.slice(0, limit), total: wanted.length };
}
