/**
 * Bundles that were made before anybody launched them, so that a launch need not wait for the bundler.
 *
 * Who reads the workflow files of a project for a list bundles them anyhow. Kept, that saves the first launch after an edit 120 of 150 ms
 * of processor time: the bundler and the rules are not even loaded. To the first item, in turns on a busy machine: 107 ms instead of
 * 323 (2026-11-23, 2 cores, load 9, Node 24; launch of bench/macro/launch.ts, 12 each).
 *
 * Owns: one file per workflow in `prepared/` of the data folder. Leaves to `stored-version.ts`: what a run executes; nothing here is
 * loaded by anybody before it is stored under its hash.
 *
 * R1. A bundle is given out only while its files are as they were (input-stats.ts): an edit in between is bundled by the launch.
 * R2. A file that is missing, damaged, of another bundler or another Node is no bundle. A data folder that is not there is not made.
 * R3. Never more than MAX_KEPT; the oldest go. What a launch has stored is known to `version-cache.ts`, and goes.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "../base/hash.ts";
import type { Bundle } from "./bundle.ts";
import type { Finding } from "./check.ts";
import { hasherName } from "./hasher.ts";
import { inputStats, isInputStats, isUnchanged, type InputStats } from "./input-stats.ts";
import { realFile } from "./project.ts";

const FOLDER = "prepared";
const SCHEMA = 1;
const MAX_KEPT = 200;

export interface PreparedVersion {
  readonly bundle: Bundle;
  /** What `checkBundle` said of it. */
  readonly findings: readonly Finding[];
  /** A time before bundling began, epoch ms. */
  readonly bundledAt: number;
}

interface Kept extends PreparedVersion {
  readonly schema: number;
  readonly stats: InputStats;
}

export class PreparedVersions {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, FOLDER);
  }

  /** Says whether it did: not where a file was changed only just now, nor in a folder that cannot be written. */
  keep(prepared: PreparedVersion): boolean {
    const { bundle, bundledAt } = prepared;
    const stats = inputStats(bundle, bundledAt);
    if (stats === undefined) return false;
    const text = JSON.stringify({ schema: SCHEMA, stats, ...prepared } satisfies Kept);
    const path = this.#path(bundle.file, bundle.exportName);
    const draft = `${path}.${process.pid}`;
    try {
      this.#open();
      // Renamed into place: a reader sees the old file or the new one.
      writeFileSync(draft, `${sha256Hex(text)}\n${text}`);
      renameSync(draft, path);
      this.#prune();
      return true;
    } catch {
      return false;
    }
  }

  /** R1, R2. @param exportName without it, only whoever parses the file knows what is meant */
  find(file: string, exportName: string | undefined): PreparedVersion | undefined {
    const kept = exportName === undefined ? undefined : this.#read(this.#path(realFile(file), exportName));
    if (kept === undefined || !isUnchanged(kept.stats)) return undefined;
    const { bundle, findings, bundledAt } = kept;
    return { bundle, findings, bundledAt };
  }

  /** R3. */
  forget({ file, exportName }: Pick<Bundle, "file" | "exportName">): void {
    try {
      rmSync(this.#path(file, exportName), { force: true });
    } catch {
      // It is out of use, and goes when there are too many.
    }
  }

  #path(file: string, exportName: string): string {
    return join(this.#folder, `${sha256Hex(`${file}#${exportName}`).slice(0, 32)}.json`);
  }

  /** R2. */
  #open(): void {
    try {
      mkdirSync(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }

  #read(path: string): Kept | undefined {
    try {
      const [sum, text = ""] = readFileSync(path, "utf8").split("\n", 2);
      if (sha256Hex(text) !== sum) return undefined;
      const kept = JSON.parse(text) as Kept;
      const { schema, bundle, stats } = kept;
      const isOurs =
        schema === SCHEMA && bundle.hasher === hasherName() && bundle.nodeVersion === process.versions.node;
      return isOurs && isInputStats(stats) ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  /** R3. */
  #prune(): void {
    const names = readdirSync(this.#folder);
    if (names.length <= MAX_KEPT) return;
    const aged = names.map((name) => {
      const path = join(this.#folder, name);
      return { path, mtimeMs: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
    });
    aged.sort((left, right) => left.mtimeMs - right.mtimeMs);
    for (const { path } of aged.slice(0, names.length - MAX_KEPT)) rmSync(path, { force: true });
  }
}
