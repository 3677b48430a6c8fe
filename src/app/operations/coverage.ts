/** Which call sites of a version its runs reached, and which one run did not. */
import { coverageOf, ghostsOf, type Coverage } from "../../analysis/coverage.ts";
import type { RunId } from "../../model/ids.ts";
import type { CallRow } from "../../store/store.ts";
import type { ClosureSite } from "../../version/static-closure.ts";
import { findRun } from "../find-run.ts";
import { chosenVersion, codeRoot, pastRuns, storedClosure, withRelativeSites } from "../past-runs.ts";
import type { Workspace } from "../workspace.ts";

export interface CoverageInput {
  readonly workflow: string;
  /** Beginning of a version; default: the newest that has runs. */
  readonly version?: string;
}

export interface CoverageOutput extends Coverage<ClosureSite> {
  readonly workflow: string;
  readonly version: string;
  /** Runs of this version that ended; more than were looked at when `truncated`. */
  readonly total: number;
  readonly truncated: boolean;
}

export async function coverage(workspace: Workspace, input: CoverageInput): Promise<CoverageOutput> {
  const { version, newest } = await chosenVersion(workspace, input);
  const { workflow } = input;
  const [{ sites }, { runs, total }] = await Promise.all([
    storedClosure(workspace, newest),
    pastRuns(workspace, { workflow, version }),
  ]);
  const covered = coverageOf(
    sites,
    runs.map(({ calls }) => ({ calls: calls.map(observed) })),
  );
  return { workflow, version, ...covered, total, truncated: total > runs.length };
}

export interface GhostsOutput {
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  /** Not observed: call sites of the source that this run did not reach. */
  readonly ghosts: readonly ClosureSite[];
}

export async function listGhosts(workspace: Workspace, input: { readonly run: string }): Promise<GhostsOutput> {
  const { run } = await findRun(workspace.store, input.run);
  const { sites } = await storedClosure(workspace, run);
  const rows = await workspace.store.calls(run.runId);
  const calls = rows
    .filter((row) => !row.superseded)
    .map((row) => observed(withRelativeSites(row, codeRoot(workspace, run))));
  const { runId, workflow, version } = run;
  return { runId, workflow, version, ghosts: ghostsOf(sites, { calls }) };
}

function observed({ event: { kind, node, site } }: CallRow): Parameters<typeof ghostsOf>[1]["calls"][number] {
  return { kind, node, ...(site === undefined ? {} : { site }) };
}
