/** The data folder itself: room and rights, locks of dead processes, the versions cache, the configuration. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { OwnerLock, ownerFiles } from "../../store/owner-lock.ts";
import type { Workspace } from "../workspace.ts";
import type { DoctorFinding } from "./finding.ts";

const LOW_BYTES = 256 * 1024 * 1024;
/** A write-ahead log of this size is never brought in: something reads all the time, or nobody may write. */
const LONG_WAL_BYTES = 512 * 1024 * 1024;

export async function* checkDataFolder(
  { store, project }: Workspace,
  how: "repair" | "look",
): AsyncGenerator<DoctorFinding> {
  const { file, freeBytes, walBytes, writable } = await store.health();
  const where = file ?? project.dataDir;
  if (how === "repair" && !writable)
    yield {
      code: "WG5088",
      grade: "damage",
      what: "the store cannot be written",
      where,
      hint: "check the rights of the file and its folder, and the room on the disk",
    };
  if (file !== undefined && freeBytes < LOW_BYTES)
    yield {
      code: "WG5088",
      grade: "note",
      what: `${Math.round(freeBytes / 1024 / 1024)} MB are left on the disk of the data folder`,
      where,
      hint: 'runs are paused when it is full; "gc --older-than 30d" makes room',
    };
  if (walBytes > LONG_WAL_BYTES)
    yield {
      code: "WG5088",
      grade: "note",
      what: `the write-ahead log has ${Math.round(walBytes / 1024 / 1024)} MB`,
      where,
      hint: "stop the process that reads the store all the time",
    };
  const dead = ownerFiles(project.dataDir).filter(({ alive }) => !alive);
  if (how === "repair" && dead.length > 0) new OwnerLock(project.dataDir, "doctor").sweep();
  for (const { ownerId } of dead) {
    yield {
      code: "WG5085",
      grade: "leftover",
      what: "a process that is gone left its lock file",
      where: join(project.dataDir, "owners", `${ownerId}.db`),
      hint: 'it holds nothing; "doctor --repair" removes it, and so does the next run',
      ...(how === "repair" ? { repaired: "removed" } : {}),
    };
  }
  yield* checkCache(join(project.dataDir, "versions.json"), how);
  for (const path of [...(await project.workflowFiles())].length === 0 ? (project.config.workflows ?? []) : []) {
    yield {
      code: "WG5087",
      grade: "note",
      what: `no file fits the glob "${path}" of the configuration`,
      where: project.configFile ?? project.root,
      hint: "globs are relative to the folder of the config file",
    };
  }
}

async function* checkCache(file: string, how: "repair" | "look"): AsyncGenerator<DoctorFinding> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return;
  try {
    JSON.parse(text);
  } catch {
    if (how === "repair") await rm(file, { force: true });
    yield {
      code: "WG5086",
      grade: "leftover",
      what: "the cache of versions cannot be read",
      where: file,
      hint: "nothing depends on it; workflows are bundled once more",
      ...(how === "repair" ? { repaired: "removed" } : {}),
    };
  }
}
