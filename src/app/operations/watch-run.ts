/**
 * A run as it goes: views folded from its log, a few a second.
 *
 * Owns: batching. Leaves to cli and others: drawing.
 *
 * R1. A slow reader costs a fold, not a queue: each view has all events there are when it is asked for.
 * R2. It ends when the run has ended, when nobody runs it any more, or with the signal. The last view has every event.
 * R3. It looks again by a timer instead of waiting in `store.tail`: who watches the run of the own process must not keep
 *     that process alive, or a run whose nodes never settle would wait for ever ("idle").
 */
import { systemClock } from "../../base/clock.ts";
import { foldAll } from "../../model/fold.ts";
import { isRunEnded, type RunStatus } from "../../model/status.ts";
import { EMPTY_VIEW, type RunView } from "../../model/view.ts";
import type { EventStore } from "../../store/store.ts";
import { findRun } from "../find-run.ts";
import { statusOf } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface WatchRunInput {
  readonly run: string;
  /** Least time between two views in ms; default 100. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
  /** Whether watching keeps the process alive; default "holding". */
  readonly while?: "holding" | "idle";
}

export interface RunFrame {
  readonly runId: string;
  readonly status: RunStatus;
  readonly view: RunView;
  /** The last one. */
  readonly final: boolean;
}

const PAGE_EVENTS = 2_000;

export async function* watchRun({ store }: Workspace, input: WatchRunInput): AsyncGenerator<RunFrame> {
  const { everyMs = 100, signal } = input;
  const {
    run: { runId },
  } = await findRun(store, input.run);
  let view = EMPTY_VIEW;
  for (;;) {
    // What the log does not say is asked first: the events read then are all that an ended or lost run will have.
    const stopped = signal?.aborted === true;
    const before = await statusNow(store, runId);
    view = await caughtUp(store, runId, view);
    const final = stopped || isOver(before);
    yield { runId, status: final ? await statusNow(store, runId) : before, view, final };
    if (final) return;
    await pause(everyMs, input);
  }
}

async function statusNow(store: EventStore, runId: string): Promise<RunStatus> {
  const row = await store.run(runId);
  return row === undefined ? "queued" : statusOf(row);
}

function isOver(status: RunStatus): boolean {
  return isRunEnded(status) || status === "interrupted";
}

async function caughtUp(store: EventStore, runId: string, before: RunView): Promise<RunView> {
  for (let view = before; ;) {
    const events = await store.events(runId, { after: view.seq, limit: PAGE_EVENTS, values: "none" });
    view = foldAll(view, events);
    if (events.length < PAGE_EVENTS) return view;
  }
}

/** Ends early with the signal. */
function pause(ms: number, { signal, while: held }: WatchRunInput): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      systemClock.clearTimer(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = systemClock.setTimer(done, ms);
    if (held === "idle") timer.unref();
    signal?.addEventListener("abort", done);
  });
}
