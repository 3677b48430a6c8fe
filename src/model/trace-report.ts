/**
 * What a trace without running found: the JSON that the traced process gives back, and what is made of it for people.
 *
 * R1. Everything in here is *possible* or *expected*. What a run did is in its graph, and never in the same field.
 * R2. A union of several traces says in how many of them each call and edge was.
 */
import type { CallKind, EdgeRecord } from "./events.ts";
import type { SourceSite } from "./workgraph-error.ts";

/** A call that the workflow function made in a trace. Sites are relative to the folder of the sources. */
export interface TracedCall {
  readonly call: number;
  readonly kind: CallKind;
  readonly node: string;
  readonly title?: string;
  readonly site?: SourceSite;
  readonly via?: readonly SourceSite[];
  readonly many: boolean;
  readonly edges: readonly EdgeRecord[];
}

/** An await that the function did not get past. */
export interface TraceStop {
  /** Where it waits; absent where no frame of the author's was on the stack. */
  readonly site?: SourceSite;
  /** What is awaited. */
  readonly node: string;
  readonly kind: CallKind;
  readonly by: "then" | "settled" | "for await";
  /** Why no value could be given. */
  readonly why: string;
}

/** A result that was chosen because nothing says what it is. */
export interface TraceDecision {
  readonly node: string;
  readonly site?: SourceSite;
  readonly value: unknown;
  /** Fields of the value that are examples: only the others were chosen from all there are. */
  readonly examples: readonly string[];
}

export interface TraceSample {
  readonly decisions: readonly TraceDecision[];
  /** "returned": the function came to its end; "stopped": it waits (`stops`); "threw": it failed (`error`); "untracked": it waits for
   *  something that is no handle. */
  readonly end: "returned" | "stopped" | "threw" | "untracked";
  /** Nodes whose results it returned as handles, alone or as the values of one object; absent where there are none. */
  readonly returns?: readonly string[];
  readonly stops: readonly TraceStop[];
  readonly error?: { readonly code: string; readonly message: string; readonly site?: SourceSite };
  readonly calls: readonly TracedCall[];
}

/** How the input of a trace came about. */
export type TraceInput = "given" | "run" | "example" | "none";

export interface TracedWorkflow {
  readonly workflow: string;
  /** Closure hash. */
  readonly version: string;
  /** Relative to the folder of the sources. */
  readonly path: string;
  readonly input: { readonly from: TraceInput; readonly value: unknown };
  readonly samples: readonly TraceSample[];
  /** Choices that were not followed, when there were more than a trace takes. */
  readonly notFollowed: number;
  /** Results were taken from this run: "exact" when it ran this very version, else as far as its calls are the same. */
  readonly from?: { readonly run: string; readonly match: "exact" | "by call"; readonly unmatched: number };
}

/** An await that a recorded run came past, found by replaying its function. */
export interface PassedAwait {
  readonly site?: SourceSite;
  /** Which of the places that may wait, in the order of the source; absent where the source shows none. */
  readonly place?: number;
  readonly by: "then" | "settled" | "for await";
  readonly call: number;
  readonly node: string;
  readonly kind: CallKind;
  /** Number of the segment in which it was asked. */
  readonly asked: number;
  /** Numbers of the segments that its deliveries opened: one, but for a `for await`. */
  readonly segments: readonly number[];
}

export interface ReplayedAwaits {
  readonly workflow: string;
  readonly version: string;
  readonly path: string;
  readonly awaits: readonly PassedAwait[];
  /** The function asked for something else than is recorded; awaits after it are missing. */
  readonly diverged?: string;
}
