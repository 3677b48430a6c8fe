/**
 * A run as it goes: views folded from its tail, a few a second.
 *
 * Owns: batching. Leaves to cli and others: drawing.
 *
 * R1. A slow reader costs a fold, not a queue: events are folded in as they come and only views are handed out.
 * R2. It ends when the run has ended, when nobody runs it any more, or with the signal. The last view has every event.
 */
import { systemClock } from "../../base/clock.ts";
import type { StoredEvent } from "../../model/events.ts";
import { foldAll } from "../../model/fold.ts";
import { isRunEnded, type RunStatus } from "../../model/status.ts";
import { EMPTY_VIEW, type RunView } from "../../model/view.ts";
import { findRun } from "../find-run.ts";
import type { Workspace } from "../workspace.ts";

export interface WatchRunInput {
  readonly run: string;
  /** Least time between two views in ms; default 100. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

export interface RunFrame {
  readonly runId: string;
  readonly status: RunStatus;
  readonly view: RunView;
  /** The last one. */
  readonly final: boolean;
}

const MAX_PENDING = 2_000;
/** How often the owner of a silent run is looked at. */
const OWNER_POLL_MS = 500;

export async function* watchRun({ store }: Workspace, input: WatchRunInput): AsyncGenerator<RunFrame> {
  const { run } = await findRun(store, input.run);
  const { everyMs = 100 } = input;
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  input.signal?.addEventListener("abort", onAbort);
  if (input.signal?.aborted) stop.abort();

  let view = EMPTY_VIEW;
  let pending: StoredEvent[] = [];
  let tailEnded = false;
  let tailError: unknown;
  const settle = (): void => {
    view = foldAll(view, pending);
    pending = [];
  };
  const tail = (async () => {
    for await (const event of store.tail(run.runId, { signal: stop.signal, values: "none" })) {
      pending.push(event);
      if (pending.length >= MAX_PENDING) settle();
    }
  })()
    .catch((error: unknown) => {
      if (!stop.signal.aborted) tailError = error;
    })
    .finally(() => {
      tailEnded = true;
    });

  try {
    let status: RunStatus = run.status;
    let polledAt = -Infinity;
    for (let left = false; ;) {
      await Promise.race([tail, delay(everyMs)]);
      if (tailError !== undefined) throw tailError;
      settle();
      const now = systemClock.perf();
      if (tailEnded || now - polledAt >= OWNER_POLL_MS) {
        polledAt = now;
        status = (await store.run(run.runId))?.status ?? status;
        // What the owner wrote last may still be on its way through the tail: one more round.
        const gone = status === "interrupted";
        if (gone && left) stop.abort();
        left = gone;
      }
      const ended = tailEnded || stop.signal.aborted;
      if (!ended && isRunEnded(status) && !isRunEnded(view.logged)) status = "running";
      yield { runId: run.runId, status, view, final: ended };
      if (ended) return;
    }
  } finally {
    input.signal?.removeEventListener("abort", onAbort);
    stop.abort();
    await tail;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.setTimer(resolve, ms));
}
