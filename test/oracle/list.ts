/**
 * Lists as the oracle sees them: a space, a part of it, and cells at paths.
 *
 * R1. A space is a chain of sources; two lists are related only through the very same sources.
 * R2. A part ("subset") is known by how it was made, never by what it happens to hold: alignment is decided before any
 *     value exists.
 */

export interface Space {
  readonly parent: Space | undefined;
  /** Node id; "*" where the name is nobody's promise (plain arrays, combinators). */
  readonly label: string;
  readonly depth: number;
  /** The part of the parent space that the call ran on. */
  readonly over: Part;
}

/** A union of filters; undefined: the whole space. A filter remembers what it filtered. */
export type Part = readonly Filtered[] | undefined;
export interface Filtered {
  readonly name: string;
  readonly of: Part;
}

export const ROOT: Space = { parent: undefined, label: "", depth: 0, over: undefined };

export const below = (parent: Space, label: string, over: Part): Space => ({
  parent,
  label,
  depth: parent.depth + 1,
  over,
});

export const isWithin = (space: Space, ancestor: Space): boolean =>
  space === ancestor || (space.parent !== undefined && isWithin(space.parent, ancestor));

/** Whether every path of `part` is surely one of `whole`. */
export const isPartOf = (part: Part, whole: Part): boolean => {
  if (whole === undefined) return true;
  if (part === undefined) return false;
  return part.every((filtered) => whole.includes(filtered) || isPartOf(filtered.of, whole));
};

export const areNested = (a: Part, b: Part): boolean => isPartOf(a, b) || isPartOf(b, a);

/** One part of a path. A tombstone of a `many` item that never had children comes after what it might have had. */
export interface PathPart {
  readonly index: number;
  readonly key: string;
}
export type Path = readonly PathPart[];
export const TOMBSTONE: PathPart = { index: Infinity, key: "" };

export const pathId = (path: Path): string => path.map((part) => `${part.index}:${part.key}`).join("/");

export const comparePaths = (a: Path, b: Path): number => {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const left = (a[i] as PathPart).index;
    const right = (b[i] as PathPart).index;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
};

/** `fetch_urls[3]/split[1]`; "." for the root; a tombstone stands at its parent's path. */
export const pathText = (space: Space, path: Path): string => {
  const labels: string[] = [];
  for (let at: Space | undefined = space; at?.parent; at = at.parent) labels.unshift(at.label);
  const parts = path.flatMap((part, i) => (part === TOMBSTONE ? [] : [`${labels[i] as string}[${part.key}]`]));
  return parts.length === 0 ? "." : parts.join("/");
};

export type Cell =
  | { readonly status: "ok"; readonly value: string }
  /** `causes`: the failed items behind it, itself included. */
  | { readonly status: "failed" | "skipped"; readonly causes: ReadonlySet<string> };

export interface Entry {
  readonly path: Path;
  readonly cell: Cell;
}

export interface List {
  readonly space: Space;
  readonly part: Part;
  /** In path order. */
  readonly entries: readonly Entry[];
  /** Lacks paths for a reason that `part` does not tell (an ancestor was filtered): see align.ts. */
  readonly thinned: boolean;
}
