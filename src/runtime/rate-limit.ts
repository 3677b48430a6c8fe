/**
 * Rate limits of nodes: at most `limit` starts per `perMs`, shared by calls and runs.
 *
 * Owns: the bookkeeping (generic cell rate algorithm: one number per node). Leaves to calls: waiting.
 *
 * R1. A start that is refused is asked for again by the wake-up given with it; wake-ups come no earlier than the limit allows.
 */
import type { Clock } from "../base/clock.ts";
import type { RateLimit } from "../model/definition.ts";

export class RateLimiter {
  readonly #clock: Clock;
  /** Theoretical arrival time of the next start, ms of `clock.perf`, per node. */
  readonly #next: Map<string, number> = new Map();
  readonly #waiting: Set<string> = new Set();
  readonly #wake: Map<string, Set<() => void>> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(node: string, limit: RateLimit, wake: () => void): boolean {
    const now = this.#clock.perf();
    const spacing = limit.perMs / limit.limit;
    const next = Math.max(this.#next.get(node) ?? 0, now);
    // A burst of `limit` is allowed within one period.
    const wait = next - now - (limit.perMs - spacing);
    if (wait <= 0.001) {
      this.#next.set(node, next + spacing);
      return true;
    }
    const waiters = this.#wake.get(node) ?? new Set();
    waiters.add(wake);
    this.#wake.set(node, waiters);
    if (!this.#waiting.has(node)) {
      this.#waiting.add(node);
      this.#clock.setTimer(() => {
        this.#waiting.delete(node);
        const due = [...(this.#wake.get(node) ?? [])];
        this.#wake.delete(node);
        for (const each of due) each();
      }, Math.ceil(wait));
    }
    return false;
  }
}
