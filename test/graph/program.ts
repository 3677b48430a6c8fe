/**
 * Workflow programs as data, and what their nodes compute.
 *
 * R1. Nothing of `src/` is imported here, in generate.ts, render.ts and oracle.ts: what is right is said a second time.
 * R2. Every object of a program has a number `n`, by which it is told apart; a result's number follows from all it was given.
 * R3. Each call of a node is given a tag of its own, in loops and helpers too, so that a recorded call can be found again.
 */

/** What an argument is written as. `var` names a handle, an object or a list. */
export type Argument =
  | { readonly as: "var"; readonly name: string }
  /** Nested in plain structures: `{ deep: [name], other: 1 }`. */
  | { readonly as: "nested"; readonly name: string }
  /** Two of them: `{ a: name, b: { c: other } }`. */
  | { readonly as: "both"; readonly names: readonly [string, string] }
  /** `name.name`, a string. */
  | { readonly as: "text"; readonly name: string }
  /** `[name, other]`, handles. */
  | { readonly as: "array"; readonly names: readonly string[] }
  /** A constant. */
  | { readonly as: "constant"; readonly value: number };

export type NodeName = "one" | "flaky" | "bad" | "list" | "sum";

export type Derivation = "filter" | "slice" | "reverse" | "spread" | "map";

export type Statement =
  | {
      readonly do: "call";
      readonly to: string;
      readonly node: NodeName;
      readonly args: readonly Argument[];
      readonly tag: string;
    }
  | { readonly do: "await"; readonly to: string; readonly of: string }
  /** The values of those that did not fail. */
  | { readonly do: "settled"; readonly to: string; readonly of: string }
  /** `Promise.all` (or allSettled) of handles; the values are not used. */
  | { readonly do: "together"; readonly how: "all" | "allSettled" | "race"; readonly of: readonly string[] }
  | { readonly do: "pick"; readonly to: string; readonly of: string; readonly index: number }
  | { readonly do: "links"; readonly to: string; readonly of: string }
  | { readonly do: "derive"; readonly to: string; readonly of: string; readonly how: Derivation }
  | { readonly do: "change"; readonly of: string; readonly how: "field" | "pop" | "push" }
  | { readonly do: "filter"; readonly to: string; readonly of: string; readonly parity: 0 | 1 }
  | {
      readonly do: "zip" | "cross" | "zipBy";
      readonly to: readonly [string, string];
      readonly of: readonly [string, string];
    }
  | { readonly do: "merge"; readonly to: string; readonly of: readonly [string, string] }
  | { readonly do: "race"; readonly to: string; readonly of: readonly [string, string] }
  | {
      readonly do: "if";
      readonly on: string;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly do: "repeat"; readonly to: string; readonly times: number; readonly body: readonly Statement[] }
  | { readonly do: "each" | "for await"; readonly to: string; readonly of: string; readonly body: readonly Statement[] }
  /** `sync` returns a handle; `twice` and `recur` are asynchronous. */
  | {
      readonly do: "helper";
      readonly to: string;
      readonly fn: "sync" | "twice" | "recur";
      readonly arg: string;
      readonly tag: string;
    }
  /** `Promise.all(list.map((x, i) => twice(x, tag + i)))` */
  | { readonly do: "map helper"; readonly to: string; readonly of: string; readonly tag: string }
  /** Awaits what may fail; what is in `body` runs when it did. */
  | { readonly do: "try"; readonly of: string; readonly tag: string };

export interface Program {
  readonly seed: number;
  readonly statements: readonly Statement[];
}

/** How deep `recur` goes below its first call. */
export const RECURSION = 3;

export interface Value {
  readonly n: number;
  readonly name: string;
  readonly links: readonly { readonly n: number }[];
}

export function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return (state ^ (state >>> 15)) >>> 0;
}

export function valueOf(n: number): Value {
  return { n, name: `v${n}`, links: [{ n: n + 0.25 }, { n: n + 0.5 }] };
}

/** What a node is given, as text: by this an item is known again. */
export function inputText(input: { readonly x?: unknown; readonly y?: unknown; readonly xs?: unknown }): string {
  return JSON.stringify([input.x ?? null, input.y ?? null, input.xs ?? null]);
}

/** What a node computes; undefined: it fails. */
export function behave(node: NodeName, tag: string, input: string): Value | readonly Value[] | undefined {
  const n = hash(`${node} ${tag} ${input}`);
  if (node === "bad" || (node === "flaky" && n % 3 === 0)) return undefined;
  if (node !== "list") return valueOf(n);
  return Array.from({ length: 2 + (n % 3) }, (_, i) => valueOf(hash(`${n} ${i}`)));
}

/** Numbers in [0, below), by a seed. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
