/** The graph of a run. */
import { foldGraph, graphOf, type Graph } from "../../model/graph.ts";
import type { RunId } from "../../model/ids.ts";
import type { RunStatus } from "../../model/status.ts";
import { findRun } from "../find-run.ts";
import { countsOf } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";
import { callStatus } from "./show-run.ts";

export interface ReadGraphOutput extends Graph {
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  readonly status: RunStatus;
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
      ...(row.event.site === undefined ? {} : { site: row.event.site }),
      status: callStatus(run, row),
      counts: countsOf(run, row.counts),
      edges: row.event.edges,
    })),
  );
  const { runId, workflow, version, status } = run;
  return { runId, workflow, version, status, ...(input.shape === "folded" ? foldGraph(graph) : graph) };
}
