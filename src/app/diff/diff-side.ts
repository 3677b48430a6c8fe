/** One side of a comparison: a run, or a version of a workflow that some run had. */
import { nearestName } from "../../base/nearest-name.ts";
import { commandLine } from "../../model/command-line.ts";
import type { RunId } from "../../model/ids.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { RunRow, Store } from "../../store/store.ts";
import type { StoredVersion } from "../../version/stored-version.ts";
import { findRun } from "../find-run.ts";

export interface DiffSide {
  /** The run; of a version the newest run that had it. */
  readonly row: RunRow;
  readonly kind: "run" | "version";
  /** Absent: its code was in no file. */
  readonly version?: StoredVersion;
}

const VERSION = /^([a-z][a-z0-9_-]{0,63})@([0-9a-f]{4,64})$/;
const PAGE_RUNS = 1_000;

/** @param reference a run, or `WORKFLOW@HASH` with the beginning of a version's hash */
export async function diffSide(store: Store, reference: string): Promise<DiffSide> {
  const named = VERSION.exec(reference.trim());
  const row = named ? await newestOf(store, named[1]!, named[2]!) : (await findRun(store, reference)).run;
  if (row.forgottenAt !== undefined && !named) {
    throw new WorkgraphError("WG4060", `run ${row.runId} was forgotten: there is no log of it to compare`, {
      hint: `compare its code: "${commandLine(`diff ${row.workflow}@${row.version.slice(0, 12)} OTHER`)}" needs another run of that version`,
    });
  }
  const kind = named ? "version" : "run";
  if (row.manifest === undefined) {
    if (kind === "run") return { row, kind };
    throw new WorkgraphError("WG4060", `"${reference}" names code that was in no file`, {
      hint: "compare two runs of it instead",
    });
  }
  const { loadVersion } = await import("../../version/stored-version.ts");
  return { row, kind, version: await loadVersion(store, row.manifest) };
}

async function newestOf(store: Store, workflow: string, hash: string): Promise<RunRow> {
  const versions = new Map<string, RunRow>();
  for (let before: RunId | undefined; ;) {
    const { runs } = await store.runs({ workflow, limit: PAGE_RUNS, ...(before === undefined ? {} : { before }) });
    for (const row of runs)
      if (!versions.has(row.version) && row.forgottenAt === undefined) versions.set(row.version, row);
    before = runs.at(-1)?.runId;
    if (before === undefined || runs.length < PAGE_RUNS) break;
  }
  const fitting = [...versions.values()].filter((row) => row.version.startsWith(hash));
  if (fitting.length === 1) return fitting[0]!;
  const known = [...versions.keys()];
  if (fitting.length > 1) {
    throw new WorkgraphError("WG4061", `"${workflow}@${hash}" is the beginning of ${fitting.length} versions`, {
      hint: "write more of the hash",
      details: { versions: fitting.map((row) => row.version) },
    });
  }
  const near = nearestName(
    hash,
    known.map((version) => version.slice(0, hash.length)),
  );
  throw new WorkgraphError("WG4061", `no run of "${workflow}" had a version that begins with "${hash}"`, {
    hint: near
      ? `did you mean "${workflow}@${near}"?`
      : `"${commandLine(`versions ${workflow}`)}" lists those that there are`,
  });
}
