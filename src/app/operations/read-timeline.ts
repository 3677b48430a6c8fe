/** When the items of a run ran, for whoever draws it. */
import type { ProfiledRun } from "../../analysis/profile-log.ts";
import { timelineOf } from "../../analysis/timeline.ts";
import { isRunEnded } from "../../model/status.ts";
import type { Spans, Timeline } from "../../model/timeline.ts";
import { findRun } from "../find-run.ts";
import { profileTree } from "../profile-tree.ts";
import type { Workspace } from "../workspace.ts";

export interface ReadTimelineInput {
  readonly run: string;
  /** "told": when each attempt could have started, too; that takes the lineage of every item. */
  readonly waits?: "told";
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

export async function readTimeline(workspace: Workspace, input: ReadTimelineInput): Promise<ReadTimelineOutput> {
  const timeline = await plainTimeline(workspace, input);
  if (input.waits === undefined) return timeline;
  const { store } = workspace;
  const { run } = await findRun(store, timeline.runId);
  const [top] = (await profileTree(store, run)).tree;
  return {
    ...timeline,
    rows: timeline.rows.map((row) => (row.spans && top ? { ...row, spans: withReady(row.spans, top) } : row)),
  };
}

/** As analysis/profile.ts counts it: a first attempt waits from when its item was ready, a later one from when its delay was over. */
function withReady(spans: Spans, run: ProfiledRun): Spans {
  const readyMs = spans.call.map((call, i) => {
    const times = run.items.get(call)?.get(spans.item[i]!);
    const startMs = spans.startMs[i]!;
    const place = times?.attempts.findIndex(({ attempt }) => attempt === spans.attempt[i]) ?? -1;
    if (!times || place < 0) return startMs;
    const before = times.attempts[place - 1];
    const ready = before ? before.endMs + (before.delayMs ?? 0) : run.ready(times).atMs;
    return Math.min(startMs, Math.round(ready * 1_000) / 1_000);
  });
  return { ...spans, readyMs };
}

async function plainTimeline({ store }: Workspace, input: ReadTimelineInput): Promise<ReadTimelineOutput> {
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
