/**
 * A clock that a test does not wait for: it stands while anything works, and jumps to the next timer when all that is left is to wait.
 *
 * Owns: when it may jump. Leaves to base/clock.ts: timers and their order.
 *
 * R1. Node functions take no time: the clock stands until they have ended, so that no machine is slow enough to time one out. What
 *     takes time on it is what says so: sleeps, delays before retries, timeouts, rate limits, `takes` and `hangs`.
 * R2. It jumps only after several turns of the event loop in which nothing was under way, and then to the next timer, never past it.
 * R3. Turns are the real event loop's, by functions taken when this file loads: a test may have replaced the globals.
 */
import { FakeClock, systemClock } from "../base/clock.ts";

// R3.
const nextTurn = setImmediate;

/** Turns in which nothing was under way before the clock jumps: a commit and a delivery take one each. */
const QUIET_TURNS = 4;
/** Turns of waiting for what really takes time (a file, a request) before the event loop is left alone for a moment. */
const BUSY_TURNS = 200;

export interface Driven {
  /** Something works that takes no time on the clock. */
  readonly isBusy: () => boolean;
  readonly hasEnded: () => boolean;
  /** Real ms after which this gives up. */
  readonly limitMs: number;
}

export class MovingClock extends FakeClock {
  /** Moves the time as far as the work needs it. "stuck": the limit was reached. */
  async drive({ isBusy, hasEnded, limitMs }: Driven): Promise<"ended" | "stuck"> {
    const startedAt = systemClock.perf();
    let quiet = 0;
    let busy = 0;
    while (!hasEnded()) {
      const rest = ++busy > BUSY_TURNS;
      await new Promise<void>((resolve) => void (rest ? systemClock.setTimer(resolve, 1) : nextTurn(resolve)));
      if (rest && systemClock.perf() - startedAt > limitMs) return hasEnded() ? "ended" : "stuck";
      if (isBusy()) {
        quiet = 0;
        continue;
      }
      if (++quiet < QUIET_TURNS) continue;
      const { nextMs } = this;
      if (nextMs === undefined) continue;
      quiet = 0;
      busy = 0;
      await this.advance(nextMs);
      if (systemClock.perf() - startedAt > limitMs) return hasEnded() ? "ended" : "stuck";
    }
    return "ended";
  }
}
