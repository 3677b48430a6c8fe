/**
 * A run as it goes: views folded from its log, a few a second.
 *
 * Owns: batching. Leaves to cli and others: drawing.
 *
 * R1. A slow reader costs a fold, not a queue: each view has all events there are when it is asked for.
 * R2. It ends when the run has ended, when nobody runs it any more, or with the signal. The last view has every event; in the
 *     one of a run that nobody runs any more, nothing is in flight.
 * R3. It looks again by a timer instead of waiting in `store.tail`: who watches the run of the own process must not keep
 *     that process alive, or a run whose nodes never settle would wait for ever ("idle").
 * R4. Watched after a place in its log, a run that had ended there has not ended yet: who goes on with it writes first.
 */
import { systemClock } from "../../base/clock.ts";
import { atRest, foldAll } from "../../model/fold.ts";
import { isRunEnded, type RunStatus } from "../../model/status.ts";
import { EMPTY_VIEW, type RunView } from "../../model/view.ts";
import type { EventStore } from "../../store/store.ts";
import { findRun } from "../find-run.ts";
import type { Workspace } from "../workspace.ts";

export interface WatchRunInput {
  readonly run: string;
  /** Least time between two views in ms; default 100. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
  /** Seq of the last event that was there when somebody went on with the run: frames tell what comes after it. */
  readonly after?: number;
  /** Whether watching keeps the process alive; default "holding". */
  readonly while?: "holding" | "idle";
}

export interface RunFrame {
  readonly runId: string;
  readonly status: RunStatus;
  readonly view: RunView;
  /** The view at `after`, where that was given. */
  readonly before?: RunView;
  /** The last one. */
  readonly final: boolean;
}

const PAGE_EVENTS = 2_000;

export async function* watchRun({ store }: Workspace, input: WatchRunInput): AsyncGenerator<RunFrame> {
  const { everyMs = 100, signal, after = 0 } = input;
  const {
    run: { runId },
  } = await findRun(store, input.run);
  let view = await caughtUp(store, runId, { view: EMPTY_VIEW, until: after });
  const given = input.after === undefined ? {} : { before: view };
  for (;;) {
    // What the log does not say is asked first: the events read then are all that an ended or lost run will have.
    const stopped = signal?.aborted === true;
    const before = await statusNow(store, runId);
    view = await caughtUp(store, runId, { view, until: Infinity });
    const isNews = view.seq > after;
    const final = stopped || (isNews && isOver(before));
    const status = final ? await statusNow(store, runId) : before;
    if (isNews || final) {
      yield { runId, status, view: status === "interrupted" ? atRest(view) : view, ...given, final };
    }
    if (final) return;
    await pause(everyMs, input);
  }
}

async function statusNow(store: EventStore, runId: string): Promise<RunStatus> {
  const row = await store.run(runId);
  return row === undefined ? "queued" : row.status;
}

function isOver(status: RunStatus): boolean {
  return isRunEnded(status) || status === "interrupted";
}

async function caughtUp(
  store: EventStore,
  runId: string,
  from: { readonly view: RunView; readonly until: number },
): Promise<RunView> {
  let { view } = from;
  while (view.seq < from.until) {
    const limit = Math.min(PAGE_EVENTS, from.until - view.seq);
    const events = await store.events(runId, { after: view.seq, limit, values: "none" });
    view = foldAll(view, events);
    if (events.length < limit) break;
  }
  return view;
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
