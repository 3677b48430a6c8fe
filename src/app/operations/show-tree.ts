/** A run with everything below it: each child run at the item that it stands for, with what it and its own come to. */
import { systemClock } from "../../base/clock.ts";
import type { ItemNo, RunId } from "../../model/ids.ts";
import type { RunRow } from "../../store/store.ts";
import { newerRuns, rollUpOf, runsBelow, type NewerRun, type RollUp } from "../child-runs.ts";
import { findRun } from "../find-run.ts";
import { limitOf } from "../paging.ts";
import { summaryOf, type RunSummary } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface ShowTreeInput {
  readonly run: string;
  /** Runs shown at most; default 200, up to 5,000. */
  readonly limit?: number;
}

export interface TreeRun extends RunSummary {
  /** Name of the call above it, and which item of it this run is. */
  readonly node?: string;
  readonly item?: ItemNo;
  /** Of itself and everything below, shown or not; absent where nothing is below. */
  readonly rollUp?: RollUp;
  /** Runs made from it since, newest first: their results are not taken by the run above. */
  readonly newer?: readonly NewerRun[];
  readonly children: readonly TreeRun[];
}

export interface ShowTreeOutput {
  readonly tree: TreeRun;
  /** Runs above, topmost first. */
  readonly above: readonly { readonly runId: RunId; readonly workflow: string }[];
  /** Runs of the tree. */
  readonly total: number;
  readonly truncated: boolean;
}

export async function showTree({ store }: Workspace, input: ShowTreeInput): Promise<ShowTreeOutput> {
  const limit = limitOf(input, { default: 200, max: 5_000 });
  const { run } = await findRun(store, input.run);
  const below = await runsBelow(store, run);
  const now = systemClock.now();
  let left = limit;
  const entry = async (row: RunRow, nodes: ReadonlyMap<number, string>): Promise<TreeRun> => {
    left--;
    const rows = below.get(row.runId) ?? [];
    const named = new Map(
      rows.length === 0 ? [] : (await store.calls(row.runId)).map(({ call, event }) => [call, event.node] as const),
    );
    const newer = await newerRuns(store, row.runId);
    const node = row.parent && nodes.get(row.parent.call);
    const children: TreeRun[] = [];
    for (const child of rows) if (left > 0) children.push(await entry(child, named));
    return {
      ...summaryOf(row, now),
      ...(node === undefined || row.parent === undefined ? {} : { node, item: row.parent.item }),
      ...(rows.length === 0 ? {} : { rollUp: rollUpOf(row, below) }),
      ...(newer.length === 0 ? {} : { newer }),
      children,
    };
  };
  const above: { readonly runId: RunId; readonly workflow: string }[] = [];
  for (let at = run.parent && (await store.run(run.parent.run)); at; at = at.parent && (await store.run(at.parent.run)))
    above.unshift({ runId: at.runId, workflow: at.workflow });
  const { runs: total } = rollUpOf(run, below);
  return { tree: await entry(run, new Map()), above, total, truncated: total > limit };
}
