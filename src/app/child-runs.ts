/**
 * Child runs as a parent shows them.
 *
 * Owns: which runs hang below a run, what of them its own log does not tell, and what all of them come to.
 *
 * R1. Everything is read from rows as they are now: a roll-up is live, also while several processes run parts of a tree.
 * R2. A run that was made from a child (rerun, forked) is a newer run. It is shown, and its results are nobody's but its own.
 */
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";
import { formatAddress } from "../model/ids.ts";
import type { RunOrigin } from "../model/events.ts";
import { addTotals, NO_MODEL_CALLS, type ModelTotals } from "../model/llm.ts";
import { isRunEnded, type ItemCounts, type ItemStatus, type RunStatus } from "../model/status.ts";
import { countsOf } from "../store/run-graph.ts";
import type { EventStore, RunFilter, RunRow } from "../store/store.ts";
import { findRun } from "./find-run.ts";

export interface NewerRun {
  readonly runId: RunId;
  readonly kind: RunOrigin["kind"];
  readonly status: RunStatus;
}

/** One child run, at the item that it stands for. */
export interface ChildEntry {
  /** `RUN.CALL.ITEM` of the run above. */
  readonly address: string;
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  readonly status: RunStatus;
  readonly counts: ItemCounts;
  /** It has completed since the item failed: resuming the run above takes its result. */
  readonly notTaken?: true;
  /** Runs made from it since, newest first. R2. */
  readonly newer?: readonly NewerRun[];
}

/** What a run and everything below it come to. */
export interface RollUp {
  readonly runs: number;
  readonly byStatus: Readonly<Partial<Record<RunStatus, number>>>;
  readonly counts: ItemCounts;
  /** Calls of language models. */
  readonly models?: ModelTotals;
}

const PAGE = 1000;

/** All rows that a filter names, oldest first. */
export async function allRuns(store: EventStore, filter: RunFilter): Promise<readonly RunRow[]> {
  const rows: RunRow[] = [];
  for (let before: RunId | undefined; ;) {
    const page = await store.runs({ ...filter, limit: PAGE, ...(before === undefined ? {} : { before }) });
    rows.push(...page.runs);
    before = page.runs.at(-1)?.runId;
    if (page.runs.length < PAGE) return rows.reverse();
  }
}

/** The run and everything below it, by the run above; a run that was started alone has an empty list of its own. */
export async function runsBelow(store: EventStore, run: RunRow): Promise<ReadonlyMap<RunId, readonly RunRow[]>> {
  const below = new Map<RunId, RunRow[]>();
  for (const row of await allRuns(store, { root: run.root })) {
    if (row.parent === undefined) continue;
    const list = below.get(row.parent.run);
    if (list) list.push(row);
    else below.set(row.parent.run, [row]);
  }
  for (const list of below.values())
    list.sort((a, b) => a.parent!.call - b.parent!.call || a.parent!.item - b.parent!.item);
  return below;
}

export async function childEntry(store: EventStore, parent: RunRow, child: RunRow): Promise<ChildEntry> {
  const { call, item } = child.parent!;
  const newer = await newerRuns(store, child.runId);
  return {
    address: formatAddress(parent.runId, call, item),
    call,
    item,
    runId: child.runId,
    workflow: child.workflow,
    version: child.version,
    status: child.status,
    counts: countsOf(child, child.counts),
    ...((await isNotTaken(store, parent, child)) ? { notTaken: true } : {}),
    ...(newer.length === 0 ? {} : { newer }),
  };
}

/** R2. */
export async function newerRuns(store: EventStore, runId: RunId): Promise<readonly NewerRun[]> {
  const { runs } = await store.runs({ origin: runId, limit: 20 });
  return runs.map(({ runId: id, origin, status }) => ({ runId: id, kind: origin!.kind, status }));
}

async function isNotTaken(store: EventStore, parent: RunRow, child: RunRow): Promise<boolean> {
  const isGood = child.status === "completed" || child.status === "completed_partial";
  if (!isGood || !isRunEnded(parent.status)) return false;
  const { call, item } = child.parent!;
  const [row] = (await store.items(parent.runId, { call, item })).items;
  return row?.status === "failed" || row?.status === "cancelled";
}

export function rollUpOf(run: RunRow, below: ReadonlyMap<RunId, readonly RunRow[]>): RollUp {
  const byStatus: Partial<Record<RunStatus, number>> = {};
  const counts: Partial<Record<ItemStatus, number>> = {};
  let models: ModelTotals | undefined;
  let runs = 0;
  const open: RunRow[] = [run];
  for (let row = open.pop(); row; row = open.pop()) {
    runs++;
    byStatus[row.status] = (byStatus[row.status] ?? 0) + 1;
    for (const [status, count] of Object.entries(countsOf(row, row.counts)) as [ItemStatus, number][])
      counts[status] = (counts[status] ?? 0) + count;
    if (row.models) models = addTotals(models ?? NO_MODEL_CALLS, row.models);
    open.push(...(below.get(row.runId) ?? []));
  }
  return { runs, byStatus, counts, ...(models === undefined ? {} : { models }) };
}

/** What a run and everything below it asked of language models; absent where nothing was. */
export async function modelsBelow(store: EventStore, runId: RunId): Promise<Pick<RollUp, "models">> {
  const { run } = await findRun(store, runId);
  const { models } = rollUpOf(run, await runsBelow(store, run));
  return models === undefined ? {} : { models };
}
