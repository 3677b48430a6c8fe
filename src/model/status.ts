/** The statuses of runs, calls and items. Owns: the closed sets and what counts as ended. */

export type RunStatus =
  | "queued"
  | "running"
  | "completed"
  | "completed_partial"
  | "failed"
  | "cancelled"
  | "interrupted"
  | "diverged"
  | "paused";

/** What the log alone says of a run. "running" and "interrupted" need a look at the owner (R: never a stored word). */
export type LoggedRunStatus =
  "queued" | "open" | "completed" | "completed_partial" | "failed" | "cancelled" | "diverged" | "paused";

export type CallStatus =
  "waiting" | "running" | "completed" | "partial" | "failed" | "empty" | "skipped" | "cancelled" | "superseded";

export const ITEM_STATUSES = [
  "waiting",
  "queued",
  "running",
  "retrying",
  "completed",
  "reused",
  "failed",
  "skipped",
  "cancelled",
  "abandoned",
] as const;
export type ItemStatus = (typeof ITEM_STATUSES)[number];

const ENDED: ReadonlySet<string> = new Set(["completed", "completed_partial", "failed", "cancelled", "diverged"]);

export function isRunEnded(status: RunStatus | LoggedRunStatus): boolean {
  return ENDED.has(status);
}

/** Of the process that holds a run: it lives, it is gone without having given the run up, or nobody holds it. */
export type OwnerState = "alive" | "gone" | "none";

/** Joins what the log says with the owner. A run whose owner died before its first commit was interrupted like any other. */
export function runStatus(logged: LoggedRunStatus, owner: OwnerState): RunStatus {
  if (logged === "open") return owner === "alive" ? "running" : "interrupted";
  return logged === "queued" && owner === "gone" ? "interrupted" : logged;
}

/** `absent` items are not part of the count: a filter left them out. */
export type ItemCounts = Readonly<Partial<Record<ItemStatus, number>>>;

/** What an item can only be while somebody runs its run. */
export const IN_FLIGHT: readonly ItemStatus[] = ["queued", "running", "retrying"];

/** An item of a run that nobody runs: what was in flight waits for somebody to go on, as it will read after a resume. */
export function restingStatus(status: ItemStatus): ItemStatus {
  return IN_FLIGHT.includes(status) ? "waiting" : status;
}

export function restingCounts(counts: ItemCounts): ItemCounts {
  const inFlight = IN_FLIGHT.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  if (inFlight === 0) return counts;
  const { queued: _queued, running: _running, retrying: _retrying, ...rest } = counts;
  return { ...rest, waiting: (counts.waiting ?? 0) + inFlight };
}
