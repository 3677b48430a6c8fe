/**
 * Which items a call has: design rule "align by lineage", read literally.
 *
 * R1. The deepest mapped list gives the space; every other mapped list has to be in that space or in an ancestor of it.
 * R2. Per space, the parts of the arguments have to be nested; two filters of which neither contains the other are
 *     refused, wherever in the chain they stand.
 * R3. An item exists at a path of the deepest space where every argument has a cell, at that path or its ancestor's.
 * R4. What the rules leave open is "open", and no program is made of it: a filtered ancestor beside items that descend
 *     from another filter of it, and aligning further what such a filtered ancestor has thinned out.
 */
import { areNested, isPartOf, isWithin, pathId, ROOT } from "./list.ts";
import type { Cell, List, Part, Path, Space } from "./list.ts";

export type Alignment =
  | {
      readonly kind: "aligned";
      readonly space: Space;
      readonly part: Part;
      readonly thinned: boolean;
      readonly paths: readonly Path[];
    }
  | { readonly kind: "refused"; readonly code: "WG1001" }
  | { readonly kind: "open" };

const REFUSED: Alignment = { kind: "refused", code: "WG1001" };
const OPEN: Alignment = { kind: "open" };

export const align = (lists: readonly List[]): Alignment => {
  const space = lists.reduce<Space>((deepest, list) => (list.space.depth > deepest.depth ? list.space : deepest), ROOT);
  if (space === ROOT) return { kind: "aligned", space, part: undefined, thinned: false, paths: [[]] };
  if (!lists.every((list) => isWithin(space, list.space))) return REFUSED;
  for (const a of lists) {
    for (const b of lists) if (a.space === b.space && !areNested(a.part, b.part)) return REFUSED; // R2
  }

  const deepest = lists.filter((list) => list.space === space);
  const ancestors = lists.filter((list) => list.space !== space && list.part !== undefined);
  const thinned = deepest.some((list) => list.thinned);
  if (lists.some((list) => list.thinned) && lists.filter((list) => list.space !== ROOT).length > 1) return OPEN; // R4
  let thins = false;
  for (const ancestor of ancestors) {
    const over = partOn(space, ancestor.space);
    if (!areNested(over, ancestor.part)) return OPEN; // R4
    if (!isPartOf(over, ancestor.part)) thins = true;
  }

  const smallest = deepest.reduce((a, b) => (isPartOf(b.part, a.part) ? b : a));
  const cells = lists.map((list) => ({ depth: list.space.depth, ids: idsOf(list) }));
  const paths = smallest.entries
    .map((entry) => entry.path)
    .filter((path) => cells.every(({ depth, ids }) => ids.has(pathId(path.slice(0, depth)))));
  return { kind: "aligned", space, part: smallest.part, thinned: thinned || thins, paths };
};

const idsOf = (list: List): ReadonlySet<string> => new Set(list.entries.map((entry) => pathId(entry.path)));

/** The part of `ancestor` that `space` grew from. */
const partOn = (space: Space, ancestor: Space): Part => {
  let at = space;
  while (at.parent !== undefined && at.parent !== ancestor) at = at.parent;
  return at.over;
};

/** The cell of `list` that belongs to `path` of a space at or below it. */
export const cellAt = (list: List, path: Path): Cell => {
  const id = pathId(path.slice(0, list.space.depth));
  const entry = list.entries.find((candidate) => pathId(candidate.path) === id);
  if (entry === undefined) throw new Error(`the oracle looked for a path that is not there: ${id}`);
  return entry.cell;
};
