/**
 * What happens in a run from now on, for who cannot hold a stream: at most so many events, within so many seconds.
 *
 * R1. It answers as soon as there is something behind `after`, when the run is over, or when the time has passed; `over` and `after`
 *     say how to go on.
 */
import { systemClock } from "../../base/clock.ts";
import { isRunEnded, type RunStatus } from "../../model/status.ts";
import type { RunId } from "../../model/ids.ts";
import { findRun } from "../find-run.ts";
import type { Workspace } from "../workspace.ts";
import { listEvents, type EventEntry } from "./list-events.ts";

export interface WatchEventsInput {
  readonly run: string;
  /** Seq to go on behind; default 0: from the beginning. */
  readonly after?: number;
  readonly types?: readonly string[];
  readonly limit?: number;
  /** Ms. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

export interface WatchEventsOutput {
  readonly runId: RunId;
  readonly status: RunStatus;
  readonly events: readonly EventEntry[];
  /** Give it back to go on. */
  readonly after: number;
  /** Nothing more will come. */
  readonly over: boolean;
}

const DEFAULT_LIMIT = 50;
const DEFAULT_WAIT_MS = 10_000;
const LOOK_EVERY_MS = 100;

export async function watchEvents(workspace: Workspace, input: WatchEventsInput): Promise<WatchEventsOutput> {
  const { store } = workspace;
  const { limit = DEFAULT_LIMIT, waitMs = DEFAULT_WAIT_MS, types, signal } = input;
  const { runId } = (await findRun(store, input.run)).run;
  const until = systemClock.perf() + waitMs;
  let after = input.after ?? 0;
  for (;;) {
    // Asked before the events: those read then are all that an ended run has.
    const row = await store.run(runId);
    const status = row?.status ?? "queued";
    const isOver = isRunEnded(status) || status === "interrupted";
    const seq = row?.seq ?? 0;
    const page = await listEvents(workspace, {
      run: runId,
      limit,
      cursor: String(after),
      ...(types === undefined ? {} : { types }),
    });
    const last = page.events.at(-1)?.seq;
    after = page.truncated ? (last ?? after) : Math.max(after, last ?? 0, seq);
    if (page.events.length > 0 || isOver || signal?.aborted === true || systemClock.perf() >= until)
      return { runId, status, events: page.events, after, over: isOver && !page.truncated };
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, LOOK_EVERY_MS));
  }
}
