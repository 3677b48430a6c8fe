/** One shape of a recorded error for agents, `ctx.errors()`, the command line and the UI. */
import type { SourceSite } from "./workgraph-error.ts";

export type ErrorKind = "validation" | "thrown" | "timeout" | "model" | "cancelled" | "owner-lost";

/** A problem that a schema found; `path` names the field, e.g. `["pages", 3, "title"]`. */
export interface ValidationIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface ErrorRecord {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly name: string;
  /** At most 16 KB; a longer message ends with how much was cut. */
  readonly message: string;
  /** What to do now, where the error is one of the product's. */
  readonly hint?: string;
  /** Frames mapped to the stored source, newest first. */
  readonly stack?: string;
  /** The author's line that threw; where there is none, the definition of the node or workflow, or the call that was awaited. */
  readonly site?: SourceSite;
  /** `code` of the thrown error where it had one (e.g. "ENOENT"). */
  readonly errorCode?: string | number;
  /** The chain of causes, nearest first; a cycle ends it. */
  readonly causes?: readonly { readonly name: string; readonly message: string }[];
  /** `RUN.CALL.ITEM`, where an item failed. */
  readonly address?: string;
  /** The child run that failed, where the item stands for one. */
  readonly child?: string;
  readonly node?: string;
  readonly path?: string;
  readonly attempt?: number;
  readonly issues?: readonly ValidationIssue[];
  /** ISO 8601 time at which it was recorded. */
  readonly at?: string;
}
