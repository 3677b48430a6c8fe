/**
 * The work of a run by the tree of its calls: run, node, child run, its nodes, and so on.
 *
 * Owns: the tree and its sums. Leaves to profile.ts: how long an item ran.
 *
 * R1. What has the same path of names is one frame: a child run per item is one frame with many runs.
 * R2. total = self + the totals below, so that frames nest: it is work, and what ran at the same time counts each.
 * R3. self of a node is its run time without what child runs did inside (profile.ts, R2); a run has none of its own.
 */
import type { FlameFrame } from "../model/flame.ts";
import type { RunId } from "../model/ids.ts";
import type { ProfiledRun } from "./profile-log.ts";
import type { ItemProfile } from "../model/profile.ts";
import { insideMs, type RunTree } from "./profile.ts";

interface Known {
  readonly runs: ReadonlyMap<RunId, ProfiledRun>;
  readonly items: ReadonlyMap<RunId, readonly ItemProfile[]>;
}

/** @param items of all runs of the tree */
export function flameOf(tree: RunTree, items: readonly ItemProfile[]): FlameFrame {
  const known: Known = {
    runs: new Map(tree.map((run) => [run.runId, run])),
    items: Map.groupBy(items, ({ runId }) => runId),
  };
  return frameOfRuns(tree.slice(0, 1), known);
}

/** R1: runs of one workflow at one path. */
function frameOfRuns(runs: readonly ProfiledRun[], known: Known): FlameFrame {
  const items = runs.flatMap(({ runId }) => known.items.get(runId) ?? []);
  const children = [...Map.groupBy(items, ({ node }) => node)]
    .map(([node, of]) => frameOfNode(node, of, known))
    .toSorted(mostFirst);
  return {
    kind: "run",
    name: runs[0]?.workflow ?? "",
    count: runs.length,
    totalMs: totalOf(children),
    selfMs: 0,
    children,
  };
}

function frameOfNode(name: string, items: readonly ItemProfile[], known: Known): FlameFrame {
  const below: ProfiledRun[] = [];
  let selfMs = 0;
  for (const item of items) {
    // R3.
    selfMs += item.runMs - insideMs(item, known.runs);
    const child = known.runs.get(item.runId)?.items.get(item.call)?.get(item.item)?.child;
    const run = child === undefined ? undefined : known.runs.get(child);
    if (run) below.push(run);
  }
  const children = [...Map.groupBy(below, ({ workflow }) => workflow).values()]
    .map((runs) => frameOfRuns(runs, known))
    .toSorted(mostFirst);
  // R2.
  return { kind: "node", name, count: items.length, totalMs: selfMs + totalOf(children), selfMs, children };
}

function mostFirst(a: FlameFrame, b: FlameFrame): number {
  return b.totalMs - a.totalMs;
}

function totalOf(frames: readonly FlameFrame[]): number {
  return frames.reduce((sum, { totalMs }) => sum + totalMs, 0);
}
