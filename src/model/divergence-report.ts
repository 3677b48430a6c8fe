/**
 * What is said when a workflow function asks for something else than its log has.
 *
 * Owns: the shape, for a run that diverged (`run.diverged`) and for what a replay check found (`replay` of an ended run).
 * Leaves to runtime/: finding it; to cli/ and whoever shows it: the words around it.
 *
 * R1. Plain JSON. Commands are the words after the program's name: who reads them may have started theirs another way.
 */
import type { CallKind } from "./events.ts";
import type { CallNo } from "./ids.ts";
import type { SourceSite } from "./workgraph-error.ts";

/** What the function did at one point: now, or when it was recorded. */
export type Asked =
  | {
      readonly what: "call";
      readonly node: string;
      readonly kind: CallKind;
      /** Of a recorded call. */
      readonly call?: CallNo;
      readonly site?: SourceSite;
      /** Plain arguments by name as JSON, cut to 300 characters; absent when there are none. */
      readonly args?: string;
    }
  /** It returned, or it threw. `text`: what, as JSON or as the error's name and message, cut to 300 characters. */
  | { readonly what: "returned" | "threw"; readonly text?: string }
  /** It made no further call before the next result was due, or waits for something else. */
  | { readonly what: "nothing" };

export const CAUSE_KINDS = [
  "clock",
  "chance",
  "environment",
  "files",
  "module-state",
  "iteration-order",
  "untracked-await",
  "changed-package",
  "edited-code",
  "unknown",
] as const;

export type CauseKind = (typeof CAUSE_KINDS)[number];

/** Something that may differ between two executions of the same code. */
export interface LikelyCause {
  readonly kind: CauseKind;
  /** One sentence, e.g. `it reads process.env.MODE`. */
  readonly text: string;
  /** The line that does it, where it was seen. */
  readonly site?: SourceSite;
}

export interface WayOn {
  /** What to type after `workgraph`, e.g. `resume 01JD7`. */
  readonly words: string;
  readonly effect: string;
}

export interface DivergenceReport {
  readonly workflow: string;
  /** Number of the segment in which it was noticed, from 0. */
  readonly segment: number;
  readonly recorded: Asked;
  readonly now: Asked;
  /** The last call that was asked for as recorded. */
  readonly lastMatching?: Extract<Asked, { readonly what: "call" }>;
  /** Where to look first. */
  readonly site?: SourceSite;
  /** Most likely first; at least one. */
  readonly causes: readonly LikelyCause[];
  /** Exactly three. */
  readonly waysOn: readonly WayOn[];
  readonly foundBy: "resume" | "always-replay" | "replay-check";
}

/** What a replay of an ended run over its own log found; no failure of the run. */
export interface ReplayFinding {
  readonly cause: LikelyCause;
  /** What came out differently, when something did. */
  readonly recorded?: Asked;
  readonly now?: Asked;
}
