/**
 * Asks a run to stop.
 *
 * R1. Only the owner changes a run: cancelling leaves a command for it.
 * R2. A run without a living owner has nobody to read the command; the answer says so (`orphan`), and whoever can take
 *     the free run carries it out.
 */
import { systemClock } from "../../base/clock.ts";
import { isRunEnded } from "../../model/status.ts";
import { findWholeRun } from "../find-run.ts";
import { summaryOf, type RunSummary } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface CancelRunInput {
  readonly run: string;
  readonly reason?: string;
  readonly caller: { readonly kind: string; readonly id: string };
}

export interface CancelRunOutput extends RunSummary {
  /** ended: it had ended before; asked: its owner will stop it; orphan: nobody runs it. */
  readonly cancel: "ended" | "asked" | "orphan";
}

export async function cancelRun({ store }: Workspace, input: CancelRunInput): Promise<CancelRunOutput> {
  const run = await findWholeRun(store, input.run);
  if (isRunEnded(run.status)) return { ...summaryOf(run, systemClock.now()), cancel: "ended" };
  await store.command({
    runId: run.runId,
    kind: "cancel",
    by: `${input.caller.kind}:${input.caller.id}`,
    ...(input.reason === undefined ? {} : { args: { reason: input.reason } }),
  });
  const cancel = run.owner?.alive === true ? "asked" : "orphan";
  return { ...summaryOf(run, systemClock.now()), cancel };
}
