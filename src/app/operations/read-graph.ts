/** The graph of a run. */
import { foldGraph, graphOf, type Graph, type GraphCallInput } from "../../model/graph.ts";
import type { RunId } from "../../model/ids.ts";
import type { RunStatus } from "../../model/status.ts";
import type { CallRow } from "../../store/store.ts";
import { findRun } from "../find-run.ts";
import { countsOf } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";
import { callStatus } from "./show-run.ts";

export interface ReadGraphOutput extends Graph {
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  readonly status: RunStatus;
  /** What happened in this run, as its log has it; nothing of it is only expected or possible. */
  readonly label: "observed";
}

export interface ReadGraphInput {
  readonly run: string;
  /** "folded": one vertex per call site, with loops. Default "unrolled". */
  readonly shape?: "unrolled" | "folded";
}

export async function readGraph({ store }: Workspace, input: ReadGraphInput): Promise<ReadGraphOutput> {
  const { run } = await findRun(store, input.run);
  const rows = await store.calls(run.runId);
  const graph = graphOf(
    rows.map((row) => ({
      call: row.call,
      node: row.event.node,
      kind: row.event.kind,
      ...(row.event.title === undefined ? {} : { title: row.event.title }),
      ...placeOf(row),
      inputs: row.event.inputs,
      segment: row.event.segment,
      ...(row.event.untracked === undefined ? {} : { untracked: row.event.untracked }),
      startedAt: row.event.at,
      ...(row.closed === undefined ? {} : { endedAt: row.closed.at }),
      status: callStatus(run, row),
      counts: countsOf(run, row.counts),
      edges: row.event.edges,
    })),
  );
  const { runId, workflow, version, status } = run;
  return {
    runId,
    workflow,
    version,
    status,
    label: "observed",
    ...(input.shape === "folded" ? foldGraph(graph) : graph),
  };
}

function placeOf({ event: { site, via, depth } }: CallRow): Pick<GraphCallInput, "site" | "via" | "depth"> {
  return {
    ...(site === undefined ? {} : { site }),
    ...(via === undefined ? {} : { via }),
    ...(depth === undefined ? {} : { depth }),
  };
}
