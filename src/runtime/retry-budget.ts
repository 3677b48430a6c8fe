/**
 * How often each item was tried, and how often it may be tried again.
 *
 * R1. The budget counts failed attempts since the item was last granted one; attempts cut short by the owner's death
 *     neither spend nor reset it. Attempt numbers go on.
 */
import type { Clock } from "../base/clock.ts";
import type { RetryPolicy } from "../model/definition.ts";
import type { ErrorRecord, ValidationIssue } from "../model/error-record.ts";
import type { RecordedCall } from "./recorded.ts";
import { retryDelay } from "./retry.ts";

export class RetryBudget {
  /** Last attempt number, where it is not 1. */
  readonly #attempts: Map<number, number> = new Map();
  /** Failed attempts since the last grant. */
  readonly #spent: Map<number, number> = new Map();
  readonly #feedback: Map<number, readonly ValidationIssue[]> = new Map();
  readonly #timers: Map<number, () => void> = new Map();

  nextAttempt(item: number): number {
    return (this.#attempts.get(item) ?? 0) + 1;
  }

  started(item: number, attempt: number): void {
    if (attempt > 1 || this.#attempts.has(item)) this.#attempts.set(item, attempt);
  }

  ended(item: number, attempt: number): void {
    this.#attempts.set(item, attempt);
  }

  /** What a schema said of the last result. */
  feedback(item: number): readonly ValidationIssue[] | undefined {
    return this.#feedback.get(item);
  }

  /** R1: ms to wait before the next attempt; undefined when the budget is spent. */
  spend(
    item: number,
    policy: RetryPolicy,
    of: { readonly attempt: number; readonly error: ErrorRecord; readonly draw: () => number },
  ): number | undefined {
    const spent = this.#spent.get(item) ?? 0;
    if (spent >= policy.max) return undefined;
    this.#spent.set(item, spent + 1);
    this.#attempts.set(item, of.attempt);
    if (of.error.issues) this.#feedback.set(item, of.error.issues);
    return retryDelay(policy, spent, of.draw());
  }

  wait(item: number, on: { readonly clock: Clock; readonly delayMs: number; readonly then: () => void }): void {
    const timer = on.clock.setTimer(() => {
      this.#timers.delete(item);
      on.then();
    }, on.delayMs);
    this.#timers.set(item, () => on.clock.clearTimer(timer));
  }

  dropTimers(): void {
    for (const clear of this.#timers.values()) clear();
    this.#timers.clear();
  }

  adopt(recorded: RecordedCall): void {
    for (const [item, attempts] of recorded.attempts) this.#attempts.set(item, attempts);
    for (const [item, spent] of recorded.spent) this.#spent.set(item, spent);
    for (const [item, issues] of recorded.feedback) this.#feedback.set(item, issues);
  }
}
