/** What a program should come to, and what a real run of it came to: the two shapes that `compare` takes. */

export type RunStatus = "completed" | "completed_partial" | "failed";

export type SettledCell =
  | { readonly path: string; readonly status: "ok"; readonly value: string }
  | { readonly path: string; readonly status: "failed" | "skipped" };

export type Variable =
  /** A handle; `one`: an `Item`, otherwise `Items`. Cells as `settled()` gives them, in order. */
  | { readonly kind: "list"; readonly one: boolean; readonly cells: readonly SettledCell[] }
  /** The call itself threw. */
  | { readonly kind: "refused"; readonly code: string }
  /** The call was fine, its data turned out not to be: the handle gives this error. */
  | { readonly kind: "broken"; readonly code: string };

/** A node function was entered, whatever came of it. */
export interface Executed {
  readonly node: string;
  /** Where it stood; undefined where the observer cannot tell. */
  readonly path?: string;
  /** `inputText` of what it got. */
  readonly input: string;
}

export interface Expected {
  /** By variable name, in the order of the statements; plain arrays have none. Labels in paths: "*" fits any. */
  readonly variables: Readonly<Record<string, Variable>>;
  readonly executed: readonly Executed[];
  /** When the function does what the program says and nothing more. */
  readonly status: RunStatus;
  /** When, besides, the observer calls `settled()` on every list; undefined where a broken variable leaves that open. */
  readonly statusIfAllSettled: RunStatus | undefined;
}

export interface Actual {
  readonly variables: Readonly<Record<string, Variable>>;
  readonly executed: readonly Executed[];
  readonly status: string;
}
