/**
 * The attempts that run now.
 *
 * R1. An array and no Set: a Set that is added to and deleted from builds its table anew all the time, and each old table
 *     keeps the next one, with everything in it, until the next full collection. Over 100,000 results of 1 KB that was 100 MB
 *     and pauses of 20 ms (2026-11-22, 2 cores, Node 24, bench/macro/memory.ts).
 */
import type { RunningAttempt } from "./run-core.ts";

export class Running {
  readonly #attempts: RunningAttempt[] = [];

  get size(): number {
    return this.#attempts.length;
  }

  add(attempt: RunningAttempt): void {
    attempt.place = this.#attempts.length;
    this.#attempts.push(attempt);
  }

  remove(attempt: RunningAttempt): void {
    const last = this.#attempts.pop();
    if (last === undefined || last === attempt) return;
    this.#attempts[attempt.place] = last;
    last.place = attempt.place;
  }

  /** A copy: who walks it may end attempts. */
  list(): RunningAttempt[] {
    return [...this.#attempts];
  }
}
