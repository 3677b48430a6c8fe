/**
 * Which version of a package is meant: the installed one, and the versions below it.
 *
 * Owns: reading `package.json` of installed packages and the part of `package-lock.json` that hangs below one of them.
 * Leaves to `closure.ts`: which packages count.
 *
 * R1. A package's own version is what is installed, not what is asked for.
 * R2. Versions below it come from the lockfile. Without one they are read from the installed folders, so that pnpm and yarn
 *     projects have versions too.
 * R3. Every file that was read is named, so that the version cache can tell when an answer is stale.
 */
import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { sha256Hex } from "../base/hash.ts";
import { installedFolder, storedPath } from "./project.ts";

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** `name@version` of everything below it, sorted. */
  readonly below: readonly string[];
}

interface PackageFile {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface LockEntry extends PackageFile {
  readonly link?: boolean;
  readonly resolved?: string;
}

interface Lockfile {
  readonly folder: string;
  readonly packages: Readonly<Record<string, LockEntry>>;
}

/** What identifies a package in a closure: its own version, and a digest of the versions below. */
export function packageIdentity(installed: InstalledPackage): string {
  return `${installed.name}@${installed.version} ${sha256Hex(installed.below.join("\n"))}`;
}

export class PackageReader {
  /** Files read. */
  readonly inputs: Set<string> = new Set();
  /** Files looked for that do not exist. */
  readonly missing: Set<string> = new Set();
  readonly #packages: Map<string, InstalledPackage | undefined> = new Map();
  readonly #locks: Map<string, Lockfile | undefined> = new Map();
  readonly #files: Map<string, unknown> = new Map();

  /** The installed package that a resolved file belongs to. */
  packageOf(resolved: string): InstalledPackage | undefined {
    const folder = installedFolder(resolved);
    if (folder === undefined) return undefined;
    if (!this.#packages.has(folder)) this.#packages.set(folder, this.#read(folder));
    return this.#packages.get(folder);
  }

  #read(folder: string): InstalledPackage | undefined {
    const own = this.#json<PackageFile>(join(folder, "package.json"));
    if (!own) return undefined;
    const name = own.name ?? folder;
    const below = this.#belowByLock(folder) ?? this.#belowByFolders(folder);
    return { name, version: own.version ?? "0.0.0", below: [...below].sort() };
  }

  #belowByLock(folder: string): Set<string> | undefined {
    const lock = this.#lockFor(folder);
    const start = lock && storedPath(folder, lock.folder);
    if (!lock || start === undefined || !lock.packages[start]) return undefined;
    const below = new Set<string>();
    const seen = new Set<string>([start]);
    const open = [start];
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      for (const name of dependencyNames(lock.packages[key] ?? {})) {
        const found = lockKey({ name, from: key, packages: lock.packages });
        if (found === undefined || seen.has(found)) continue;
        seen.add(found);
        below.add(`${name}@${lock.packages[found]?.version ?? "0.0.0"}`);
        open.push(found);
      }
    }
    return below;
  }

  /** The lockfile of the folder whose `node_modules` holds the package, or of one above it. */
  #lockFor(folder: string): Lockfile | undefined {
    const owner = folder.slice(0, folder.indexOf("node_modules") - 1) || "/";
    for (let at = owner; ; at = dirname(at)) {
      const lock = this.#lockIn(at);
      if (lock || dirname(at) === at) return lock;
    }
  }

  #lockIn(folder: string): Lockfile | undefined {
    if (!this.#locks.has(folder)) {
      const file = this.#json<{ packages?: Readonly<Record<string, LockEntry>> }>(join(folder, "package-lock.json"));
      this.#locks.set(folder, file?.packages && { folder, packages: file.packages });
    }
    return this.#locks.get(folder);
  }

  #belowByFolders(folder: string): Set<string> {
    const below = new Set<string>();
    const seen = new Set<string>([folder]);
    const open = [folder];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const name of dependencyNames(this.#json<PackageFile>(join(at, "package.json")) ?? {})) {
        const found = this.#installedFrom(at, name);
        if (found === undefined || seen.has(found)) continue;
        seen.add(found);
        below.add(`${name}@${this.#json<PackageFile>(join(found, "package.json"))?.version ?? "0.0.0"}`);
        open.push(found);
      }
    }
    return below;
  }

  #installedFrom(folder: string, name: string): string | undefined {
    for (let at = realFolder(folder); ; at = dirname(at)) {
      const candidate = join(at, "node_modules", name);
      if (this.#json(join(candidate, "package.json")) !== undefined) return candidate;
      if (dirname(at) === at) return undefined;
    }
  }

  #json<T>(file: string): T | undefined {
    if (!this.#files.has(file)) this.#files.set(file, this.#parse(file));
    return this.#files.get(file) as T | undefined;
  }

  #parse(file: string): unknown {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch {
      this.missing.add(file);
      return undefined;
    }
    this.inputs.add(file);
    try {
      return JSON.parse(text);
    } catch {
      // Half-written by an installer that is running. The file is an input: once it is whole, the answer is taken anew.
      return undefined;
    }
  }
}

function dependencyNames(file: PackageFile): readonly string[] {
  return Object.keys({ ...file.dependencies, ...file.optionalDependencies, ...file.peerDependencies });
}

/** Where Node finds `name` from a package of the lockfile: its own `node_modules`, then each one above. */
function lockKey(from: {
  readonly name: string;
  readonly from: string;
  readonly packages: Readonly<Record<string, LockEntry>>;
}): string | undefined {
  for (let at = from.from; ;) {
    const key = at === "" ? `node_modules/${from.name}` : `${at}/node_modules/${from.name}`;
    const entry = from.packages[key];
    if (entry)
      return entry.link && entry.resolved !== undefined && from.packages[entry.resolved] ? entry.resolved : key;
    if (at === "") return undefined;
    const cut = at.lastIndexOf("/node_modules/");
    at = cut === -1 ? "" : at.slice(0, cut);
  }
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
