/**
 * Runs of one version with their calls: what every figure about past runs is made from.
 *
 * R1. Of a workflow the newest version that has runs is meant, unless one is named by the beginning of its hash.
 * R2. Runs that came to an end count; one that was cancelled or cut off did not do what its code does.
 * R3. Superseded calls are no calls. Sites are relative to the folder of the sources.
 */
import { relative, resolve, sep } from "node:path";
import { nearestName } from "../base/nearest-name.ts";
import { commandLine } from "../model/command-line.ts";
import type { Graph } from "../model/graph.ts";
import { foldGraph, graphOf } from "../model/graph.ts";
import { WorkgraphError, type SourceSite } from "../model/workgraph-error.ts";
import type { CallRow, RunRow } from "../store/store.ts";
import type { StaticClosure } from "../version/static-closure.ts";
import type { Workspace } from "./workspace.ts";

/** Runs that a figure is made from at most; the newest. */
export const MAX_PAST_RUNS = 200;

export interface PastRuns {
  readonly workflow: string;
  readonly version: string;
  /** Oldest first. */
  readonly runs: readonly { readonly row: RunRow; readonly calls: readonly CallRow[] }[];
  /** Runs of this version that ended, also those beyond MAX_PAST_RUNS. */
  readonly total: number;
}

const ENDED = ["completed", "completed_partial", "failed"] as const;

export async function pastRuns(
  workspace: Workspace,
  { workflow, version }: { readonly workflow: string; readonly version: string },
): Promise<PastRuns> {
  const { store } = workspace;
  const { runs, total } = await store.runs({ workflow, version, status: ENDED, limit: MAX_PAST_RUNS });
  const kept = runs.filter((row) => row.forgottenAt === undefined).toReversed();
  const withCalls = await Promise.all(
    kept.map(async (row) => {
      const calls = await store.calls(row.runId);
      const counted = calls.filter((call) => !call.superseded);
      return { row, calls: counted.map((call) => withRelativeSites(call, codeRoot(workspace, row))) };
    }),
  );
  return { workflow, version, runs: withCalls, total };
}

/** R1. */
export async function chosenVersion(
  { store }: Workspace,
  { workflow, version }: { readonly workflow: string; readonly version?: string },
): Promise<{ readonly version: string; readonly newest: RunRow }> {
  const { runs } = await store.runs({ workflow, limit: 1000 });
  const row = version === undefined ? runs[0] : runs.find((run) => run.version.startsWith(version));
  if (row) return { version: row.version, newest: row };
  if (runs.length > 0) {
    const known = [...new Set(runs.map((run) => run.version.slice(0, 12)))];
    throw new WorkgraphError("WG3074", `no run of "${workflow}" has a version that begins with "${version ?? ""}"`, {
      hint: `Its versions: ${known.slice(0, 10).join(", ")}.`,
    });
  }
  const { runs: others } = await store.runs({ limit: 1000 });
  const near = nearestName(workflow, new Set(others.map((run) => run.workflow)));
  throw new WorkgraphError("WG5042", `there is no run of a workflow "${workflow}"`, {
    hint: near ? `Did you mean "${near}"?` : `"${commandLine("runs")}" lists runs.`,
  });
}

/** Call sites and awaits of a version's stored sources. */
export async function storedClosure({ store }: Workspace, row: RunRow): Promise<StaticClosure> {
  if (row.manifest === undefined) {
    throw new WorkgraphError("WG5045", `run ${row.runId} kept no source: its version is "${row.version}"`, {
      hint: "Code that is in no file, as in a REPL, is not stored.",
    });
  }
  const [{ loadVersion }, { staticClosure }] = await Promise.all([
    import("../version/stored-version.ts"),
    import("../version/static-closure.ts"),
  ]);
  const { sources, path, exportName } = await loadVersion(store, row.manifest);
  return staticClosure({ sources, path, exportName });
}

/** The folded graph of past calls. */
export function foldedGraph(calls: readonly CallRow[]): Graph {
  const inputs = calls.map(({ call, event: { node, kind, site, via, depth, edges, segment } }) => ({
    call,
    node,
    kind,
    ...(site === undefined ? {} : { site }),
    ...(via === undefined ? {} : { via }),
    ...(depth === undefined ? {} : { depth }),
    segment,
    status: "completed" as const,
    counts: {},
    edges,
  }));
  return foldGraph(graphOf(inputs));
}

/** Folder that stored paths of a run are relative to. */
export function codeRoot({ project }: Workspace, row: RunRow): string {
  return resolve(project.root, row.code?.root ?? "");
}

export function withRelativeSites(row: CallRow, root: string): CallRow {
  const { site, via } = row.event;
  return {
    ...row,
    event: {
      ...row.event,
      ...(site === undefined ? {} : { site: relativeTo(root, site) }),
      ...(via === undefined ? {} : { via: via.map((one) => relativeTo(root, one)) }),
    },
  };
}

function relativeTo(root: string, site: SourceSite): SourceSite {
  if (!site.file.startsWith(sep)) return site;
  // The usual case, for every call of every run.
  if (sep === "/" && site.file.startsWith(`${root}/`)) return { ...site, file: site.file.slice(root.length + 1) };
  return { ...site, file: relative(root, site.file).split(sep).join("/") };
}
