/**
 * That something was committed, for those who show all runs at once.
 *
 * R1. A listener that is slow is told once of everything since it was told last; what is kept for it is bounded by KNOWN_RUNS.
 * R2. Nobody is told before the commit, and nobody is told of what it could have read when it began to listen.
 */
import type { RunId } from "../model/ids.ts";

export interface Changes {
  /** Runs that this process committed to. */
  readonly runs: readonly RunId[];
  /** Other runs may have changed too: another process committed something, or more changed than can be named. */
  readonly others: boolean;
}

/** Runs that are named to one listener at once. */
const KNOWN_RUNS = 1_000;

interface Listener {
  readonly runs: Set<RunId>;
  others: boolean;
  wake: () => void;
}

export class ChangeFeed {
  readonly #listeners: Set<Listener> = new Set();
  #closed = false;

  get listening(): boolean {
    return this.#listeners.size > 0;
  }

  committed(runId: RunId): void {
    for (const listener of this.#listeners) {
      listener.runs.add(runId);
      if (listener.runs.size > KNOWN_RUNS) {
        listener.runs.clear();
        listener.others = true;
      }
      listener.wake();
    }
  }

  changedElsewhere(): void {
    for (const listener of this.#listeners) {
      listener.others = true;
      listener.wake();
    }
  }

  close(): void {
    this.#closed = true;
    for (const listener of this.#listeners) listener.wake();
  }

  /** @param begun called when somebody begins to listen. */
  async *changes(signal: AbortSignal | undefined, begun: () => void): AsyncGenerator<Changes, void, void> {
    const listener: Listener = { runs: new Set(), others: false, wake: () => undefined };
    const wake = (): void => listener.wake();
    this.#listeners.add(listener);
    signal?.addEventListener("abort", wake);
    try {
      begun();
      for (;;) {
        const { promise, resolve } = Promise.withResolvers<void>();
        listener.wake = resolve;
        if (signal?.aborted || this.#closed) return;
        if (listener.runs.size === 0 && !listener.others) {
          await promise;
          continue;
        }
        const changes = { runs: [...listener.runs], others: listener.others };
        listener.runs.clear();
        listener.others = false;
        yield changes;
      }
    } finally {
      signal?.removeEventListener("abort", wake);
      this.#listeners.delete(listener);
    }
  }
}
