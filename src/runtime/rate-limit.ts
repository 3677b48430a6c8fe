/**
 * Rate limits of nodes: at most `limit` starts in any window of `perMs`, shared by the calls and runs of this process.
 *
 * Owns: the bookkeeping. Leaves to start-gate.ts: waiting; to pools.ts: other processes.
 *
 * R1. A start is allowed when the one `limit` starts ago is at least `perMs` old. Rejected: one number per node (the generic
 *     cell rate algorithm), which lets almost twice the limit through in the window after a burst.
 * R2. A start that is refused is asked for again by the wake-up given with it; wake-ups come no earlier than the limit allows.
 * R3. A timer is set only while somebody waits.
 */
import type { Clock, TimerHandle } from "../base/clock.ts";
import type { RateLimit } from "../model/definition.ts";

/** Times kept beyond the limit before the list is cut: cutting each time would copy it each time. */
const SLACK = 1024;

class Starts {
  /** ms of `clock.perf`, oldest first. */
  #times: number[] = [];
  readonly wake: Set<() => void> = new Set();
  timer: TimerHandle | undefined;

  /** Ms until a start is allowed; 0: now. */
  waitMs(now: number, limit: RateLimit): number {
    const before = this.#times[this.#times.length - limit.limit];
    return before === undefined ? 0 : Math.max(0, before + limit.perMs - now);
  }

  add(now: number, limit: RateLimit): void {
    this.#times.push(now);
    if (this.#times.length > limit.limit + SLACK) this.#times = this.#times.slice(-limit.limit);
  }
}

export class RateLimiter {
  readonly #clock: Clock;
  readonly #nodes: Map<string, Starts> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the node may start now; if not, `wake` is called when it is worth asking again. */
  ready(node: string, limit: RateLimit, wake: () => void): boolean {
    const starts = this.#of(node);
    const waitMs = starts.waitMs(this.#clock.perf(), limit);
    if (waitMs === 0) return true;
    starts.wake.add(wake);
    starts.timer ??= this.#clock.setTimer(() => {
      starts.timer = undefined;
      const due = [...starts.wake];
      starts.wake.clear();
      for (const each of due) each();
    }, Math.ceil(waitMs));
    return false;
  }

  /** It starts: after `ready`, in the same turn. */
  start(node: string, limit: RateLimit): void {
    this.#of(node).add(this.#clock.perf(), limit);
  }

  #of(node: string): Starts {
    const starts = this.#nodes.get(node) ?? new Starts();
    this.#nodes.set(node, starts);
    return starts;
  }

  /** Whoever gave this wake-up waits no more (R3). */
  leave(node: string, wake: () => void): void {
    const starts = this.#nodes.get(node);
    if (!starts?.wake.delete(wake) || starts.wake.size > 0 || !starts.timer) return;
    this.#clock.clearTimer(starts.timer);
    starts.timer = undefined;
  }
}
