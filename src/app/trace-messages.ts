/**
 * What a process is asked that calls a workflow function without running its nodes, and what it answers. Plain JSON.
 *
 * Owns: the shapes. Leaves to traced-process.ts: asking; to cli/trace-process.ts: answering.
 */
import type { RunId } from "../model/ids.ts";
import type { ReplayedAwaits, TracedWorkflow } from "../model/trace-report.ts";
import type { StaticClosure } from "../version/static-closure.ts";
import type { Failure } from "./failure.ts";

interface Place {
  /** Ms after which the process has to be gone, whoever asked. */
  readonly limitMs: number;
  /** Folder of the project, and its data folder. */
  readonly root: string;
  readonly data: string;
}

/** `file.ts`, `file.ts#export` or a registered name, and the folder that a path is relative to. */
export interface WorkflowTarget {
  readonly target: string;
  readonly from: string;
}

export interface TraceAsked extends Place {
  readonly kind: "trace";
  readonly target: WorkflowTarget;
  readonly input?: unknown;
  readonly args?: Readonly<Record<string, string>>;
  readonly from?: RunId;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** A run, or the newest run of the code as it is now. */
export interface AwaitsAsked extends Place {
  readonly kind: "awaits";
  readonly of: { readonly run: RunId } | WorkflowTarget;
}

export type TraceQuestion = TraceAsked | AwaitsAsked;

export interface TraceAnswer {
  readonly kind: "trace";
  readonly traced: TracedWorkflow;
  readonly source: StaticClosure;
}

export interface AwaitsAnswer {
  readonly kind: "awaits";
  readonly workflow: string;
  readonly version: string;
  readonly path: string;
  readonly source: StaticClosure;
  /** Absent when no run of this version is recorded. */
  readonly run?: RunId;
  readonly replayed?: ReplayedAwaits;
}

export type TraceReply = TraceAnswer | AwaitsAnswer | { readonly kind: "refused"; readonly failure: Failure };
