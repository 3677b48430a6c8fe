/**
 * What would this workflow do? Its function is called without executing a node.
 *
 * R1. The function is called in a process of its own, which is killed at a limit.
 * R2. `possible` is what traces found, `expected` what recorded runs of this very version had; neither is in the other's field, and
 *     there are no figures from fewer than 3 runs.
 */
import { expectedGraph, type ExpectedCall, type ExpectedEdge } from "../../analysis/expected-graph.ts";
import { possibleGraph, stopsOf, type PossibleGraph, type StopEntry } from "../../analysis/possible-graph.ts";
import { siteKey } from "../../model/graph.ts";
import type { RunId } from "../../model/ids.ts";
import { totalOf } from "../../model/view.ts";
import type { TracedWorkflow, TraceSample } from "../../model/trace-report.ts";
import { findRun } from "../find-run.ts";
import { pastRuns } from "../past-runs.ts";
import { plainJson } from "../plain-json.ts";
import { askTraced, TRACE_LIMIT_MS } from "../traced-process.ts";
import type { Workspace } from "../workspace.ts";

export interface TraceWorkflowInput {
  /** `file.ts`, `file.ts#export` or a registered name. */
  readonly target: string;
  /** Folder that a path is relative to. */
  readonly from: string;
  readonly input?: unknown;
  /** Parameters as text. */
  readonly args?: Readonly<Record<string, string>>;
  /** A run whose input and results are taken. */
  readonly run?: string;
  /** Sample results by node id. */
  readonly results?: Readonly<Record<string, unknown>>;
  /** Ms that the function may take; default 10,000. */
  readonly limitMs?: number;
}

/** One trace, without its calls: they are in `possible`. */
export type SampleEntry = Omit<TraceSample, "calls"> & { readonly calls: number };

export interface TraceWorkflowOutput extends Omit<TracedWorkflow, "samples" | "path"> {
  readonly label: "possible";
  /** Relative to the folder of the sources. */
  readonly file: string;
  /** Results were chosen: the graph is a union of samples, and there may be more. */
  readonly sampled: boolean;
  readonly samples: readonly SampleEntry[];
  readonly possible: PossibleGraph;
  /** Where it stopped, and why. */
  readonly stops: readonly StopEntry[];
  /** Figures of recorded runs of this version; absent with fewer than 3. */
  readonly expected?: ExpectedFigures;
}

export interface ExpectedFigures {
  readonly label: "expected";
  readonly runs: number;
  /** `possible`: id of the call there; absent for one that no trace came to. */
  readonly calls: readonly (ExpectedCall & { readonly possible?: number })[];
  readonly edges: readonly ExpectedEdge[];
}

export async function traceWorkflow(workspace: Workspace, input: TraceWorkflowInput): Promise<TraceWorkflowOutput> {
  const { project, store } = workspace;
  const { target, from, run, results, limitMs } = input;
  const source: RunId | undefined = run === undefined ? undefined : (await findRun(store, run)).run.runId;
  const { traced } = await askTraced({
    kind: "trace",
    limitMs: limitMs ?? TRACE_LIMIT_MS,
    root: project.root,
    data: project.dataDir,
    target: { target, from },
    ...(input.input === undefined ? {} : { input: input.input }),
    ...(input.args === undefined ? {} : { args: input.args }),
    ...(source === undefined ? {} : { from: source }),
    ...(results === undefined ? {} : { values: results }),
  });
  const { samples, path, ...rest } = traced;
  const possible = possibleGraph(samples);
  const expected = await expectedFor(workspace, traced, possible);
  return {
    label: "possible",
    ...rest,
    input: { from: traced.input.from, value: plainJson(traced.input.value) },
    file: path,
    sampled: samples.some((sample) => sample.decisions.length > 0),
    samples: samples.map((sample) => ({ ...sample, calls: sample.calls.length })),
    possible,
    stops: stopsOf(samples),
    ...(expected === undefined ? {} : { expected }),
  };
}

/** R2. */
async function expectedFor(
  workspace: Workspace,
  { workflow, version }: TracedWorkflow,
  possible: PossibleGraph,
): Promise<ExpectedFigures | undefined> {
  const { runs } = await pastRuns(workspace, { workflow, version });
  const graph = expectedGraph(
    runs.map(({ calls }) => ({
      calls: calls.map(({ call, event, closed, counts }) => ({
        call,
        kind: event.kind,
        node: event.node,
        ...(event.site === undefined ? {} : { site: event.site }),
        ...(event.via === undefined ? {} : { via: event.via }),
        edges: event.edges,
        items: totalOf(counts),
        createdAt: event.at,
        ...(closed === undefined ? {} : { closedAt: closed.at }),
      })),
    })),
  );
  if (graph === undefined) return undefined;
  const idOf = new Map(possible.calls.map((call) => [siteKey(call), call.id]));
  const calls = graph.calls.map((call) => {
    const id = idOf.get(siteKey(call));
    return id === undefined ? call : { ...call, possible: id };
  });
  return { label: "expected", runs: graph.runs, calls, edges: graph.edges };
}
