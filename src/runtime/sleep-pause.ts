/**
 * When all that is left of a run is a long sleep.
 *
 * Owns: finding that out. Leaves to run.ts: what follows (waiting on, or giving the run up until its time has come).
 *
 * R1. A run rests when no attempt runs, nothing is queued or about to be tried again, nothing is on its way to its function, and the
 *     earliest of its sleeps ends in more than PAUSE_MS.
 * R2. It has to rest for SETTLE_MS: a function that goes on from an await is given the time to ask for more. Its calls are looked
 *     through then, and no more often.
 */
import type { Clock, TimerHandle } from "../base/clock.ts";
import type { CallState } from "./call.ts";

const PAUSE_MS = 60_000;
const SETTLE_MS = 1000;

export interface SleepPauseParts {
  readonly clock: Clock;
  /** Nothing but calls can have something under way. */
  readonly isQuiet: () => boolean;
  readonly openCalls: () => Iterable<CallState>;
  /** @param until epoch ms of the earliest end of a sleep */
  readonly pause: (until: number) => void;
}

export class SleepPause {
  readonly #parts: SleepPauseParts;
  #timer: TimerHandle | undefined;
  #stopped = false;

  constructor(parts: SleepPauseParts) {
    this.#parts = parts;
  }

  /** Something came to rest. */
  look(): void {
    if (this.#timer || this.#stopped || !this.#parts.isQuiet()) return;
    this.#timer = this.#parts.clock.setTimer(() => {
      this.#timer = undefined;
      const until = this.#until();
      if (until !== undefined) this.#parts.pause(until);
    }, SETTLE_MS);
    this.#timer.unref();
  }

  /** The run ends: it rests no more. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer) this.#parts.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  /** R1. */
  #until(): number | undefined {
    if (!this.#parts.isQuiet()) return undefined;
    let earliest: number | undefined;
    for (const call of this.#parts.openCalls()) {
      const { rest } = call;
      if (rest === "busy") return undefined;
      if (rest !== "waits") earliest = Math.min(earliest ?? rest, rest);
    }
    return earliest !== undefined && earliest - this.#parts.clock.now() > PAUSE_MS ? earliest : undefined;
  }
}
