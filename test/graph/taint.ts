/**
 * Values that know where they came from, for the oracle: labels are carried along as a program moves them.
 *
 * R1. A label is put on every object of a result when it is delivered, and stays on that object: picking, slicing and nesting move
 *     the object, an equal object has none.
 * R2. "Modified" compares what an object is with what it was when it was delivered.
 */
import type { ExpectedCall, Cell, HandleValue } from "./expected.ts";

export type Tree = string | number | null | Branch;

export type Label =
  | { readonly kind: "item"; readonly call: ExpectedCall; readonly port: number; readonly cell: Cell }
  /** The whole list that awaiting a handle gave. */
  | { readonly kind: "list"; readonly handle: HandleValue };

export class Branch {
  readonly kind: "object" | "array";
  entries: [key: string, tree: Tree][];
  label: Label | undefined;
  pristine: string | undefined;

  constructor(kind: "object" | "array", entries: [string, Tree][]) {
    this.kind = kind;
    this.entries = entries;
  }

  get elements(): Tree[] {
    return this.entries.map(([, tree]) => tree);
  }

  field(key: string): Tree {
    return this.entries.find(([name]) => name === key)?.[1] ?? null;
  }
}

export const array = (elements: readonly Tree[]): Branch =>
  new Branch(
    "array",
    elements.map((tree, i) => [String(i), tree]),
  );

export const object = (fields: Readonly<Record<string, Tree>>): Branch => new Branch("object", Object.entries(fields));

/** R1. */
export function delivered(json: unknown, label: Label | undefined): Tree {
  if (typeof json !== "object" || json === null) return json as Tree;
  const entries = Object.entries(json).map(([key, inner]): [string, Tree] => [key, delivered(inner, label)]);
  const branch = new Branch(Array.isArray(json) ? "array" : "object", entries);
  branch.label = label;
  branch.pristine = JSON.stringify(json);
  return branch;
}

export function jsonOf(tree: Tree): unknown {
  if (!(tree instanceof Branch)) return tree;
  const entries = tree.entries.map(([key, inner]): [string, unknown] => [key, jsonOf(inner)]);
  return tree.kind === "array" ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

/** R2. */
export const isChanged = (branch: Branch): boolean => JSON.stringify(jsonOf(branch)) !== branch.pristine;

/** What one object in an argument proves. */
export interface Proof {
  readonly label: Label;
  readonly element: number | undefined;
  readonly modified: boolean;
  readonly at: Branch;
}

/** `mapped`: the argument is a list of items, each element for itself. */
export function proofsIn(tree: Tree, how: "plain" | "mapped"): readonly Proof[] {
  const proofs: Proof[] = [];
  const walk = (at: Tree, element: number | undefined): void => {
    if (!(at instanceof Branch)) return;
    if (at.label) proofs.push({ label: at.label, element, modified: isChanged(at), at });
    for (const [i, inner] of at.elements.entries()) walk(inner, at === tree && how === "mapped" ? i : element);
  };
  walk(tree, undefined);
  return proofs;
}
