/**
 * Spaces and how the arguments of a call align.
 *
 * A space is the chain of calls an item descends from; it is known when the call is made, before any value exists.
 * A subset says which of a space's paths a handle has: all of them, or those that a filter kept.
 *
 * Owns: the identity of spaces and subsets, and the alignment rule. Leaves to runtime/: which items a space has.
 *
 * R1. Equal spaces align by path, never by position.
 * R2. A space and one of its ancestors align: a parent's value goes to each of its own children.
 * R3. A filtered subset aligns with what contains it, on its own paths. Two subsets of which neither contains the other
 *     do not align. This holds in every space on the way to the root, whether a subset was passed itself or items that
 *     were made from it: a child beside two different filtered parts of its parents does not align either.
 * R4. Anything else is WG1001, thrown at the call, before anything runs.
 */
import type { CallNo } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

export class Space {
  /** Call (or, negative, recorded array) whose items this space adds; 0 for the root, which has exactly one path. A plain
   *  array gets its number when the first call that uses it is recorded. */
  source: number;
  readonly parent: Space | undefined;
  readonly depth: number;
  /** Name shown in messages: the node id, or the parameter a plain array was passed to. */
  readonly label: string;
  /** Subsets of the spaces above that its items were made from. */
  readonly over: readonly Subset[];

  constructor(source: number, label: string, above?: { readonly parent: Space; readonly over?: readonly Subset[] }) {
    this.source = source;
    this.label = label;
    this.over = above?.over ?? [];
    const parent = above?.parent;
    this.parent = parent;
    this.depth = parent ? parent.depth + 1 : 0;
  }

  /** The chain of sources from the outermost in, without the root. */
  chain(): number[] {
    const chain: number[] = [];
    for (let space: Space | undefined = this; space?.parent; space = space.parent) chain.unshift(space.source);
    return chain;
  }

  isWithin(ancestor: Space): boolean {
    let space: Space | undefined = this;
    while (space && space.depth > ancestor.depth) space = space.parent;
    return space === ancestor;
  }

  describe(): string {
    const labels: string[] = [];
    for (let space: Space | undefined = this; space?.parent; space = space.parent) labels.unshift(`"${space.label}"`);
    return labels.length ? `the items of ${labels.join(" / ")}` : "one value";
  }
}

/** A part of a space's paths. Subsets form a lattice: a filter makes a part, a merge joins parts. */
export class Subset {
  readonly call: CallNo;
  readonly space: Space;
  readonly parent: Subset | undefined;
  readonly members: readonly (Subset | undefined)[];

  constructor(call: CallNo, space: Space, parent: Subset | undefined, members: readonly (Subset | undefined)[] = []) {
    this.call = call;
    this.space = space;
    this.parent = parent;
    this.members = members;
  }

  /** Whether every path of this subset is provably in `other` (undefined: the whole space). */
  isWithin(other: Subset | undefined): boolean {
    if (other === undefined || other === this) return true;
    if (this.members.length > 0 && this.members.every((member) => member?.isWithin(other) ?? false)) return true;
    if (other.members.some((member) => this.isWithin(member))) return true;
    return this.parent !== undefined && this.parent.isWithin(other);
  }
}

/** The smallest subset that contains all the given ones; undefined: the whole space. */
function commonSubset(subsets: readonly (Subset | undefined)[]): Subset | undefined {
  let candidate = subsets[0];
  while (candidate && !subsets.every((subset) => subset !== undefined && subset.isWithin(candidate))) {
    candidate = candidate.parent;
  }
  return candidate;
}

/** A list as the rules see it. */
export interface Placed {
  readonly space: Space;
  /** At most one per space from its own to the root; a space that is not named has all its paths. */
  readonly subsets: readonly Subset[];
}

export interface MappedArgument extends Placed {
  readonly param: string;
}

/** The subset of `space` that a list at or below it has, or was made from. */
export function subsetOf(list: Placed, space: Space): Subset | undefined {
  let subset = list.subsets.find((candidate) => candidate.space === space);
  for (let at: Space | undefined = list.space; at && at !== space && !subset; at = at.parent) {
    subset = at.over.find((candidate) => candidate.space === space);
  }
  return subset;
}

/** Where the items that a filter keeps stand. */
export function filtered(call: CallNo, of: Placed): Placed {
  const subset = new Subset(call, of.space, subsetOf(of, of.space));
  return { space: of.space, subsets: [subset, ...of.subsets.filter((other) => other.space !== of.space)] };
}

/** Where lists of one space (at least one) stand when they are joined. */
export function joined(call: CallNo, lists: readonly Placed[]): Placed {
  const { space } = lists[0]!;
  const subsets: Subset[] = [];
  for (let at: Space | undefined = space; at; at = at.parent) {
    const members = lists.map((list) => subsetOf(list, at as Space));
    if (members.includes(undefined)) continue;
    const common = commonSubset(members);
    if (common && members.includes(common)) subsets.push(common);
    else subsets.push(new Subset(call, at, common, members));
  }
  return { space, subsets };
}

const ROOT_LABEL = "run";
export function rootSpace(): Space {
  return new Space(0, ROOT_LABEL);
}

function refuse(node: string, a: MappedArgument, b: MappedArgument, why: string): never {
  throw new WorkgraphError(
    "WG1001",
    `node "${node}" was given "${a.param}" from ${a.space.describe()} and "${b.param}" from ${b.space.describe()}: ${why}`,
    {
      hint: `pair them with zip(a, b) or zipBy(a, b, key), combine all with cross(a, b), or take the whole of one with gather: ["${b.param}"]`,
    },
  );
}

/** R1-R4. `root` is the answer when nothing is mapped. */
export function align(node: string, args: readonly MappedArgument[], root: Space): Placed {
  const first = args[0];
  if (!first) return { space: root, subsets: [] };
  let deepest = first;
  for (const argument of args) if (argument.space.depth > deepest.space.depth) deepest = argument;
  for (const argument of args) {
    if (deepest.space.isWithin(argument.space)) continue;
    refuse(node, argument, deepest, "these lists are not related, so no item of one belongs to an item of the other");
  }
  const subsets: Subset[] = [];
  for (let space: Space = deepest.space; space.parent; space = space.parent) {
    const subset = smallestOn(space, node, args);
    if (subset) subsets.push(subset);
  }
  return { space: deepest.space, subsets };
}

/** R3. */
function smallestOn(space: Space, node: string, args: readonly MappedArgument[]): Subset | undefined {
  let smallest: { readonly argument: MappedArgument; readonly subset: Subset } | undefined;
  for (const argument of args) {
    const subset = argument.space.isWithin(space) ? subsetOf(argument, space) : undefined;
    if (!subset) continue;
    if (!smallest || subset.isWithin(smallest.subset)) smallest = { argument, subset };
    else if (!smallest.subset.isWithin(subset)) {
      const what = `they are, or come from, two different filtered parts of ${space.describe()}`;
      refuse(node, smallest.argument, argument, what);
    }
  }
  return smallest?.subset;
}
