/**
 * Where a file belongs: its project folder and paths as they are shown and stored.
 */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { WorkgraphError } from "../model/workgraph-error.ts";

const MARKERS: readonly string[] = [
  "workgraph.config.ts",
  "workgraph.config.mts",
  "workgraph.config.js",
  "workgraph.config.mjs",
  "package.json",
];

/** Nearest folder upwards with a `workgraph.config.*` or `package.json`; the file's own folder where there is none. */
export function projectRoot(file: string): string {
  const start = dirname(file);
  for (let folder = start; ; folder = dirname(folder)) {
    if (MARKERS.some((marker) => existsSync(join(folder, marker)))) return folder;
    if (dirname(folder) === folder) return start;
  }
}

/** Path of a file as it is stored: relative, with `/` on every system. */
export function storedPath(file: string, from: string): string {
  return relative(from, file).split(sep).join("/");
}

/**
 * Files that say how others are read, from the folders of the given files up to `root`: `tsconfig.json`, `package.json`.
 * One that is absent matters as well: once it exists, it may change what an import means.
 */
export function settingsFiles(
  files: Iterable<string>,
  root: string,
): { readonly present: readonly string[]; readonly absent: readonly string[] } {
  const folders = new Set<string>([root]);
  for (const file of files) {
    for (let folder = dirname(file); folder.startsWith(root) && !folders.has(folder); folder = dirname(folder))
      folders.add(folder);
    // A workspace package beside the project has its own.
    if (!file.startsWith(root)) for (const folder of foldersToPackage(file)) folders.add(folder);
  }
  const all = [...folders].flatMap((folder) => [join(folder, "tsconfig.json"), join(folder, "package.json")]);
  const present = new Set(all.filter((file) => existsSync(file)));
  // A set grows while it is walked: an extended file may extend another.
  for (const file of present)
    if (!file.endsWith("package.json")) for (const base of extendedFiles(file)) present.add(base);
  return { present: [...present], absent: all.filter((file) => !present.has(file)) };
}

/** Files named by `extends` of a tsconfig. A mention inside a comment is one file too many, which costs nothing. */
function extendedFiles(tsconfig: string): readonly string[] {
  const [, value = ""] = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(readFileSync(tsconfig, "utf8")) ?? [];
  const names = [...value.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);
  return names.flatMap((name) => {
    if (name.startsWith(".") || isAbsolute(name)) {
      const path = resolve(dirname(tsconfig), name);
      return [path, `${path}.json`].filter((file) => existsSync(file) && statSync(file).isFile());
    }
    const fromHere = createRequire(tsconfig);
    for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`]) {
      try {
        return [fromHere.resolve(candidate)];
      } catch {
        // The next spelling; a base that is not found at all is the bundler's to complain about.
      }
    }
    return [];
  });
}

function foldersToPackage(file: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    folders.push(folder);
    if (existsSync(join(folder, "package.json")) || dirname(folder) === folder) return folders;
  }
}

/** The part of a path that belongs to an installed package, split from what is inside the package. */
export function installedFolder(file: string): string | undefined {
  const marker = `${sep}node_modules${sep}`;
  const at = file.lastIndexOf(marker);
  if (at === -1) return undefined;
  const parts = file.slice(at + marker.length).split(sep);
  const named = parts[0]?.startsWith("@") ? parts.slice(0, 2) : parts.slice(0, 1);
  return join(file.slice(0, at + marker.length), ...named);
}

/** Absolute path without links, as the bundler names files; the path itself where there is no such file. */
export function realFile(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return resolve(file);
  }
}

/** Text of a file the author named. WG4001 when it cannot be read. */
export function readSource(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === "ENOENT"
        ? "does not exist"
        : `cannot be read: ${(cause as Error).message}`;
    throw new WorkgraphError("WG4001", `file "${file}" ${reason}`, {
      hint: "Check the path and its permissions.",
      cause,
    });
  }
}
