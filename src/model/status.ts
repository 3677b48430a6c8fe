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
export type LoggedRunStatus = "queued" | "open" | "completed" | "completed_partial" | "failed" | "cancelled" | "diverged" | "paused";

export type CallStatus = "waiting" | "running" | "completed" | "partial" | "failed" | "empty" | "skipped" | "cancelled" | "superseded";

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

/** Joins what the log says with whether the owner lives. */
export function runStatus(logged: LoggedRunStatus, ownerAlive: boolean): RunStatus {
  if (logged !== "open") return logged;
  return ownerAlive ? "running" : "interrupted";
}

/** `absent` items are not part of the count: a filter left them out. */
export type ItemCounts = Readonly<Partial<Record<ItemStatus, number>>>;
