/**
 * What a run comes to: design rule "failure is a tombstone".
 *
 * R1. A failure is handled by a gather that dropped, tolerated or settled it, or by `settled()` on a list that holds it
 *     or an item skipped because of it. One handler is enough.
 * R2. Any unhandled failure: failed. Otherwise items dropped or tolerated: completed_partial. Otherwise completed.
 *     (That the returned handle may hold no failures is the evaluator's to see.)
 */
import type { RunStatus } from "./expected.ts";

export interface Ledger {
  readonly failures: Set<string>;
  readonly handled: Set<string>;
  dropped: boolean;
}

export const newLedger = (): Ledger => ({ failures: new Set(), handled: new Set(), dropped: false });

export const noteFailure = (ledger: Ledger, cause: string): void => {
  ledger.failures.add(cause);
};

export const noteHandled = (ledger: Ledger, causes: Iterable<string>): void => {
  for (const cause of causes) ledger.handled.add(cause);
};

export const noteDropped = (ledger: Ledger): void => {
  ledger.dropped = true;
};

export const statusOf = (ledger: Ledger, reading: "as written" | "all handled"): RunStatus => {
  const open = [...ledger.failures].some((cause) => !ledger.handled.has(cause));
  if (open && reading === "as written") return "failed";
  return ledger.dropped ? "completed_partial" : "completed";
};
