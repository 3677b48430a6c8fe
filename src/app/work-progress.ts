/**
 * How far a long answer is, told while it is worked out.
 *
 * R1. What is counted is counted towards a total that is known at the beginning; one more phase has a unit of its own.
 * R2. Who works an answer out from event logs tells nothing itself: the store that it reads counts the events that were read, each once,
 *     however often they are asked for.
 */
import type { RunId } from "../model/ids.ts";
import type { Store } from "../store/store.ts";

export interface WorkProgress {
  readonly done: number;
  /** At least 1; what is not needed for the answer is never reached. */
  readonly total: number;
  /** "events" of logs, "answers" that a page holds, "bytes" of files. */
  readonly unit: "events" | "answers" | "bytes";
}

export type Tell = (progress: WorkProgress) => void;

export const TELL_NOBODY: Tell = () => undefined;

/** R2. The same store, which says how many events of which runs were read from it. */
export function countedStore(store: Store, read: (runId: RunId, seq: number) => void): Store {
  const events: Store["events"] = async (runId, options) => {
    const page = await store.events(runId, options);
    const last = page.at(-1);
    if (last !== undefined) read(runId, last.seq);
    return page;
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === "events") return events;
      const field: unknown = Reflect.get(target, name, target);
      return typeof field === "function" ? (field.bind(target) as unknown) : field;
    },
  });
}

/** Events that were read for one answer. */
export class EventCount {
  readonly #total: number;
  readonly #tell: Tell;
  readonly #seen: Map<RunId, number> = new Map();
  #done = 0;

  constructor(total: number, tell: Tell) {
    this.#total = Math.max(1, total);
    this.#tell = tell;
  }

  read(runId: RunId, seq: number): void {
    const before = this.#seen.get(runId) ?? 0;
    if (seq <= before) return;
    this.#seen.set(runId, seq);
    this.#done += seq - before;
    this.#tell({ done: Math.min(this.#done, this.#total), total: this.#total, unit: "events" });
  }
}
