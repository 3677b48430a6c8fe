/**
 * Files that a server made of runs, until they are taken away.
 *
 * Owns: `exports/` in the data folder, with a folder for each server and in it one for each export. Leaves to long-answers.ts: for how long;
 * to operations/export-file.ts: what is written.
 *
 * R1. Nobody names a path: an export has an id of ours, and its folder holds that file and what it was made from.
 * R2. A server has a lock while it has files. What one that was killed left is removed by the next one.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "../model/config.ts";
import { OwnerLock } from "../store/owner-lock.ts";

const lockName = (server: string): string => `${server}-exports`;

export class ExportFiles {
  readonly #all: string;
  readonly #dataDir: string;
  readonly #server: string = randomUUID();
  #lock: OwnerLock | undefined;

  constructor({ dataDir }: Pick<Project, "dataDir">) {
    this.#dataDir = dataDir;
    this.#all = join(dataDir, "exports");
  }

  folderOf(id: string): string {
    return join(this.#all, this.#server, id);
  }

  /** The folder of an export, made. */
  async make(id: string): Promise<string> {
    if (this.#lock === undefined) {
      // R2, before there is anything.
      this.#lock = new OwnerLock(this.#dataDir, lockName(this.#server));
      this.#lock.hold();
    }
    const folder = this.folderOf(id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  async remove(id: string): Promise<void> {
    await rm(this.folderOf(id), { recursive: true, force: true });
  }

  /** R2. */
  async sweep(): Promise<void> {
    const servers = await readdir(this.#all).catch(() => []);
    const reader = new OwnerLock(this.#dataDir, lockName(this.#server));
    for (const server of servers)
      if (server !== this.#server && !reader.isAlive(lockName(server)))
        await rm(join(this.#all, server), { recursive: true, force: true }).catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#lock === undefined) return;
    await rm(join(this.#all, this.#server), { recursive: true, force: true });
    this.#lock.release();
    this.#lock = undefined;
  }
}
