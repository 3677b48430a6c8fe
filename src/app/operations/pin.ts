/** Keeps a run, and with it everything below, from being forgotten; or lets it go. */
import { findWholeRun } from "../find-run.ts";
import type { Workspace } from "../workspace.ts";

export interface PinOutput {
  readonly runId: string;
  readonly workflow: string;
  readonly pinned: boolean;
}

/** @throws WorkgraphError WG5061 for a run that is forgotten already */
export async function pinRun(
  { store }: Workspace,
  { run: reference, how }: { readonly run: string; readonly how: "pinned" | "free" },
): Promise<PinOutput> {
  const run = await findWholeRun(store, reference);
  // Says when and why, where there is nothing left to keep.
  if (how === "pinned" && run.forgottenAt !== undefined) await store.calls(run.runId);
  await store.pin(run.runId, how);
  return { runId: run.runId, workflow: run.workflow, pinned: how === "pinned" };
}
