/**
 * Which items failed in a run, and whether somebody handled it.
 *
 * R1. A failure is handled by drop, settled or tolerate of a gather, by `settled()`, or by a rejection that was delivered to
 *     the workflow function (if the function does not catch it, the function throws and the run fails anyway).
 * R2. A skipped item is no failure of its own: handling it handles the failures behind it.
 */
import { waysOn } from "../define/items-failed.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import { WorkgraphError, type SourceSite } from "../model/workgraph-error.ts";
import { causeKey, type Cause } from "./cell.ts";

export interface Failure extends Cause {
  readonly error: ErrorRecord;
}

export class Failures {
  readonly #all: Map<string, Failure> = new Map();
  readonly #handled: Set<string> = new Set();
  /** Items were dropped or tolerated: the run is at best `completed_partial`. */
  partial = false;

  add(failure: Failure): void {
    this.#all.set(causeKey(failure), failure);
  }

  remove(cause: Cause): void {
    this.#all.delete(causeKey(cause));
    this.#handled.delete(causeKey(cause));
  }

  /** Failures of calls that are no longer part of the run. */
  forget(calls: readonly number[]): void {
    for (const failure of this.#all.values()) if (calls.includes(failure.call)) this.remove(failure);
  }

  get(cause: Cause): Failure | undefined {
    return this.#all.get(causeKey(cause));
  }

  /** R2. */
  handle(causes: readonly Cause[]): void {
    for (const cause of causes) this.#handled.add(causeKey(cause));
  }

  unhandled(): Failure[] {
    return [...this.#all.entries()].filter(([key]) => !this.#handled.has(key)).map(([, failure]) => failure);
  }

  /** All failures, oldest first. */
  list(): readonly Failure[] {
    return [...this.#all.values()];
  }
}

/** @param madeAt where the call of the first one was made. */
export function nobodyHandled(failures: readonly Failure[], madeAt: SourceSite | undefined): WorkgraphError {
  const { node = "", path = ".", message, hint } = failures[0]!.error;
  const which = path === "." ? `"${node}"` : `"${node}" ${path}`;
  const count = failures.length === 1 ? "1 item" : `${failures.length} items`;
  return new WorkgraphError("WG2006", `${count} failed and nothing handled it; first: ${which}: ${message}`, {
    hint: waysOn(
      'await the handle in try/catch, use settled(), or gather with onFailed: "drop", "settled" or { tolerate }',
      hint === undefined ? undefined : { hint },
    ),
    ...(madeAt === undefined ? {} : { site: madeAt }),
  });
}

const CAUSES: unique symbol = Symbol("workgraph.causes");

/** Attached to the author-facing ItemsFailed error: which items a resume has to reopen. */
export function withCauses<E extends Error>(error: E, causes: readonly Cause[]): E {
  Object.defineProperty(error, CAUSES, { value: causes, enumerable: false });
  return error;
}

/** Failed items inside an error and its causes. */
export function causesIn(error: unknown): Cause[] {
  const found: Cause[] = [];
  const seen = new Set<unknown>();
  for (let at = error; typeof at === "object" && at !== null && !seen.has(at); at = (at as { cause?: unknown }).cause) {
    seen.add(at);
    found.push(...((at as { [CAUSES]?: readonly Cause[] })[CAUSES] ?? []));
  }
  return found;
}
