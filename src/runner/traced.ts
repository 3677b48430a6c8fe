/**
 * Tracing and replaying a workflow function without executing a node: what a process of its own does for `trace` and `explain`.
 *
 * Owns: from a target or a run to loaded code and the outcome. Leaves to trace-workflow.ts and replayed-awaits.ts: the work.
 */
import type { Project } from "../model/config.ts";
import type { RunId } from "../model/ids.ts";
import type { ReplayedAwaits, TracedWorkflow } from "../model/trace-report.ts";
import { WorkgraphError, type SourceSite } from "../model/workgraph-error.ts";
import type { RunRow, Store } from "../store/store.ts";
import { addSiteMapper } from "../trace/site.ts";
import { originalPosition } from "../version/origin.ts";
import type { StaticClosure } from "../version/static-closure.ts";
import { replayedAwaits } from "./replayed-awaits.ts";
import type { Target } from "./target.ts";
import { currentCode, recordedCode, type TracedCode } from "./traced-code.ts";
import { traceWorkflow, type TraceRequest } from "./trace-workflow.ts";

interface Parts {
  readonly project: Project;
  readonly store: Store;
}

export async function traceOf(
  target: Target,
  request: Parts & Pick<TraceRequest, "input" | "args" | "values"> & { readonly from?: RunId },
): Promise<{ readonly traced: TracedWorkflow; readonly source: StaticClosure }> {
  addSiteMapper(mapLoadedCode);
  const { project, store, from: runId, ...rest } = request;
  const code = await currentCode(target, { project, store });
  const from = runId === undefined ? undefined : await store.run(runId);
  if (from && from.workflow !== code.definition.name) {
    throw new WorkgraphError(
      "WG3073",
      `run ${from.runId} is one of "${from.workflow}", not of "${code.definition.name}"`,
      { hint: "Results are taken from a run of the same workflow." },
    );
  }
  const traced = await traceWorkflow({ code, project, store, ...rest, ...(from ? { from } : {}) });
  return { traced, source: code.source };
}

/** The awaits of a run, or of the newest run of the code as it is now; without such a run only the code. */
export async function replayOf(
  of: { readonly run: RunId } | Target,
  { project, store }: Parts,
): Promise<{ readonly code: TracedCode; readonly run?: RunId; readonly replayed?: ReplayedAwaits }> {
  addSiteMapper(mapLoadedCode);
  if ("run" in of) {
    const row = (await store.run(of.run))!;
    return replayed(row, { code: await recordedCode(row, { project, store }), store, project });
  }
  const code = await currentCode(of, { project, store });
  const { runs } = await store.runs({ workflow: code.definition.name, version: code.version, limit: 20 });
  const row = runs.find((run) => run.seq > 1 && run.forgottenAt === undefined);
  return row ? replayed(row, { code, store, project }) : { code };
}

async function replayed(
  row: RunRow,
  of: { readonly code: TracedCode; readonly store: Store; readonly project: Project },
): Promise<{ readonly code: TracedCode; readonly run: RunId; readonly replayed: ReplayedAwaits }> {
  return { code: of.code, run: row.runId, replayed: await replayedAwaits(row, of) };
}

function mapLoadedCode(site: SourceSite): SourceSite | undefined {
  const at = originalPosition(site.file, site.line, site.column);
  return at && { ...site, ...at };
}
