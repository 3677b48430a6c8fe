/** Waits until a run has ended, or nobody runs it any more. */
import { systemClock, type TimerHandle } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";
import { commandLine } from "../../model/command-line.ts";
import { isRunEnded } from "../../model/status.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { findRun } from "../find-run.ts";
import { summaryOf, type RunSummary } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface WaitRunInput {
  readonly run: string;
  /** Throws WG5043 after this time. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const POLL_MS = 100;

export async function waitRun({ store }: Workspace, input: WaitRunInput): Promise<RunSummary> {
  const { run } = await findRun(store, input.run);
  const startedAt = systemClock.perf();
  const { timeoutMs = Infinity, signal } = input;
  for (;;) {
    const row = (await store.run(run.runId)) ?? run;
    const { status } = row;
    if (isRunEnded(status) || status === "interrupted" || signal?.aborted) return summaryOf(row, systemClock.now());
    const leftMs = timeoutMs - (systemClock.perf() - startedAt);
    if (leftMs <= 0) {
      throw new WorkgraphError("WG5043", `run ${run.runId} is ${status} after ${formatDuration(timeoutMs)}`, {
        hint: `It goes on. "${commandLine(`watch ${run.runId}`)}" shows it, "${commandLine(`cancel ${run.runId}`)}" stops it.`,
        details: { runId: run.runId, status },
      });
    }
    await pause(Math.min(POLL_MS, leftMs), signal);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    let timer: TimerHandle | undefined;
    const done = (): void => {
      if (timer) systemClock.clearTimer(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    timer = systemClock.setTimer(done, ms);
    signal?.addEventListener("abort", done);
  });
}
