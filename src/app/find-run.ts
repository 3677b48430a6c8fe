/**
 * From what somebody typed to a run, a call or an item.
 *
 * Owns: prefixes, addresses, "latest", and what is said when nothing or too much is meant.
 */
import { nearestName } from "../base/nearest-name.ts";
import { commandLine } from "../model/command-line.ts";
import { parseAddress, type CallNo, type ItemNo, type RunId } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { EventStore, RunRow } from "../store/store.ts";

export interface Found {
  readonly run: RunRow;
  readonly call?: CallNo;
  readonly item?: ItemNo;
}

/** Stands for the newest run that is no child run. Ids are in an alphabet without "l", so it is no prefix of one. */
export const LATEST = "latest";

const MAX_CANDIDATES = 10;
/** Runs that a mistyped id is compared with. */
const NEAR_RUNS = 200;

/** @param reference `RUN`, `RUN.CALL` or `RUN.CALL.ITEM`; RUN is an id, a unique prefix of one, or `latest`. */
export async function findRun(store: EventStore, reference: string): Promise<Found> {
  const address = parseAddress(reference.trim());
  if (address === undefined) {
    throw new WorkgraphError("WG5001", `"${reference}" is no run and no address`, {
      hint: `Write a run id or the beginning of one, "latest", RUN.CALL or RUN.CALL.ITEM. "${commandLine("runs")}" lists runs.`,
    });
  }
  const run = await runOf(store, address.run);
  return {
    run,
    ...(address.call === undefined ? {} : { call: address.call }),
    ...(address.item === undefined ? {} : { item: address.item }),
  };
}

/** Of what is done to a whole run: nobody who names a part of one means all of it. */
export async function findWholeRun(store: EventStore, reference: string): Promise<RunRow> {
  const { run, call } = await findRun(store, reference);
  if (call === undefined) return run;
  throw new WorkgraphError("WG5001", `"${reference}" is a part of a run, and this is done to a whole one`, {
    hint: `Write "${run.runId}".`,
  });
}

async function runOf(store: EventStore, text: string): Promise<RunRow> {
  if (text === LATEST) {
    const newest = (await store.runs({ level: "root", limit: 1 })).runs[0];
    if (newest) return newest;
    throw new WorkgraphError("WG5001", 'there is no run yet that "latest" could mean', {
      hint: `Start one: "${commandLine("run FILE")}".`,
    });
  }
  const exact = await store.run(text);
  if (exact) return exact;
  for (const prefix of new Set([text, text.toUpperCase()])) {
    const ids = await store.runsByPrefix(prefix, MAX_CANDIDATES + 1);
    if (ids.length > 1) throw ambiguous(text, await rowsOf(store, ids.slice(0, MAX_CANDIDATES)), ids.length);
    const run = ids[0] === undefined ? undefined : await store.run(ids[0]);
    if (run) return run;
  }
  throw await unknownRun(store, text);
}

async function rowsOf(store: EventStore, ids: readonly RunId[]): Promise<readonly RunRow[]> {
  const rows = await Promise.all(ids.map((id) => store.run(id)));
  return rows.filter((row) => row !== undefined);
}

function ambiguous(text: string, rows: readonly RunRow[], found: number): WorkgraphError {
  const lines = rows.map(
    (row) => `  ${row.runId}  ${row.workflow}  ${row.status}  ${new Date(row.createdAt).toISOString()}`,
  );
  if (found > rows.length) lines.push("  ...");
  return new WorkgraphError("WG5010", `"${text}" is the beginning of several runs:\n${lines.join("\n")}`, {
    hint: "Write more of the id.",
    details: { candidates: rows.map((row) => row.runId) },
  });
}

async function unknownRun(store: EventStore, text: string): Promise<WorkgraphError> {
  const { runs, total } = await store.runs({ limit: NEAR_RUNS });
  const near = nearestName(
    text.toUpperCase(),
    runs.map((run) => run.runId),
  );
  const hint =
    near !== undefined
      ? `Did you mean "${near}"?`
      : total === 0
        ? "This data folder has no runs; --data or WORKGRAPH_DATA names another."
        : `"${commandLine("runs")}" lists runs.`;
  return new WorkgraphError("WG5001", `there is no run "${text}"`, {
    hint,
    ...(near === undefined ? {} : { details: { nearest: near } }),
  });
}

export function unknownCall(run: RunRow, call: CallNo): WorkgraphError {
  const known = run.calls === 0 ? "it made no calls" : `its calls are 1 to ${run.calls}`;
  return new WorkgraphError("WG5041", `run ${run.runId} has no call ${call}; ${known}`, {
    hint: `"${commandLine(`show ${run.runId}`)}" lists them.`,
  });
}

export function unknownItem(run: RunRow, call: CallNo, item: ItemNo): WorkgraphError {
  return new WorkgraphError("WG5041", `call ${call} of run ${run.runId} has no item ${item}`, {
    hint: `"${commandLine(`items ${run.runId}.${call}`)}" lists its items; they count from 0.`,
  });
}
