/**
 * The graph of a run as its store has it now: calls with their status and counts, and the edges between them.
 *
 * Owns: what an open call, and an item in flight, is called where nobody runs it. Leaves to model/graph.ts: vertices and edges.
 */
import { graphOf, type Graph, type GraphCallInput } from "../model/graph.ts";
import { isRunEnded, restingCounts, type CallStatus, type ItemCounts } from "../model/status.ts";
import type { CallRow, EventStore, RunRow } from "./store.ts";

/** What happened in a run; nothing of it is only expected or possible. */
export async function runGraph(store: EventStore, run: RunRow): Promise<Graph> {
  const rows = await store.calls(run.runId);
  return graphOf(rows.map((row) => graphCall(run, row)));
}

/** Counts of a run, or of one of its calls, as they are now: nothing is in flight where nobody runs it. */
export function countsOf({ status }: Pick<RunRow, "status">, counts: ItemCounts): ItemCounts {
  return status === "running" ? counts : restingCounts(counts);
}

/** Of a call that is open: its run runs it, may go on with it, or has ended before it did. */
export function callStatus(run: RunRow, row: CallRow): CallStatus {
  if (row.superseded) return "superseded";
  if (row.closed) return row.closed.status;
  if (isRunEnded(run.status)) return "cancelled";
  return run.status === "running" && Object.values(row.counts).some((count) => count > 0) ? "running" : "waiting";
}

function graphCall(run: RunRow, row: CallRow): GraphCallInput {
  const { node, kind, title, site, via, depth, inputs, segment, untracked, at, edges } = row.event;
  return {
    call: row.call,
    node,
    kind,
    ...(title === undefined ? {} : { title }),
    ...(site === undefined ? {} : { site }),
    ...(via === undefined ? {} : { via }),
    ...(depth === undefined ? {} : { depth }),
    inputs,
    segment,
    ...(untracked === undefined ? {} : { untracked }),
    startedAt: at,
    ...(row.closed === undefined ? {} : { endedAt: row.closed.at }),
    status: callStatus(run, row),
    counts: countsOf(run, row.counts),
    edges,
  };
}
