/**
 * Events as they are committed, for any store that can read a range and tell when to look again.
 *
 * R1. Every event after `after` comes once, in order: the cursor moves with what was given out, wake-ups carry nothing.
 * R2. It ends after the event that ended the run, unless the run went on after it.
 */
import type { StoredEvent } from "../model/events.ts";

const ENDINGS: ReadonlySet<string> = new Set(["run.completed", "run.failed", "run.cancelled", "run.diverged"]);
const BATCH = 1_000;

export interface TailSource {
  read(range: { readonly after: number; readonly limit: number }): Promise<readonly StoredEvent[]>;
  /** Last event of the run. */
  last(): Promise<StoredEvent | undefined>;
  /** Resolves at the next commit that may concern the run, or when `signal` aborts. Asked for before a read, awaited after it. */
  changed(signal: AbortSignal | undefined): { readonly promise: Promise<void>; cancel(): void };
}

export async function* tailEvents(
  source: TailSource,
  options: { readonly after: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<StoredEvent, void, void> {
  let after = options.after;
  while (!options.signal?.aborted) {
    const changed = source.changed(options.signal);
    try {
      const events = await source.read({ after, limit: BATCH });
      for (const event of events) {
        if (options.signal?.aborted) return;
        after = event.seq;
        yield event;
      }
      if (events.length > 0) continue;
      const last = await source.last();
      if (last !== undefined && last.seq > after) continue;
      if (last !== undefined && ENDINGS.has(last.event.type)) return;
      await changed.promise;
    } finally {
      changed.cancel();
    }
  }
}

/** Who waits for which run, within one process. */
export class Wakes {
  readonly #waiting: Map<string, Set<() => void>> = new Map();

  get size(): number {
    return this.#waiting.size;
  }

  wake(runId: string): void {
    const waiting = this.#waiting.get(runId);
    if (waiting === undefined) return;
    this.#waiting.delete(runId);
    for (const resolve of waiting) resolve();
  }

  wakeAll(): void {
    for (const runId of this.#waiting.keys()) this.wake(runId);
  }

  next(runId: string, signal: AbortSignal | undefined): { readonly promise: Promise<void>; cancel(): void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(runId) ?? new Set();
    this.#waiting.set(runId, waiting);
    waiting.add(resolve);
    const abort = (): void => resolve();
    signal?.addEventListener("abort", abort);
    return {
      promise,
      cancel: () => {
        signal?.removeEventListener("abort", abort);
        waiting.delete(resolve);
        if (waiting.size === 0 && this.#waiting.get(runId) === waiting) this.#waiting.delete(runId);
      },
    };
  }
}
