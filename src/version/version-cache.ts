/**
 * Which version a file had when it was last bundled, so that an unchanged workflow starts without the bundler.
 *
 * Owns: one small JSON file: per workflow, the stats of every file its bundle depended on, and the manifest that was stored.
 * Leaves to `stored-version.ts`: the code itself.
 *
 * R1. A hit needs every input to be as it was, and what was changed only just before bundling is not remembered (input-stats.ts): the
 *     next start bundles again and remembers then.
 * R2. The cache never decides what is right: a missing, damaged or foreign file is an empty cache.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { systemClock } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import type { Bundle } from "./bundle.ts";
import type { Finding } from "./check.ts";
import { hasherName } from "./hasher.ts";
import { inputStats, isInputStats, isUnchanged, type InputStats } from "./input-stats.ts";
import { realFile } from "./project.ts";

const CACHE_SCHEMA = 2;

/** Rows kept; the oldest go first. */
const MAX_ENTRIES = 200;

interface Entry extends InputStats {
  readonly file: string;
  /** As asked for; "" when the file's only workflow was meant. */
  readonly asked: string;
  readonly exportName: string;
  readonly closureHash: string;
  readonly manifest: string;
  /** What `checkBundle` said of it. */
  readonly findings: readonly Finding[];
}

export interface CachedVersion {
  readonly exportName: string;
  readonly closureHash: string;
  /** Blob hash of the stored version. */
  readonly manifest: string;
  readonly findings: readonly Finding[];
}

export interface VersionCacheOptions {
  /** Path of the cache file. */
  readonly path: string;
  /** Who hashes now: another bundler or other rules make every entry stale. Default: `hasherName()`. */
  readonly hasher?: string;
  readonly clock?: Clock;
}

export class VersionCache {
  readonly #path: string;
  readonly #hasher: string;
  readonly #clock: Clock;

  constructor(options: VersionCacheOptions) {
    this.#path = options.path;
    this.#hasher = options.hasher ?? hasherName();
    this.#clock = options.clock ?? systemClock;
  }

  /** The version of a workflow whose files are as they were; undefined when it has to be bundled. */
  lookup(file: string, exportName = ""): CachedVersion | undefined {
    const path = realFile(file);
    const entry = this.#read().find(
      (one) => one.file === path && (one.asked === exportName || one.exportName === exportName),
    );
    if (!entry || !isUnchanged(entry)) return undefined;
    const { closureHash, manifest, findings } = entry;
    return { exportName: entry.exportName, closureHash, manifest, findings };
  }

  /** Remembers where a bundle was stored. Says whether it did (R1, or a data folder that cannot be written). */
  remember(
    bundle: Pick<Bundle, "file" | "exportName" | "closureHash" | "inputs" | "missing">,
    stored: {
      readonly manifest: string;
      readonly asked?: string;
      readonly bundledAt: number;
      readonly findings: readonly Finding[];
    },
  ): boolean {
    const stats = inputStats(bundle, stored.bundledAt);
    if (stats === undefined) return false;
    const { file, exportName, closureHash } = bundle;
    const asked = stored.asked ?? "";
    const { manifest, findings } = stored;
    const entry: Entry = { file, asked, exportName, closureHash, manifest, ...stats, findings };
    const others = this.#read().filter((one) => one.file !== file || one.asked !== asked);
    return this.#write([entry, ...others].slice(0, MAX_ENTRIES));
  }

  /** Time to pass as `bundledAt`, taken before bundling begins. */
  now(): number {
    return this.#clock.now();
  }

  #read(): readonly Entry[] {
    try {
      const content = JSON.parse(readFileSync(this.#path, "utf8")) as Partial<CacheFile> | null;
      if (content?.schema !== CACHE_SCHEMA || content.hasher !== this.#hasher || !Array.isArray(content.entries))
        return [];
      return content.entries.filter(isEntry);
    } catch {
      return [];
    }
  }

  #write(entries: readonly Entry[]): boolean {
    const content: CacheFile = { schema: CACHE_SCHEMA, hasher: this.#hasher, entries };
    const draft = `${this.#path}.${process.pid}`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      // Renamed into place: a reader sees the old file or the new one. Of two writers one entry may be lost, never a file.
      writeFileSync(draft, JSON.stringify(content));
      renameSync(draft, this.#path);
      return true;
    } catch {
      // Bundling every time is slow, not wrong: a data folder that is full or read-only is told by the store.
      return false;
    }
  }
}

interface CacheFile {
  readonly schema: number;
  readonly hasher: string;
  readonly entries: readonly Entry[];
}

function isEntry(value: unknown): value is Entry {
  const entry = value as Partial<Entry> | null;
  return (
    typeof entry?.file === "string" &&
    typeof entry.asked === "string" &&
    typeof entry.exportName === "string" &&
    typeof entry.closureHash === "string" &&
    typeof entry.manifest === "string" &&
    Array.isArray(entry.findings) &&
    isInputStats(entry)
  );
}
