/** The log of a run, folded into what a resumed or replayed run takes over. */
import type { EventStore } from "../store/store.ts";
import { Recorded, type RecordedCall } from "./recorded.ts";

const PAGE = 5000;

export async function readRecorded(store: EventStore, runId: string): Promise<Recorded> {
  const recorded = new Recorded();
  for (;;) {
    const page = await store.events(runId, { after: recorded.seq, limit: PAGE, values: "none" });
    for (const event of page) recorded.apply(event);
    if (page.length < PAGE) break;
  }
  for (const call of recorded.calls.values()) await readKeys(store, runId, call);
  return recorded;
}

/** Keys stand in the lists, not in events. Whether a call has any, its first list says. */
async function readKeys(store: EventStore, runId: string, call: RecordedCall): Promise<void> {
  for (const growth of call.growth) {
    if (growth.tombstone || growth.count === 0) continue;
    const { first, count } = growth;
    const { keys } = await store.list(runId, { call: call.created.call, item: growth.item }, { first, count });
    if (!keys) return;
    growth.keys = keys;
  }
}
