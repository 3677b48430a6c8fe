/**
 * The clock as attempts are given it: the run's, with a count of what waits on it.
 *
 * R1. Who waits here does not work: the run's clock may move meanwhile.
 */
import type { Clock, TimerHandle } from "../base/clock.ts";

export class WaitingClock implements Clock {
  readonly #clock: Clock;
  readonly #timers: Set<TimerHandle> = new Set();
  #forever = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** R1. */
  get waiting(): number {
    return this.#timers.size + this.#forever;
  }

  now(): number {
    return this.#clock.now();
  }

  perf(): number {
    return this.#clock.perf();
  }

  setTimer(fn: () => void, delayMs: number): TimerHandle {
    const timer = this.#clock.setTimer(() => {
      this.#timers.delete(timer);
      fn();
    }, delayMs);
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(timer: TimerHandle): void {
    this.#timers.delete(timer);
    this.#clock.clearTimer(timer);
  }

  /**
   * Waits; rejects with the signal's reason when it aborts.
   * @param ms `Infinity`: until then. @param signal undefined: not even then
   */
  async wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = Number.isFinite(ms) ? this.setTimer(resolve, ms) : undefined;
    if (timer === undefined) this.#forever++;
    const aborted = (): void => reject(signal?.reason as Error);
    signal?.addEventListener("abort", aborted, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", aborted);
      if (timer === undefined) this.#forever--;
      else this.clearTimer(timer);
    }
  }
}
