/**
 * A run and the runs below it, read for a profile.
 *
 * Owns: which logs are read, and keeping what they told. Leaves to analysis/: what it adds up to.
 *
 * R1. A log is read once per state of its run: the seq tells when there is more.
 * R2. At most MAX_RUNS logs are read, the topmost first; what was left out is said.
 */
import { ProfiledRun } from "../analysis/profile-log.ts";
import type { RunTree } from "../analysis/profile.ts";
import type { EventStore, RunRow } from "../store/store.ts";
import { runsBelow } from "./child-runs.ts";
import { ItemNeeds } from "./item-needs.ts";
import { RunItems } from "./lineage/run-items.ts";

const MAX_RUNS = 500;
const KEPT = 8;

export interface ProfileTree {
  readonly tree: RunTree;
  /** Runs below it that were not read (R2). */
  readonly leftOut: number;
}

interface Kept {
  readonly key: string;
  readonly tree: ProfileTree;
}

const kept = new WeakMap<EventStore, Map<string, Kept>>();

export async function profileTree(store: EventStore, run: RunRow): Promise<ProfileTree> {
  const rows = await rowsOf(store, run);
  const read = rows.slice(0, MAX_RUNS);
  const key = read.map(({ runId, seq }) => `${runId} ${seq}`).join();
  let known = kept.get(store);
  if (!known) kept.set(store, (known = new Map()));
  const before = known.get(run.runId);
  if (before?.key === key) return before.tree;
  const runs: ProfiledRun[] = [];
  for (const row of read) runs.push(await readRun(store, row));
  const tree = { tree: runs, leftOut: rows.length - read.length };
  known.delete(run.runId);
  known.set(run.runId, { key, tree });
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return tree;
}

async function readRun(store: EventStore, row: RunRow): Promise<ProfiledRun> {
  const run = new ProfiledRun(row.runId, row.workflow);
  const items = await RunItems.read(store, row, (stored) => run.take(stored));
  run.end(new ItemNeeds(items));
  return run;
}

/** The run, then what is below it, nearest first. */
async function rowsOf(store: EventStore, run: RunRow): Promise<readonly RunRow[]> {
  const below = await runsBelow(store, run);
  const rows: RunRow[] = [run];
  for (let at = 0; at < rows.length; at++) rows.push(...(below.get(rows[at]!.runId) ?? []));
  return rows;
}
