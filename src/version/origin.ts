/**
 * From a place in running code to the place the author wrote.
 *
 * Owns: the loaded versions by URL, and lazy use of their source maps.
 * Leaves to `loader.ts`: loading; to trace/: when a call site is taken.
 *
 * R1. A map is parsed when the first position is asked for, once: a run that never fails pays nothing. Source maps are not
 *     switched on for the process (every `new Error` would cost four times as much).
 * R2. A position is answered from the version that runs, never from the file as it is on disk now.
 */
import { SourceMap } from "node:module";
import { resolve } from "node:path";
import type { SourceSite } from "../model/workgraph-error.ts";
import type { SourceFile } from "./bundle.ts";
import { LineIndex } from "./line-index.ts";

export interface LoadedCode {
  /** `workgraph:<hash>/<name>.mjs` */
  readonly url: string;
  readonly code: string;
  readonly map: string;
  /** Absolute path of the workflow file: what imports are resolved from. */
  readonly originFile: string;
  /** Absolute folder that paths of the map are relative to. */
  readonly root: string;
  readonly sources: readonly SourceFile[];
}

/** Line and column count from 1, the column in UTF-16 units. */
export interface OriginalPosition {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const loaded = new Map<string, LoadedCode>();
const maps = new WeakMap<LoadedCode, SourceMap>();
const lineIndexes = new WeakMap<SourceFile, LineIndex>();
/** The text last loaded for an absolute path. */
const texts = new Map<string, SourceFile>();

export function registerCode(code: LoadedCode): void {
  loaded.set(code.url, code);
  for (const source of code.sources) texts.set(resolve(code.root, source.path), source);
}

export function loadedCode(url: string): LoadedCode | undefined {
  return loaded.get(url);
}

/** Where the author wrote what stands at a position of a loaded version; undefined for any other URL and for our own glue. */
export function originalPosition(url: string, line: number, column: number): OriginalPosition | undefined {
  const code = loaded.get(url);
  if (!code) return undefined;
  let map = maps.get(code);
  if (!map) maps.set(code, (map = new SourceMap(JSON.parse(code.map))));
  // Node's entries count from 0.
  const entry = map.findEntry(line - 1, column - 1);
  if (!("originalSource" in entry) || typeof entry.originalSource !== "string") return undefined;
  return {
    file: resolve(code.root, entry.originalSource),
    line: entry.originalLine + 1,
    column: entry.originalColumn + 1,
  };
}

/** Text of a line of an author's file, as in the version that was loaded last; undefined for a file of no loaded version. */
export function sourceLine(file: string, line: number): string | undefined {
  const source = texts.get(file);
  if (!source) return undefined;
  let index = lineIndexes.get(source);
  if (!index) lineIndexes.set(source, (index = new LineIndex(source.text)));
  return index.lineText(line);
}

/** The same of a call site, for trace/site.ts. */
export function originalLoadedSite(site: SourceSite): SourceSite | undefined {
  const at = originalPosition(site.file, site.line, site.column);
  return at && { ...site, ...at };
}

const FRAME = /(workgraph:[^\s()/]+\/[^\s():]+\.mjs):(\d+):(\d+)/g;

/** A stack, or one frame of it, with the author's files, lines and columns in place of the bundle's. */
export function mapStack(stack: string): string {
  return stack.replace(FRAME, (text, url: string, line: string, column: string) => {
    const at = originalPosition(url, Number(line), Number(column));
    return at ? `${at.file}:${at.line}:${at.column}` : text;
  });
}

/** The first place in an author's file that a stack names. */
export function firstPosition(stack: string): OriginalPosition | undefined {
  for (const [, url, line, column] of stack.matchAll(FRAME)) {
    const at = originalPosition(url ?? "", Number(line), Number(column));
    if (at) return at;
  }
  // A module that does not link (`does not provide an export named`) is named by line alone.
  const bare = /^(workgraph:\S+\.mjs):(\d+)$/m.exec(stack);
  const code = bare?.[1] === undefined ? undefined : loaded.get(bare[1]);
  return code && { file: code.originFile, line: 1, column: 1 };
}
