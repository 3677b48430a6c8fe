/**
 * A project and the store in its data folder: what every operation works on.
 *
 * Owns: which store is opened, and the data folder's first file. Leaves to store/: everything inside it.
 *
 * R1. Reading creates nothing: a project without a data folder reads as one without runs.
 * R2. The data folder keeps itself out of Git.
 */
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "../model/config.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Store } from "../store/store.ts";

export interface Workspace {
  readonly project: Project;
  readonly store: Store;
  close(): Promise<void>;
}

export async function openWorkspace(project: Project, access: "read" | "write"): Promise<Workspace> {
  const store =
    access === "read" && !(await isThere(project.dataDir)) ? await emptyStore() : await sqliteStore(project, access);
  return { project, store, close: () => store.close() };
}

async function isThere(folder: string): Promise<boolean> {
  try {
    await stat(folder);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw new WorkgraphError("WG5005", `the data folder "${folder}" cannot be read: ${(cause as Error).message}`, {
      hint: "Check its permissions, or name another with --data.",
      cause,
    });
  }
}

async function emptyStore(): Promise<Store> {
  const { openMemoryStore } = await import("../store/memory/memory-store.ts");
  return openMemoryStore();
}

async function sqliteStore(project: Project, access: "read" | "write"): Promise<Store> {
  if (access === "write") await prepare(project.dataDir);
  const { openSqliteStore } = await import("../store/sqlite/sqlite-store.ts");
  return openSqliteStore({ dir: project.dataDir, readOnly: access === "read" });
}

async function prepare(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
    await writeFile(join(dataDir, ".gitignore"), "*\n", { flag: "wx" });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "EEXIST" && (await isFolder(dataDir))) return;
    throw new WorkgraphError("WG5005", `the data folder "${dataDir}" cannot be written: ${(cause as Error).message}`, {
      hint: "Check its permissions, or name another with --data or WORKGRAPH_DATA.",
      cause,
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}
