/**
 * What differs between two stored versions: lines of files, node closures, packages.
 *
 * Owns: comparing versions as a whole, and line hunks of files. Leaves to closure-diff.ts: pieces of code as the hash sees them.
 *
 * R1. Hunks are of the files as they were stored: comments and layout are among them. `nodes` and `function` are as the hash sees
 *     the code: a hunk that none of them counts changed nothing that executes.
 */
import { diff } from "node:util";
import { nodeHash } from "./bundle.ts";
import { closureDiff, functionDiff, type ClosureDiff, type PackageChange } from "./closure-diff.ts";
import type { StoredVersion } from "./stored-version.ts";

export interface LineHunk {
  /** First line of the old text that the hunk shows, from 1; where nothing of it is shown, the line before. */
  readonly beforeLine: number;
  readonly beforeCount: number;
  readonly nowLine: number;
  readonly nowCount: number;
  /** As in a unified diff: each begins with " ", "-" or "+". */
  readonly lines: readonly string[];
}

export interface FileChange {
  /** Stored path. */
  readonly file: string;
  readonly change: "changed" | "added" | "removed";
  readonly hunks: readonly LineHunk[];
}

export interface NodeChange {
  readonly node: string;
  readonly change: "changed" | "added" | "removed";
}

export interface VersionDiff {
  readonly isOther: boolean;
  readonly files: readonly FileChange[];
  readonly nodes: readonly NodeChange[];
  /** Of the workflow function and what it reaches without its nodes. */
  readonly function: ClosureDiff;
  readonly packages: readonly PackageChange[];
  readonly isHashedAnew: boolean;
  /** Of Node, where they differ. */
  readonly runtimes?: { readonly before: string; readonly now: string };
}

const CONTEXT = 2;
/** Lines of the differing middle of a file that are compared one by one; the time grows with their square. */
const MAX_COMPARED = 2_000;

export async function versionDiff(before: StoredVersion, now: StoredVersion): Promise<VersionDiff> {
  const own = await functionDiff(before, now);
  const { nodeVersion } = before;
  return {
    isOther: before.closureHash !== now.closureHash,
    files: fileChanges(before, now),
    nodes: nodeChanges(before, now),
    function: own,
    packages: own.packages,
    isHashedAnew: own.isHashedAnew,
    ...(nodeVersion === now.nodeVersion ? {} : { runtimes: { before: nodeVersion, now: now.nodeVersion } }),
  };
}

/** Of one node; without one, of the function itself. */
export function codeHunks(before: StoredVersion, now: StoredVersion, node: string | undefined): Promise<ClosureDiff> {
  return node === undefined ? functionDiff(before, now) : closureDiff(before, now, node);
}

export function isNodeOther(before: StoredVersion, now: StoredVersion, node: string): boolean {
  return nodeHash(before, node).hash !== nodeHash(now, node).hash;
}

function nodeChanges(before: StoredVersion, now: StoredVersion): readonly NodeChange[] {
  const [old, ids] = [before, now].map((version) => new Set(version.nodes.map(({ id }) => id)));
  const changes: NodeChange[] = [];
  for (const node of ids!) {
    if (!old!.has(node)) changes.push({ node, change: "added" });
    else if (isNodeOther(before, now, node)) changes.push({ node, change: "changed" });
  }
  for (const node of old!) if (!ids!.has(node)) changes.push({ node, change: "removed" });
  return changes;
}

function fileChanges(before: StoredVersion, now: StoredVersion): readonly FileChange[] {
  const old = new Map(before.sources.map(({ path, text }) => [path, text]));
  const texts = new Map(now.sources.map(({ path, text }) => [path, text]));
  const changes: FileChange[] = [];
  for (const file of [...new Set([...old.keys(), ...texts.keys()])].sort()) {
    const [was, is] = [old.get(file), texts.get(file)];
    if (was === is) continue;
    const change = was === undefined ? "added" : is === undefined ? "removed" : "changed";
    changes.push({ file, change, hunks: lineHunks(was ?? "", is ?? "") });
  }
  return changes;
}

type Mark = readonly [" " | "-" | "+", string];

/** Unified hunks with CONTEXT lines around each change. */
export function lineHunks(before: string, now: string): readonly LineHunk[] {
  const marks = lineMarks(linesOf(before), linesOf(now));
  const changed = marks.flatMap(([mark], at) => (mark === " " ? [] : [at]));
  const hunks: LineHunk[] = [];
  for (let i = 0; i < changed.length;) {
    let last = i;
    while (last + 1 < changed.length && changed[last + 1]! - changed[last]! <= 2 * CONTEXT + 1) last++;
    hunks.push(hunkOf(marks, Math.max(0, changed[i]! - CONTEXT), Math.min(marks.length, changed[last]! + CONTEXT + 1)));
    i = last + 1;
  }
  return hunks;
}

function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function hunkOf(marks: readonly Mark[], from: number, to: number): LineHunk {
  const count = (part: readonly Mark[], other: "-" | "+"): number => part.filter(([mark]) => mark !== other).length;
  const [above, shown] = [marks.slice(0, from), marks.slice(from, to)];
  const [beforeCount, nowCount] = [count(shown, "+"), count(shown, "-")];
  return {
    beforeLine: count(above, "+") + Math.min(1, beforeCount),
    beforeCount,
    nowLine: count(above, "-") + Math.min(1, nowCount),
    nowCount,
    lines: shown.map(([mark, line]) => `${mark}${line}`),
  };
}

function lineMarks(before: readonly string[], now: readonly string[]): readonly Mark[] {
  const shorter = Math.min(before.length, now.length);
  let first = 0;
  while (first < shorter && before[first] === now[first]) first++;
  let last = 0;
  while (last < shorter - first && before.at(-1 - last) === now.at(-1 - last)) last++;
  const [old, anew] = [before.slice(first, before.length - last), now.slice(first, now.length - last)];
  const same = (line: string): Mark => [" ", line];
  return [...before.slice(0, first).map(same), ...middle(old, anew), ...before.slice(before.length - last).map(same)];
}

function middle(old: readonly string[], anew: readonly string[]): readonly Mark[] {
  if (old.length === 0 || anew.length === 0 || old.length + anew.length > MAX_COMPARED)
    return [...old.map((line): Mark => ["-", line]), ...anew.map((line): Mark => ["+", line])];
  // Node says 1 for what only the first list has.
  return diff(old, anew).map(([operation, line]): Mark => [operation === 0 ? " " : operation === 1 ? "-" : "+", line]);
}
