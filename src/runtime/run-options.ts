/** What a run is made of, and how it ends. */
import type { Clock } from "../base/clock.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { DivergenceReport, ReplayFinding } from "../model/divergence-report.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { WorkgraphError } from "../model/workgraph-error.ts";
import type { RunStatus } from "../model/status.ts";
import type { EventStore } from "../store/store.ts";
import type { ChildRuns, RunAbove } from "./children.ts";
import type { Engine } from "./engine.ts";
import type { Pools } from "./pools.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { Recorded } from "./recorded.ts";
import type { ReplayCheck } from "./replay-check.ts";
import type { Reuse } from "./reuse.ts";

/** Why a run rests; "room": it rests no more, since its store has room again. */
export type PauseNews =
  | { readonly runId: string; readonly reason: "sleep"; readonly until: number }
  | { readonly runId: string; readonly reason: "store-full"; readonly error: WorkgraphError }
  | { readonly runId: string; readonly reason: "room" };

export interface Pausing {
  /** When all that is left is a long sleep: "wait" for its end in this process, or "leave" the run to whoever wakes it. Child runs
   *  are waited for in either case: their parent runs. */
  readonly sleeps: "wait" | "leave";
  readonly told?: (news: PauseNews) => void;
}

export interface RunOptions {
  readonly runId: string;
  readonly definition: WorkflowDefinition;
  /** Encoded input. */
  readonly input: string;
  readonly store: EventStore;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly limiter: RateLimiter;
  readonly pools?: Pools;
  readonly children?: ChildRuns;
  /** Runs above this one, topmost first. */
  readonly above: readonly RunAbove[];
  readonly epoch: number;
  readonly seq: number;
  /** What the log says, when the run goes on. */
  readonly recorded: Recorded | undefined;
  /** Closure hash of its code, or "unversioned". */
  readonly version: string;
  readonly seed: string;
  readonly startedAt: number;
  readonly reuse?: Reuse;
  readonly pausing: Pausing;
  readonly graceMs: number;
  readonly maxCalls: number;
  readonly maxAwaitBytes: number;
  readonly replayEach: "graph break" | "never";
  readonly replayCheck?: ReplayCheck;
  readonly describeError: (error: unknown, at: { readonly node?: string }) => ErrorRecord;
}

export interface RunEnd {
  readonly status: RunStatus;
  readonly output?: string;
  readonly error?: ErrorRecord;
  /** What the replay check found. */
  readonly replay?: readonly ReplayFinding[];
  /** Of a run that diverged. */
  readonly diverged?: DivergenceReport;
}
