/**
 * Results that are awaited together: Promise.all, allSettled, race and any in the workflow function.
 *
 * Owns: which calls the segment after such an await is owed to. Leaves to globals.ts: putting it in front of the originals; to
 * delivery.ts: the segment.
 *
 * R1. A handle among them stands for its call, whether its result came or not: of a race all entrants were waited for.
 * R2. The promise of an async function stands for the calls whose delivery opened the segment in which it settled: that is what
 *     it had waited for last. Which of several came last is chance; that all were needed is not. One that was settled
 *     before says nothing.
 * R3. The segment is owed to them from the moment on in which the combined promise is decided.
 */
import { promiseResolve, promiseThen } from "../base/primordials.ts";
import { handleTarget } from "../trace/handle.ts";
import type { Delivery } from "./delivery.ts";

export type TogetherKind = "all" | "allSettled" | "race" | "any";

export class Together {
  readonly #kind: TogetherKind;
  readonly #delivery: Delivery;
  readonly #calls: Set<number> = new Set();
  /** Segment in which they began to be awaited. */
  readonly #since: number;
  #waiting = 0;
  #decided = false;

  constructor(kind: TogetherKind, delivery: Delivery) {
    this.#kind = kind;
    this.#delivery = delivery;
    this.#since = delivery.segment.index;
  }

  /** The values as the original is to be given them. */
  watch(values: readonly unknown[]): unknown[] {
    return values.map((value) => {
      const target = handleTarget(value);
      if (target) this.#calls.add(target.call);
      else if (!(value instanceof Promise)) return value;
      // What a handle gives is asked for once: each asking is a delivery of its own.
      const promise = target ? promiseResolve(value) : (value as Promise<unknown>);
      this.#waiting++;
      void promiseThen(
        promise,
        () => this.#settled("value"),
        () => this.#settled("error"),
      );
      return promise;
    });
  }

  #settled(how: "value" | "error"): void {
    this.#waiting--;
    if (this.#decided) return;
    const { inSegment, segment } = this.#delivery;
    if (inSegment && segment.index > this.#since) for (const call of segment.openedBy) this.#calls.add(call);
    this.#decided = this.#waiting === 0 || this.#decides(how);
    if (this.#decided) this.#delivery.openedTogether(this.#calls);
  }

  #decides(how: "value" | "error"): boolean {
    switch (this.#kind) {
      case "all":
        return how === "error";
      case "allSettled":
        return false;
      case "race":
        return true;
      case "any":
        return how === "value";
    }
  }
}
