/**
 * Which owners of runs are, or were, runner processes.
 *
 * Owns: `runners/<ownerId>` in the data folder, one empty file for each. Leaves to store/: whether an owner lives.
 *
 * R1. A runner makes its mark each time before it takes a run. It outlives the process: whoever finds a run without its owner knows by
 *     it that a server may go on with the run, and that nobody's terminal does.
 * R2. A mark goes with a runner that ends by itself. Others go when no run names them and they are older than STALE_MS.
 */
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import type { Project } from "../model/config.ts";

const FOLDER = "runners";
const STALE_MS = 24 * 60 * 60 * 1000;

type Place = Pick<Project, "dataDir">;

export async function markRunner({ dataDir }: Place, ownerId: string): Promise<void> {
  await mkdir(join(dataDir, FOLDER), { recursive: true });
  await writeFile(join(dataDir, FOLDER, ownerId), "");
}

export async function unmarkRunner({ dataDir }: Place, ownerId: string): Promise<void> {
  await rm(join(dataDir, FOLDER, ownerId), { force: true });
}

export async function markedRunners({ dataDir }: Place): Promise<ReadonlySet<string>> {
  return new Set(await readdir(join(dataDir, FOLDER)).catch(() => []));
}

/** R2. @param named owners that runs name */
export async function sweepMarks(place: Place, named: ReadonlySet<string | undefined>): Promise<void> {
  for (const id of await markedRunners(place)) {
    if (named.has(id)) continue;
    const { mtimeMs } = await stat(join(place.dataDir, FOLDER, id)).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < systemClock.now() - STALE_MS) await unmarkRunner(place, id);
  }
}
