/** The graph of a run. */
import { foldGraph, type Graph } from "../../model/graph.ts";
import { graphText, type GraphFormat } from "../../model/graph-text.ts";
import type { RunId } from "../../model/ids.ts";
import type { RunStatus } from "../../model/status.ts";
import { runGraph } from "../../store/run-graph.ts";
import { findRun } from "../find-run.ts";
import type { Workspace } from "../workspace.ts";

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

export interface GraphTextOutput extends Pick<ReadGraphOutput, "runId" | "workflow" | "version" | "status" | "label"> {
  readonly text: string;
}

/** As a terminal shows it, each call with its number. */
export async function readGraphText(
  workspace: Workspace,
  input: ReadGraphInput & { readonly format: GraphFormat },
): Promise<GraphTextOutput> {
  const graph = await readGraph(workspace, input);
  const { runId, workflow, version, status, label } = graph;
  return { runId, workflow, version, status, label, text: graphText(graph, input.format, { ids: true, label }) };
}

export async function readGraph({ store }: Workspace, input: ReadGraphInput): Promise<ReadGraphOutput> {
  const { run } = await findRun(store, input.run);
  const graph = await runGraph(store, run);
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
