/**
 * What changed in the code of one node between two stored versions: which lines of which files.
 *
 * Owns: comparing two closures piece by piece. Leaves to closure.ts: what belongs to a closure; to app/: what it means for an item.
 *
 * R1. Pieces are compared as the hash sees them: comments, layout and types are no change, and what is not reached is none.
 * R2. Positions are those of the author's files as they were stored, never of the files as they are now.
 */
import { SourceMap } from "node:module";
import type { Binding } from "./scope.ts";
import { closureOf } from "./closure.ts";
import { LineIndex } from "./line-index.ts";
import { scopesOf } from "./scope.ts";
import type { StoredVersion } from "./stored-version.ts";
import { parseSource } from "./syntax.ts";
import { unitsOf, type BundleUnits, type Unit } from "./units.ts";

/** A piece of code that is another; absent lines: the piece is new, or gone. */
export interface CodeHunk {
  /** Stored path. */
  readonly file: string;
  /** First line that differs, in the newer version where it has the piece, from 1. */
  readonly line: number;
  /** What is declared there. */
  readonly name: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface PackageChange {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface ClosureDiff {
  readonly hunks: readonly CodeHunk[];
  readonly packages: readonly PackageChange[];
  /** The versions were hashed by other rules: hashes differ though code may not. */
  readonly isHashedAnew: boolean;
}

/** @param nodeId the workflow itself when the node has no piece of its own */
export async function closureDiff(before: StoredVersion, after: StoredVersion, nodeId: string): Promise<ClosureDiff> {
  return piecesDiff(before, after, nodeId);
}

/** Of the workflow function and what it reaches without its nodes. */
export async function functionDiff(before: StoredVersion, after: StoredVersion): Promise<ClosureDiff> {
  return piecesDiff(before, after, undefined);
}

async function piecesDiff(
  before: StoredVersion,
  after: StoredVersion,
  nodeId: string | undefined,
): Promise<ClosureDiff> {
  const [old, now] = await Promise.all([piecesOf(before, nodeId), piecesOf(after, nodeId)]);
  const hunks: CodeHunk[] = [];
  for (const [key, piece] of now) {
    const was = old.get(key);
    if (was?.text !== piece.text) hunks.push(hunkOf(was, piece));
  }
  for (const [key, piece] of old) if (!now.has(key)) hunks.push(hunkOf(piece, undefined));
  return {
    hunks: hunks.filter(({ before: b, after: a }) => b.length + a.length > 0),
    packages: packageChanges(before, after),
    isHashedAnew: before.hasher !== after.hasher,
  };
}

export interface Piece {
  /** As the hash sees it, with names in place of numbers. */
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly lines: readonly string[];
}

/** Pieces of the closure of a node; without one, of the workflow function without its nodes. */
export async function piecesOf(
  version: StoredVersion,
  nodeId: string | undefined,
): Promise<ReadonlyMap<string, Piece>> {
  const program = await parseSource(version.code, "bundle.mjs");
  const scopes = scopesOf(program);
  const bundle = unitsOf(program, scopes);
  const exported = bundle.exports.get(version.exportName);
  const workflow = exported && bundle.unitOf.get(exported);
  const own = nodeId === undefined ? undefined : bundle.units.find((unit) => unit.nodeId === nodeId);
  const root = own ?? workflow;
  const pieces = new Map<string, Piece>();
  if (!root) return pieces;
  const map = new SourceMap(JSON.parse(version.map) as ConstructorParameters<typeof SourceMap>[0]);
  const index = new LineIndex(version.code);
  const texts = new Map(version.sources.map(({ path, text }) => [path, text.split(/\r?\n/)]));
  const units =
    nodeId === undefined
      ? functionUnits(root, bundle)
      : closureOf(root, { bundle, scopes, identity: () => undefined }).units;
  for (const unit of units) {
    const from = original(map, index, unit.syntax.start);
    const to = original(map, index, lastPlace(unit));
    if (!from) continue;
    const last = to?.file === from.file ? Math.max(to.line, from.line) : from.line;
    const name = unit.declares.map((binding) => binding.name).join(", ");
    const nth = [...pieces.keys()].filter((key) => key.startsWith(`${from.file} ${name} `)).length;
    pieces.set(`${from.file} ${name} ${nth}`, {
      text: unit.parts.map(partText).join(""),
      file: from.file,
      line: from.line,
      name,
      lines: (texts.get(from.file) ?? []).slice(from.line - 1, last),
    });
  }
  return pieces;
}

function functionUnits(root: Unit, bundle: BundleUnits): readonly Unit[] {
  const reached = new Set([root]);
  for (const unit of reached) {
    for (const part of unit.parts) {
      const target = typeof part === "string" ? undefined : bundle.unitOf.get(part);
      if (target && target.nodeId === undefined) reached.add(target);
    }
  }
  return bundle.units.filter((unit) => reached.has(unit));
}

/** The end of a piece is mapped by what stands last in it. */
function lastPlace({ syntax }: Unit): number {
  return Math.max(syntax.start, syntax.end - 1);
}

function partText(part: string | Binding): string {
  return typeof part === "string" ? part : ` ${part.name} `;
}

function original(
  map: SourceMap,
  index: LineIndex,
  offset: number,
): { readonly file: string; readonly line: number } | undefined {
  const { line, column } = index.position(offset);
  const entry = map.findEntry(line - 1, column - 1);
  if (!("originalSource" in entry) || typeof entry.originalSource !== "string") return undefined;
  return { file: entry.originalSource, line: entry.originalLine + 1 };
}

/** The lines that differ, without what both begin and end with. */
function hunkOf(before: Piece | undefined, after: Piece | undefined): CodeHunk {
  const old = before?.lines ?? [];
  const now = after?.lines ?? [];
  let first = 0;
  while (first < Math.min(old.length, now.length) && old[first] === now[first]) first++;
  let last = 0;
  while (last < Math.min(old.length, now.length) - first && old.at(-1 - last) === now.at(-1 - last)) last++;
  const piece = (after ?? before)!;
  return {
    file: piece.file,
    line: piece.line + first,
    name: piece.name,
    before: old.slice(first, old.length - last),
    after: now.slice(first, now.length - last),
  };
}

function packageChanges(before: StoredVersion, after: StoredVersion): readonly PackageChange[] {
  const old = new Map(before.externals.flatMap((one) => (one.package ? [[one.package, identity(one)] as const] : [])));
  const now = new Map(after.externals.flatMap((one) => (one.package ? [[one.package, identity(one)] as const] : [])));
  const changed: PackageChange[] = [];
  for (const name of new Set([...old.keys(), ...now.keys()]))
    if (old.get(name)?.all !== now.get(name)?.all)
      changed.push({ name, before: old.get(name)?.version, after: now.get(name)?.version });
  return changed;
}

function identity({ version, below }: StoredVersion["externals"][number]): {
  readonly version: string | undefined;
  readonly all: string;
} {
  return { version, all: `${version ?? ""} ${below.join(" ")}` };
}
