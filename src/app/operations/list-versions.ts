/** The history of a workflow grouped by the code that ran. */
import { nearestName } from "../../base/nearest-name.ts";
import { commandLine } from "../../model/command-line.ts";
import type { RunId } from "../../model/ids.ts";
import type { RunStatus } from "../../model/status.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { EventStore, RunRow } from "../../store/store.ts";
import type { VersionFacts } from "../../version/stored-version.ts";
import { isoTime } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface VersionEntry {
  readonly workflow: string;
  /** Closure hash, or "unversioned". */
  readonly version: string;
  /** Stored path of the workflow file, where its code was kept. */
  readonly file?: string;
  readonly exportName?: string;
  readonly nodeVersion?: string;
  readonly hasher?: string;
  readonly nodes?: number;
  /** What git knew when its newest run was made. */
  readonly git?: NonNullable<RunRow["code"]>["git"];
  readonly runs: number;
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  readonly firstRun: RunId;
  readonly lastRun: RunId;
  /** ISO 8601. */
  readonly firstAt: string;
  readonly lastAt: string;
}

export interface ListVersionsInput {
  /** None: of all workflows. */
  readonly workflow?: string;
}

export interface ListVersionsOutput {
  /** Newest first. */
  readonly versions: readonly VersionEntry[];
  /** Only the newest MAX_RUNS runs were looked at. */
  readonly truncated: boolean;
}

const PAGE_RUNS = 1_000;
const MAX_RUNS = 20_000;

export async function listVersions({ store }: Workspace, input: ListVersionsInput = {}): Promise<ListVersionsOutput> {
  const { workflow } = input;
  const groups = new Map<string, RunRow[]>();
  let seen = 0;
  let truncated = false;
  for (let before: RunId | undefined; ;) {
    const page = await store.runs({
      limit: PAGE_RUNS,
      ...(workflow === undefined ? {} : { workflow }),
      ...(before === undefined ? {} : { before }),
    });
    for (const row of page.runs) {
      const key = JSON.stringify([row.workflow, row.version]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [row]);
      else group.push(row);
    }
    seen += page.runs.length;
    before = page.runs.at(-1)?.runId;
    if (before === undefined || page.runs.length < PAGE_RUNS) break;
    if (seen >= MAX_RUNS) {
      truncated = true;
      break;
    }
  }
  if (workflow !== undefined && groups.size === 0) throw await noRunsOf(store, workflow);
  const versions = await Promise.all([...groups.values()].map((rows) => versionEntry({ store }, rows)));
  return { versions, truncated };
}

/** @param rows of one version, newest first */
async function versionEntry({ store }: Pick<Workspace, "store">, rows: readonly RunRow[]): Promise<VersionEntry> {
  const [newest, oldest] = [rows[0]!, rows.at(-1)!];
  const statuses: Partial<Record<RunStatus, number>> = {};
  for (const row of rows) statuses[row.status] = (statuses[row.status] ?? 0) + 1;
  const facts = newest.manifest === undefined ? undefined : await factsOf(store, newest.manifest);
  return {
    workflow: newest.workflow,
    version: newest.version,
    ...(facts === undefined
      ? {}
      : {
          file: facts.path,
          exportName: facts.exportName,
          nodeVersion: facts.nodeVersion,
          hasher: facts.hasher,
          nodes: facts.nodes.length,
        }),
    ...(newest.code?.git === undefined ? {} : { git: newest.code.git }),
    runs: rows.length,
    statuses,
    firstRun: oldest.runId,
    lastRun: newest.runId,
    firstAt: isoTime(oldest.createdAt),
    lastAt: isoTime(newest.createdAt),
  };
}

async function factsOf(store: Workspace["store"], manifest: string): Promise<VersionFacts> {
  const { loadVersion } = await import("../../version/stored-version.ts");
  return loadVersion(store, manifest);
}

async function noRunsOf(store: EventStore, workflow: string): Promise<WorkgraphError> {
  const { runs } = await store.runs({ limit: PAGE_RUNS });
  const near = nearestName(workflow, new Set(runs.map((run) => run.workflow)));
  return new WorkgraphError("WG5042", `there is no run of a workflow "${workflow}"`, {
    hint: near ? `Did you mean "${near}"?` : `"${commandLine("runs")}" lists runs.`,
  });
}
