/**
 * A store whose reads are another's and whose writes go nowhere: for what looks at a run without changing it.
 *
 * R1. What is not replaced is the other store's own: a new method of the interface needs nothing here.
 */
import type { EventStore } from "../store/store.ts";

/** @param replaced methods that answer in place of those of `store` */
export function overlay(store: EventStore, replaced: Partial<EventStore>): EventStore {
  return new Proxy(store, {
    get(target, key): unknown {
      if (Object.hasOwn(replaced, key)) return Reflect.get(replaced, key);
      const own: unknown = Reflect.get(target, key, target);
      return typeof own === "function" ? (own.bind(target) as unknown) : own;
    },
  });
}

/** Reads of a recorded run as it was before its end, to be gone on with in memory; nothing is written. */
export function beforeItsEnd(store: EventStore, end: { readonly seq: number; readonly epoch: number }): EventStore {
  const nothing = async (): Promise<void> => undefined;
  return overlay(store, {
    run: async (runId) => {
      const row = await store.run(runId);
      return row && { ...row, status: "interrupted", seq: end.seq };
    },
    acquire: async () => ({ epoch: end.epoch + 1, seq: end.seq }),
    events: async (runId, options) => {
      const page = await store.events(runId, options);
      return page.filter((event) => event.seq <= end.seq);
    },
    append: nothing,
    release: nothing,
    stage: nothing,
  });
}
