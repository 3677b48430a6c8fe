/** Words for runs that several commands print. */
import { costText, tokensText, type ModelTotals } from "../model/llm.ts";
import { nearestName } from "../base/nearest-name.ts";
import type { ItemCounts, RunStatus } from "../model/status.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Colors } from "./terminal.ts";

/** Known words in the order a reader looks for them. */
const ORDER: readonly (keyof ItemCounts)[] = [
  "completed",
  "reused",
  "running",
  "retrying",
  "queued",
  "waiting",
  "failed",
  "abandoned",
  "skipped",
  "cancelled",
];

export function countsText(counts: ItemCounts): string {
  return ORDER.filter((status) => (counts[status] ?? 0) > 0)
    .map((status) => `${counts[status]} ${status}`)
    .join(", ");
}

/** "1 file", "2 files". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

export function shortVersion(version: string): string {
  return /^[0-9a-f]{64}$/.test(version) ? version.slice(0, 10) : version;
}

const STATUSES: readonly RunStatus[] = [
  "queued",
  "running",
  "completed",
  "completed_partial",
  "failed",
  "cancelled",
  "interrupted",
  "diverged",
  "paused",
];

export function runStatusOf(text: string): RunStatus {
  const status = STATUSES.find((known) => known === text);
  if (status) return status;
  const near = nearestName(text, STATUSES);
  throw new WorkgraphError("WG5050", `"${text}" is no status of a run`, {
    hint: near ? `Did you mean "${near}"?` : `Statuses: ${STATUSES.join(", ")}.`,
  });
}

const GOOD: ReadonlySet<string> = new Set(["completed", "reused", "empty"]);
const BAD: ReadonlySet<string> = new Set(["failed", "diverged", "abandoned"]);

export function statusText(status: string, colors: Colors): string {
  if (GOOD.has(status)) return colors.green(status);
  if (BAD.has(status)) return colors.red(status);
  return status === "running" ? colors.cyan(status) : colors.yellow(status);
}

/** `3 calls, tokens 1204 in, 88 out, cost unknown`. */
export function modelsText(models: ModelTotals): string {
  return `${counted(models.calls, "call")}, tokens ${tokensText(models)}, cost ${costText(models)}`;
}
