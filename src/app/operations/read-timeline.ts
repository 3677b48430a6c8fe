/** When the items of a run ran, for whoever draws it. */
import { timelineOf } from "../../analysis/timeline.ts";
import { isRunEnded } from "../../model/status.ts";
import type { Timeline } from "../../model/timeline.ts";
import { findRun } from "../find-run.ts";
import type { Workspace } from "../workspace.ts";

export interface ReadTimelineInput {
  readonly run: string;
}

export interface ReadTimelineOutput extends Timeline {
  readonly runId: string;
}

/** Attempts drawn one by one; an answer stays below 1 MB. */
const MAX_SPANS = 20_000;
const BUCKETS = 1_200;
const KEPT = 16;

/** Of runs that have ended: their logs do not change any more unless they are resumed, which the seq tells. */
const kept = new WeakMap<Workspace["store"], Map<string, Timeline>>();

export async function readTimeline({ store }: Workspace, input: ReadTimelineInput): Promise<ReadTimelineOutput> {
  const { run } = await findRun(store, input.run);
  let known = kept.get(store);
  if (!known) kept.set(store, (known = new Map()));
  const before = known.get(run.runId);
  if (before?.seq === run.seq) return { runId: run.runId, ...before };
  const timeline = await timelineOf(store, run.runId, { maxSpans: MAX_SPANS, buckets: BUCKETS });
  if (isRunEnded(run.status)) known.set(run.runId, timeline);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return { runId: run.runId, ...timeline };
}
