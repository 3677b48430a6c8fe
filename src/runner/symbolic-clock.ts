/**
 * Time in a trace: it stands still, and a sleep ends when the trace says so.
 *
 * R1. Timers that the workflow function sets through the runtime (`sleep`) are set in its frame; all others (timeouts of attempts, graces)
 *     never fire, because nothing is attempted.
 */
import { FakeClock, type Clock, type TimerHandle } from "../base/clock.ts";
import { currentFrame } from "../trace/current.ts";

export class SymbolicClock implements Clock {
  readonly #sleeps: FakeClock;
  readonly #never: FakeClock;

  /** @param startedAt epoch ms */
  constructor(startedAt: number) {
    this.#sleeps = new FakeClock(startedAt);
    this.#never = new FakeClock(startedAt);
  }

  now(): number {
    return this.#sleeps.now();
  }

  perf(): number {
    return this.#sleeps.perf();
  }

  setTimer(fn: () => void, delayMs: number): TimerHandle {
    return (currentFrame()?.kind === "workflow" ? this.#sleeps : this.#never).setTimer(fn, delayMs);
  }

  clearTimer(timer: TimerHandle): void {
    this.#sleeps.clearTimer(timer);
    this.#never.clearTimer(timer);
  }

  /** Ends the sleep that would end first; says whether there was one. */
  async wakeNext(): Promise<boolean> {
    const { nextMs } = this.#sleeps;
    if (nextMs === undefined) return false;
    await this.#sleeps.advance(nextMs);
    return true;
  }
}
