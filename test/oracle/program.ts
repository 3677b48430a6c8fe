/**
 * A small model of workflow programs, and what their nodes compute.
 *
 * Own: the shapes of a program, and the behaviour of its nodes, filters and keys as pure functions of text. Left to
 * evaluate.ts: which items exist and what each of them gets. The same program can be built with the real authoring
 * surface; its node functions then call `behave`, `keeps` and `keyOf` from here.
 *
 * R1. Nothing in this folder imports from src/: an oracle that shares code shares mistakes.
 * R2. Every value tells how it was made ("v2(a0,v1#3)"), so a wrong alignment is visible in the value itself.
 * R3. Whether a node fails, how many children it has and what a filter keeps are functions of text alone: the order in
 *     which items finish cannot matter.
 */

export type OnFailed = "fail" | "drop" | "settled" | { readonly tolerate: number };

/** Which texts: 0-100 percent of all, by their hash, or exactly these. */
export type Chosen = number | readonly string[];

export interface Port {
  readonly name: string;
  readonly port: "item" | "gather";
}

export interface NodeSpec {
  readonly id: string;
  readonly out: "one" | "many";
  /** Children are keyed by `childKey` instead of their index; only with `out: "many"`. */
  readonly keyed: boolean;
  readonly ports: readonly Port[];
  readonly onFailed: OnFailed;
  /** The inputs (`inputText`) on which it throws. */
  readonly failsOn: Chosen;
  /** A `many` node returns this many strings at least and at most, by its input. */
  readonly minChildren: number;
  readonly maxChildren: number;
}

export type ConcatPart =
  { readonly kind: "handle"; readonly of: string } | { readonly kind: "text"; readonly text: string };

export type Argument =
  | { readonly kind: "scalar"; readonly text: string }
  | { readonly kind: "handle"; readonly of: string }
  /** The array object of an array statement: the same object wherever it is passed. */
  | { readonly kind: "array"; readonly of: string }
  /** A fresh array at this place: `[h1, "text", h2]`, with at least one handle. */
  | { readonly kind: "concat"; readonly parts: readonly ConcatPart[] };

export interface CallStatement {
  readonly kind: "call";
  readonly name: string;
  readonly node: string;
  /** One per port of the node, in the order of its ports. */
  readonly args: readonly Argument[];
}

export type Statement =
  /** `const NAME = ["p0", ...]`: a plain array, not a handle. */
  | { readonly kind: "array"; readonly name: string; readonly elements: readonly string[] }
  | CallStatement
  /** `const NAME = filter(OF, (value) => keeps(STATEMENT, value))`; two of one salt and opposite sense share no path. */
  | {
      readonly kind: "filter";
      readonly name: string;
      readonly of: string;
      readonly salt: string;
      readonly sense: "keep" | "leave out";
      readonly chosen: Chosen;
    }
  /** `const NAME = merge(...OF)` */
  | { readonly kind: "merge"; readonly name: string; readonly of: readonly string[] }
  /** `const [...NAMES] = zip(...OF)`, `zipBy(...OF, keyOf)`, `cross(...OF)` */
  | {
      readonly kind: "zip" | "zipBy" | "cross";
      readonly names: readonly [string, string];
      readonly of: readonly [string, string];
    }
  /** `await OF.settled()`: its failures are handled by reading them. */
  | { readonly kind: "settle"; readonly of: string };

export interface Program {
  readonly seed: number;
  readonly nodes: readonly NodeSpec[];
  readonly statements: readonly Statement[];
  /** The variable that the workflow function returns; undefined: it returns nothing. */
  readonly returns: string | undefined;
}

export type FilterStatement = Extract<Statement, { kind: "filter" }>;

/** What a gather parameter holds under "settled" in place of a value. */
export const FAILED_MEMBER = "!failed";
export const SKIPPED_MEMBER = "!skipped";

/** Per port, in order: a value, or for a gather port the values (or the two words above). */
export type NodeInput = readonly (string | readonly string[])[];

export type Outcome =
  | { readonly kind: "one"; readonly value: string }
  | { readonly kind: "many"; readonly values: readonly string[] }
  | { readonly kind: "throws"; readonly message: string };

export const inputText = (input: NodeInput): string =>
  input.map((value) => (typeof value === "string" ? value : `[${value.join(" ")}]`)).join(",");

/** What the node does with one input. `missing` is what `ctx.missing` reads. */
export const behave = (node: NodeSpec, input: NodeInput, missing: number): Outcome => {
  const text = inputText(input);
  const value = shorten(`${node.id}(${text})${missing > 0 ? `~${missing}` : ""}`);
  if (isChosen(node.failsOn, `${node.id}|fails|`, text)) {
    return { kind: "throws", message: `${node.id} does not like ${text}` };
  }
  if (node.out === "one") return { kind: "one", value };
  const spread = node.maxChildren - node.minChildren + 1;
  const count = node.minChildren + (hash(`${node.id}|children|${text}`) % spread);
  return { kind: "many", values: Array.from({ length: count }, (_, j) => `${value}#${j}`) };
};

export const keeps = (filter: FilterStatement, value: string): boolean =>
  isChosen(filter.chosen, `${filter.salt}|keeps|`, value) === (filter.sense === "keep");

const isChosen = (chosen: Chosen, salt: string, text: string): boolean =>
  typeof chosen === "number" ? hash(salt + text) % 100 < chosen : chosen.includes(text);

/** The last number in a value: what `zipBy` pairs by, and what names a keyed child. */
export const keyOf = (value: string): string => /(\d+)\D*$/.exec(value)?.[1] ?? value;

export const childKey = (value: string): string => `k${keyOf(value)}`;

const LONGEST = 160;

/** Long values keep their ends and a hash of the whole: still different for different origins. */
const shorten = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, 80)}~${hash(text).toString(16)}~${text.slice(-30)}`;

/** FNV-1a, with a final mix so that the low bits depend on every character. */
export const hash = (text: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
};
