/** Lets the event loop turn in between many small synchronous pieces of work. */
import { systemClock } from "../base/clock.ts";

/** Longest that other work waits. */
const SLICE_MS = 4;

export class Pace {
  #since: number = systemClock.perf();
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Undefined: go on at once. @throws the reason of the signal */
  rest(): Promise<void> | undefined {
    if (systemClock.perf() - this.#since < SLICE_MS) return undefined;
    this.#signal?.throwIfAborted();
    return new Promise((resolve) =>
      setImmediate(() => {
        this.#since = systemClock.perf();
        resolve();
      }),
    );
  }
}
