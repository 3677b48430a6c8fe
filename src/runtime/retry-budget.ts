/**
 * How often each item was tried, and how often it may be tried again.
 *
 * Most calls never retry: the maps are made when the first entry is (a chain of 20,000 calls spent 12% of its time on
 * garbage, much of it empty maps; 2026-11-22, 2 cores, Node 24).
 *
 * R1. The budget counts failed attempts since the item was last granted one; attempts cut short by the owner's death
 *     neither spend nor reset it. Attempt numbers go on.
 */
import type { Clock } from "../base/clock.ts";
import type { RetryPolicy } from "../model/definition.ts";
import type { ErrorRecord, ValidationIssue } from "../model/error-record.ts";
import type { RecordedCall } from "./recorded.ts";
import { retryDelay } from "../model/retry-delay.ts";

export class RetryBudget {
  /** Last attempt number, where it is not 1. */
  #attempts: Map<number, number> | undefined;
  /** Failed attempts since the last grant. */
  #spent: Map<number, number> | undefined;
  #feedback: Map<number, readonly ValidationIssue[]> | undefined;
  #timers: Map<number, () => void> | undefined;

  nextAttempt(item: number): number {
    return (this.#attempts?.get(item) ?? 0) + 1;
  }

  started(item: number, attempt: number): void {
    if (attempt > 1 || this.#attempts?.has(item)) (this.#attempts ??= new Map()).set(item, attempt);
  }

  ended(item: number, attempt: number): void {
    (this.#attempts ??= new Map()).set(item, attempt);
  }

  /** What a schema said of the last result. */
  feedback(item: number): readonly ValidationIssue[] | undefined {
    return this.#feedback?.get(item);
  }

  /** R1: ms to wait before the next attempt; undefined when the budget is spent. */
  spend(
    item: number,
    policy: RetryPolicy,
    of: { readonly attempt: number; readonly error: ErrorRecord; readonly draw: () => number },
  ): number | undefined {
    const spent = this.#spent?.get(item) ?? 0;
    if (spent >= policy.max) return undefined;
    (this.#spent ??= new Map()).set(item, spent + 1);
    (this.#attempts ??= new Map()).set(item, of.attempt);
    if (of.error.issues) (this.#feedback ??= new Map()).set(item, of.error.issues);
    return retryDelay(policy, spent, of.draw());
  }

  wait(item: number, on: { readonly clock: Clock; readonly delayMs: number; readonly again: () => void }): void {
    const timer = on.clock.setTimer(() => {
      this.#timers?.delete(item);
      on.again();
    }, on.delayMs);
    (this.#timers ??= new Map()).set(item, () => on.clock.clearTimer(timer));
  }

  /** An item waits for its next attempt. */
  get isWaiting(): boolean {
    return this.#timers !== undefined && this.#timers.size > 0;
  }

  dropTimers(): void {
    for (const clear of this.#timers?.values() ?? []) clear();
    this.#timers = undefined;
  }

  adopt(recorded: RecordedCall): void {
    for (const [item, attempts] of recorded.attempts) (this.#attempts ??= new Map()).set(item, attempts);
    for (const [item, spent] of recorded.spent) (this.#spent ??= new Map()).set(item, spent);
    for (const [item, issues] of recorded.feedback) (this.#feedback ??= new Map()).set(item, issues);
  }
}
