/**
 * Event logs, the values they name, and the code of runs.
 *
 * R1. A damaged log is never mended: what is whole of it is written out beside the database (`salvage/RUN.ndjson`), the log stays
 *     as it is for whoever knows better.
 */
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { loadVersion } from "../../version/stored-version.ts";
import type { RunRow, Store } from "../../store/store.ts";
import type { Workspace } from "../workspace.ts";
import type { DoctorFinding } from "./finding.ts";

const PAGE = 500;
const EVENTS = 1000;

export interface RunChecks {
  readonly workspace: Workspace;
  /** The newest runs to look at; undefined: all. */
  readonly recent: number | undefined;
  readonly how: "repair" | "look";
  /** Told how many runs were looked at. */
  readonly looked: (runs: number) => void;
}

export async function* checkRuns({ workspace, recent, how, looked }: RunChecks): AsyncGenerator<DoctorFinding> {
  const { store, project } = workspace;
  const manifests = new Set<string>();
  let count = 0;
  for await (const row of newest(store, recent)) {
    looked(++count);
    if (row.manifest !== undefined && !manifests.has(row.manifest)) {
      manifests.add(row.manifest);
      yield* checkCode(store, row);
    }
    if (row.forgottenAt !== undefined) continue;
    const salvage = await store.salvage(row.runId);
    if (salvage.lost) {
      const { fromSeq, toSeq, reason } = salvage.lost;
      const file = join(project.dataDir, "salvage", `${row.runId}.ndjson`);
      const range = toSeq > fromSeq ? `events ${fromSeq} to ${toSeq}` : `event ${fromSeq}`;
      const repaired =
        how === "repair"
          ? `${await writeOut(store, row, salvage.validTo, file)} whole events are in ${file}`
          : undefined;
      yield {
        code: "WG5080",
        grade: "damage",
        what: `the log is not whole: ${range} cannot be trusted, ${reason}`,
        where: row.runId,
        hint: `events 1 to ${salvage.validTo} can be read; bring a backup back, or take those out with "doctor --repair"`,
        ...(repaired === undefined ? {} : { repaired }),
      };
    } else {
      const bad = await store.verify(row.runId);
      if (bad) {
        yield {
          code: "WG5080",
          grade: "damage",
          what: `the log is not whole from event ${bad.badSeq} on: ${bad.reason}`,
          where: row.runId,
          hint: "bring a backup back; what comes before that event can be read",
        };
      }
    }
    for (const { seq, blob } of salvage.missingValues) {
      yield {
        code: "WG5081",
        grade: "damage",
        what: `the value of event ${seq} is missing or changed (blob ${blob.slice(0, 12)})`,
        where: row.runId,
        hint: "bring a backup back, or run it again: what needs that value cannot be replayed",
      };
    }
  }
}

async function* checkCode(store: Store, { runId, workflow, manifest }: RunRow): AsyncGenerator<DoctorFinding> {
  try {
    await loadVersion(store, manifest!);
  } catch (error) {
    yield {
      code: "WG5089",
      grade: "damage",
      what: `the code of this version of "${workflow}" is not whole: ${(error as Error).message}`,
      where: runId,
      hint: "runs of it can be read, but not resumed or replayed; bring a backup back, or fork them with the code as it is now",
    };
  }
}

async function* newest(store: Store, recent: number | undefined): AsyncGenerator<RunRow> {
  let left = recent ?? Number.POSITIVE_INFINITY;
  for (let before: string | undefined; left > 0;) {
    const limit = Math.min(PAGE, left);
    const { runs } = await store.runs({ limit, ...(before === undefined ? {} : { before }) });
    yield* runs;
    left -= runs.length;
    before = runs.at(-1)?.runId;
    if (runs.length < limit) return;
  }
}

/** R1. Gives how many there are. */
async function writeOut(store: Store, { runId }: RunRow, validTo: number, file: string): Promise<number> {
  await mkdir(join(file, ".."), { recursive: true });
  const out = await open(file, "w");
  try {
    for (let after = 0; after < validTo;) {
      const limit = Math.min(EVENTS, validTo - after);
      const events = await store.events(runId, { after, limit, values: "none" });
      if (events.length === 0) return after;
      await out.write(`${events.map((event) => JSON.stringify(event)).join("\n")}\n`);
      after = events.at(-1)!.seq;
    }
    return validTo;
  } finally {
    await out.close();
  }
}
