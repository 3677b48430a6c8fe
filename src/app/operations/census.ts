/** How many distinct shapes the runs of a version have, and where they part. */
import { censusOf, type Census, type ShapeDifference, type ShapeEntry } from "../../analysis/census.ts";
import { SiteTable } from "../../analysis/site-table.ts";
import type { Branch } from "../../version/call-sites.ts";
import type { ClosureSite } from "../../version/static-closure.ts";
import { chosenVersion, foldedGraph, pastRuns, storedClosure } from "../past-runs.ts";
import type { Workspace } from "../workspace.ts";

export interface CensusInput {
  readonly workflow: string;
  /** Beginning of a version; default: the newest that has runs. */
  readonly version?: string;
}

export interface CensusDifference extends ShapeDifference {
  /** The branches that the call sits in, outermost first; absent where the source does not show them. */
  readonly branches?: readonly Branch[];
}

export interface CensusOutput extends Omit<Census, "shapes"> {
  readonly workflow: string;
  readonly version: string;
  /** The commonest first. */
  readonly shapes: readonly (Omit<ShapeEntry, "differs"> & { readonly differs?: CensusDifference })[];
  readonly total: number;
  readonly truncated: boolean;
}

export async function census(workspace: Workspace, input: CensusInput): Promise<CensusOutput> {
  const { version, newest } = await chosenVersion(workspace, input);
  const { workflow } = input;
  const { runs, total } = await pastRuns(workspace, { workflow, version });
  const counted = censusOf(runs.map(({ row, calls }) => ({ runId: row.runId, graph: foldedGraph(calls) })));
  // Where shapes differ, the source says in which branch. Code that was in no file has none.
  const sites =
    counted.shapes.length > 1 && newest.manifest !== undefined ? (await storedClosure(workspace, newest)).sites : [];
  const table = new SiteTable(sites);
  const shapes = counted.shapes.map(({ differs, ...shape }) => ({
    ...shape,
    ...(differs === undefined ? {} : { differs: withBranches(differs, table) }),
  }));
  return { workflow, version, runs: counted.runs, shapes, total, truncated: total > runs.length };
}

function withBranches(differs: ShapeDifference, table: SiteTable<ClosureSite>): CensusDifference {
  const { node, site } = differs;
  const found = table.sites.find(
    (one) => one.node === node && one.path === site?.file && one.line === site.line && one.column === site.column,
  );
  return found === undefined || found.branches.length === 0 ? differs : { ...differs, branches: found.branches };
}
