/**
 * Time, as the rest of the code may ask for it.
 *
 * Owns: the one place that reads the machine's clock and sets its timers, and a clock that tests turn by hand.
 * Leaves to others: durations as text (`duration.ts`); what `now()` gives inside a workflow function (`trace/`).
 *
 * R1. No other shipped file calls `Date.now`, `performance.now` or `setTimeout`: a test that cannot turn the clock has to sleep.
 * R2. A delay of any length is kept. `setTimeout` fires at once above 2^31-1 ms (24.8 days); we wait in pieces.
 * R3. A fake clock fires timers by due time, equal times in the order they were set, and lets the promises that one timer
 *     settled run before the next one fires.
 */

export interface TimerHandle {
  /** Lets the process end while this timer waits. Without effect where the host has no such thing. */
  unref(): void;
}

export interface Clock {
  /** Wall clock, epoch ms. May jump when the machine's time is set. */
  now(): number;
  /** Monotonic ms from an arbitrary origin, with a fraction. For durations only. */
  perf(): number;
  /** Calls `fn` once after `delayMs` (>= 0). */
  setTimer(fn: () => void, delayMs: number): TimerHandle;
  /** Without effect on a timer that fired or was cleared. */
  clearTimer(timer: TimerHandle): void;
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

class SystemTimer implements TimerHandle {
  #timeout: ReturnType<typeof setTimeout> | undefined;
  #holdsProcess = true;

  start(fn: () => void, delayMs: number): void {
    const pieceMs = Math.min(delayMs, MAX_TIMEOUT_MS);
    this.#timeout = setTimeout(() => {
      if (pieceMs < delayMs) this.start(fn, delayMs - pieceMs);
      else fn();
    }, pieceMs);
    if (!this.#holdsProcess) this.unref();
  }

  stop(): void {
    clearTimeout(this.#timeout);
  }

  unref(): void {
    this.#holdsProcess = false;
    // A browser's setTimeout returns a number.
    (this.#timeout as { unref?: () => void } | undefined)?.unref?.();
  }
}

// Taken when this file loads: inside a workflow function the globals answer with the run's clock.
const dateNow = Date.now.bind(Date);
const performanceNow = performance.now.bind(performance);

export const systemClock: Clock = {
  now: dateNow,
  perf: performanceNow,
  setTimer(fn, delayMs) {
    const timer = new SystemTimer();
    timer.start(fn, delayMs);
    return timer;
  },
  clearTimer(timer) {
    if (timer instanceof SystemTimer) timer.stop();
  },
};

class FakeTimer implements TimerHandle {
  readonly fn: () => void;
  readonly dueMs: number;
  readonly order: number;

  constructor(fn: () => void, dueMs: number, order: number) {
    this.fn = fn;
    this.dueMs = dueMs;
    this.order = order;
  }

  unref(): void {}
}

/** A clock that stands still until `advance` is called. */
export class FakeClock implements Clock {
  readonly #startedAt: number;
  #elapsedMs = 0;
  #set = 0;
  readonly #waiting: Set<FakeTimer> = new Set();

  /** @param startedAt epoch ms; the default is 2026-01-01T00:00:00Z. */
  constructor(startedAt: number = Date.UTC(2026, 0, 1)) {
    this.#startedAt = startedAt;
  }

  now(): number {
    return this.#startedAt + this.#elapsedMs;
  }

  perf(): number {
    return this.#elapsedMs;
  }

  setTimer(fn: () => void, delayMs: number): TimerHandle {
    const timer = new FakeTimer(fn, this.#elapsedMs + Math.max(0, delayMs), this.#set++);
    this.#waiting.add(timer);
    return timer;
  }

  clearTimer(timer: TimerHandle): void {
    if (timer instanceof FakeTimer) this.#waiting.delete(timer);
  }

  /** Timers set and neither fired nor cleared: what a test asks to see that nothing was left behind. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Delay until the next timer in ms, `undefined` when none waits. */
  get nextMs(): number | undefined {
    const next = this.#next();
    return next && next.dueMs - this.#elapsedMs;
  }

  /** Moves the time forward and fires what comes due on the way, timers set by timers included. Rejects if one throws. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + byMs;
    await turn();
    for (let timer = this.#next(); timer && timer.dueMs <= untilMs; timer = this.#next()) {
      this.#elapsedMs = timer.dueMs;
      this.#waiting.delete(timer);
      timer.fn();
      await turn();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, untilMs);
  }

  #next(): FakeTimer | undefined {
    let next: FakeTimer | undefined;
    for (const timer of this.#waiting) {
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** One turn of the real event loop: promise chains of any length run out in it, which a fixed count of `await`s does not promise. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
