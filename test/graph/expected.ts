/** What the oracle says of a program, and what an observed run is made into to be compared with it. */
import { Branch, type Tree } from "./taint.ts";
import type { Value } from "./program.ts";

/** One place of a list. */
export interface Cell {
  /** Tells places of one space apart. */
  readonly path: string;
  /** Number of the place in the output that it is in. */
  readonly place: number;
  readonly value: Value | undefined;
  /** Names of results, `tag=n`, that it is or came out of. */
  readonly sources: readonly string[];
}

export interface HandleValue {
  readonly call: ExpectedCall;
  readonly port: number;
  /** Lists of one space have places of the same paths. */
  readonly space: object;
  readonly many: boolean;
  readonly cells: readonly Cell[];
}

export interface ExpectedEdge {
  readonly from: string;
  readonly param: string;
  readonly port: number;
  readonly modified: boolean;
  /** Undefined: all of it. */
  readonly items: readonly number[] | undefined;
  readonly elements: readonly number[] | undefined;
}

export interface ExpectedItem {
  readonly input: string;
  readonly sources: ReadonlySet<string>;
}

export interface ExpectedCall {
  readonly name: string;
  readonly node: string;
  readonly edges: readonly ExpectedEdge[];
  readonly dashed: ReadonlySet<string>;
  readonly items: ExpectedItem[];
  /** A race may have been won before it began. */
  mayNotRun?: true;
}

export const ROOT: object = { space: "root" };

export type Bound = HandleValue | Tree;
export const isHandle = (bound: Bound | undefined): bound is HandleValue =>
  typeof bound === "object" && bound !== null && !(bound instanceof Branch);

export const wholeEdge = (from: string, param: string, port: number): ExpectedEdge => ({
  from,
  param,
  port,
  modified: false,
  items: undefined,
  elements: undefined,
});

export const renumbered = (cells: readonly Cell[]): readonly Cell[] =>
  cells.map((cell, place) => ({ ...cell, place, path: String(place) }));
