/**
 * Where a place in the code of a run is to be found on disk, and whether the file is still what ran.
 *
 * R1. What ran is told from the store; the file on disk is only compared with it.
 * R2. Where the file has changed, the line is looked for again by its text; found twice or not at all, it is not told.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { RunRow } from "../store/store.ts";
import type { StoredVersion } from "../version/stored-version.ts";
import type { Workspace } from "./workspace.ts";

export type FileNow = "same" | "changed" | "missing";

/** A line of the code as it ran, and where to edit it. */
export interface SourcePlace {
  /** Stored path. */
  readonly file: string;
  /** In the code as it ran, from 1. */
  readonly line: number;
  /** The line, without the space around it. */
  readonly text: string;
  /** Absolute path of the file in the project. */
  readonly onDisk: string;
  /** The file on disk, compared with what ran. */
  readonly now: FileNow;
  /** The line in the file as it is now, where that has changed and still has it. */
  readonly lineNow?: number;
}

const MAX_TEXT = 300;

export class SourceStanding {
  readonly #root: string;
  readonly #version: StoredVersion | undefined;
  readonly #known: Map<string, { readonly onDisk: string; readonly now: FileNow; readonly text: string }> = new Map();

  constructor(root: string, version: StoredVersion | undefined) {
    this.#root = root;
    this.#version = version;
  }

  /** Of code that was in no file nothing is told. */
  static async of({ store, project }: Pick<Workspace, "store" | "project">, run: RunRow): Promise<SourceStanding> {
    const root = resolve(project.root, run.code?.root ?? "");
    if (run.manifest === undefined) return new SourceStanding(root, undefined);
    const { loadVersion } = await import("../version/stored-version.ts");
    return new SourceStanding(root, await loadVersion(store, run.manifest));
  }

  /** Undefined when the version has no such file: a package, or code made at run time. */
  place(site: { readonly file: string; readonly line: number } | undefined): SourcePlace | undefined {
    const stored = site && this.#stored(site.file);
    if (!site || !stored) return undefined;
    const { onDisk, now, text } = this.file(stored.path, stored.text);
    const line = stored.text.split("\n")[site.line - 1] ?? "";
    const lineNow = now === "changed" ? onlyLine(text, line) : undefined;
    return {
      file: stored.path,
      line: site.line,
      text: line.trim().slice(0, MAX_TEXT),
      onDisk,
      now,
      ...(lineNow === undefined ? {} : { lineNow }),
    };
  }

  file(path: string, stored: string): { readonly onDisk: string; readonly now: FileNow; readonly text: string } {
    const known = this.#known.get(path);
    if (known) return known;
    const onDisk = resolve(this.#root, path);
    const text = existsSync(onDisk) ? readText(onDisk) : undefined;
    const now: FileNow = text === undefined ? "missing" : text === stored ? "same" : "changed";
    const standing = { onDisk, now, text: text ?? "" };
    this.#known.set(path, standing);
    return standing;
  }

  #stored(file: string): { readonly path: string; readonly text: string } | undefined {
    const sources = this.#version?.sources ?? [];
    return sources.find(({ path }) => path === file) ?? sources.find(({ path }) => resolve(this.#root, path) === file);
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** R2. */
function onlyLine(text: string, line: string): number | undefined {
  if (line.trim() === "") return undefined;
  const lines = text.split("\n");
  const at = lines.indexOf(line);
  return at === -1 || lines.indexOf(line, at + 1) !== -1 ? undefined : at + 1;
}
