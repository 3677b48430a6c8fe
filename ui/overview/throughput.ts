/** Runs and items that ended, by time: what a day came to. */
import type { RunSummary } from "../api/answers.ts";
import { totalOf } from "../../src/model/view.ts";

export interface Bucket {
  /** Epoch ms. */
  readonly from: number;
  readonly completed: number;
  readonly failed: number;
  readonly items: number;
}

/** @param now epoch ms; the last bucket ends there */
export function bucketsOf(
  runs: readonly RunSummary[],
  { now, widthMs, buckets }: { readonly now: number; readonly widthMs: number; readonly buckets: number },
): readonly Bucket[] {
  const first = now - widthMs * buckets;
  const found = Array.from({ length: buckets }, (_, index) => ({
    from: first + index * widthMs,
    completed: 0,
    failed: 0,
    items: 0,
  }));
  for (const run of runs) {
    if (run.endedAt === undefined) continue;
    const bucket = found[Math.min(buckets - 1, Math.floor((Date.parse(run.endedAt) - first) / widthMs))];
    if (bucket === undefined) continue;
    if (run.status === "completed" || run.status === "completed_partial") bucket.completed++;
    else bucket.failed++;
    bucket.items += totalOf(run.counts);
  }
  return found;
}
