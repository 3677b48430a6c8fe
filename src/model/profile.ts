/**
 * Where the time of a run went, as it is told to whoever shows it.
 *
 * Owns: the shapes. Leaves to analysis/: what the sums are of; profile.ts there says what each time means.
 *
 * R1. Times are ms after the first event of the topmost run, durations ms.
 */
import type { FlameFrame } from "./flame.ts";
import type { CallNo, ItemNo, RunId } from "./ids.ts";
import type { RunStatus } from "./status.ts";

export interface ItemProfile {
  readonly runId: RunId;
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly node: string;
  readonly attempts: number;
  readonly readyMs: number;
  readonly endMs: number;
  readonly blockedMs: number;
  readonly queueMs: number;
  readonly runMs: number;
  readonly retryMs: number;
}

export interface NodeProfile {
  readonly workflow: string;
  readonly node: string;
  readonly items: number;
  readonly attempts: number;
  /** Attempts that gave no result. */
  readonly failed: number;
  readonly totalMs: number;
  readonly selfMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** 0 to 1. */
  readonly share: number;
  readonly blockedMs: number;
  readonly queueMs: number;
  readonly retryMs: number;
  /** Most attempts in flight at once. */
  readonly peak: number;
}

export interface Concurrency {
  /** Width of a bucket. */
  readonly ms: number;
  /** Attempts in flight per bucket, on average; those that child runs stand for are not counted twice. */
  readonly active: readonly number[];
}

/**
 * "run": an attempt. "queue": ready, and not started. "retry": the wait before another attempt. "sleep": sleep(). "function": the
 * workflow function between a delivery and a call. "runtime": recording, delivering, starting a child run. "down": nobody ran the run.
 */
export type PathKind = "run" | "queue" | "retry" | "sleep" | "function" | "runtime" | "down";

export const PATH_KINDS: readonly PathKind[] = ["run", "queue", "retry", "sleep", "function", "runtime", "down"];

/** A stretch of the critical path. */
export interface PathPart {
  readonly kind: PathKind;
  readonly fromMs: number;
  readonly toMs: number;
  readonly runId: RunId;
  readonly node?: string;
  readonly call?: CallNo;
  readonly item?: ItemNo;
  readonly attempt?: number;
}

export type LimitSource = "asked" | "seen" | "default";

/** What the run would have taken otherwise, by simulation. */
export interface Prediction {
  readonly measuredMs: number;
  /** The run as it was, by the same simulation. */
  readonly modelMs: number;
  readonly predictedMs: number;
  /** Limits that were simulated with. */
  readonly limits: readonly { readonly node: string; readonly limit: number; readonly from: LimitSource }[];
  readonly assumptions: readonly string[];
  /** Calls that closed in the run and not in the simulation: the log does not tell all they waited for. */
  readonly unfinished: readonly CallNo[];
}

export interface ProfiledItem extends Omit<ItemProfile, "runId" | "call" | "item"> {
  readonly address: string;
}

export interface PathEntry extends Omit<PathPart, "call" | "item"> {
  /** Of the item, or of the call. */
  readonly address?: string;
}

export interface Profile {
  readonly runId: RunId;
  readonly workflow: string;
  readonly status: RunStatus;
  /** Of the topmost log, as far as it was read. */
  readonly seq: number;
  /** Epoch ms of the first event. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Runs that were read: this one and those below it. */
  readonly runs: number;
  /** Runs below it that were not. */
  readonly runsLeftOut: number;
  readonly nodes: readonly NodeProfile[];
  readonly criticalPath: {
    readonly byKind: Readonly<Record<PathKind, number>>;
    readonly byNode: readonly { readonly node: string; readonly ms: number }[];
    /** In order of time; where there are too many, the longest of them. */
    readonly parts: readonly PathEntry[];
    readonly truncated: boolean;
  };
  readonly concurrency: Concurrency;
  /** Work by the tree of calls. */
  readonly flame: FlameFrame;
  readonly items: readonly ProfiledItem[];
  readonly itemsTotal: number;
  readonly whatIf?: Prediction;
}
