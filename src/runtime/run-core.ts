/**
 * What calls need of their run. `run.ts` implements it; calls, combinators and attempts use nothing else of it.
 *
 * Owns: the shape. R1. Everything that changes the run goes through `emit`; its effects on others wait for `afterCommit`.
 */
import type { Clock } from "../base/clock.ts";
import type { RunEvent } from "../model/events.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { EventStore, ListChunk, LogLine, Memo } from "../store/store.ts";
import type { NodeDefinition } from "../model/definition.ts";
import type { CallState } from "./call.ts";
import type { ChildRuns } from "./children.ts";
import type { Engine } from "./engine.ts";
import type { Failures } from "./failure.ts";
import type { Pools } from "./pools.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { Rereads } from "./rereads.ts";
import type { ReuseDesk } from "./reuse-desk.ts";
import type { Values } from "./values.ts";

export interface RunCore {
  readonly runId: string;
  readonly epoch: number;
  readonly workflow: string;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly store: EventStore;
  readonly values: Values;
  readonly rereads: Rereads;
  readonly failures: Failures;
  readonly limiter: RateLimiter;
  /** Undefined: pools limit nothing here. */
  readonly pools?: Pools | undefined;
  /** Results that need not be made again. */
  readonly reuse: ReuseDesk | undefined;
  /** Undefined: this run makes no child runs. */
  readonly children: ChildRuns | undefined;
  /** The model that `ctx.llm` asks where nothing else is said, as the workflow has it. */
  readonly defaultModel?: string | undefined;
  readonly onFailure: "finish" | "abort";
  /** It goes on with what a log says. */
  readonly isResumed: boolean;
  /** No attempt starts any more: the run is being cancelled or interrupted. */
  readonly halted: boolean;
  /** The function has not yet asked for all that its log has: nothing starts, whatever is ready. */
  readonly isBehind: boolean;
  /** Halted by a cancel (or onFailure "abort"), which is recorded; an interrupt is not. */
  readonly cancelling: boolean;
  /** Ms an aborted attempt has to end before it is abandoned. */
  readonly graceMs: number;
  /** Bytes of encoded values that one await may hold. */
  readonly maxAwaitBytes: number;

  /** Adds an event to the turn's batch; gives its seq. */
  emit(event: RunEvent, value?: string): number;
  /** List elements that become durable together with this turn's events. */
  emitList(chunk: ListChunk): void;
  /** Offers a result of this turn to other runs. */
  offer(memo: Memo): void;
  log(line: LogLine): void;
  /** Runs when everything emitted so far is durable, in order. */
  afterCommit(then: () => void): void;
  /** Resolves when everything emitted so far is durable. */
  committed(): Promise<void>;
  /** What the first attempts wait for: turn.ts R4. */
  firstStart(): Promise<void> | undefined;
  /** This call may have something to start. */
  wake(call: CallState): void;
  /** This call has batched decisions to write before the turn ends. */
  batch(call: CallState): void;
  /** Takes one start of the turn's budget; false when it is spent. */
  takeStart(): boolean;
  /** One of its calls sleeps (sleep-pause.ts). */
  sleepBegan(): void;
  callClosed(call: CallState): void;
  /** An item failed for good (not cancelled). */
  itemFailed(call: CallState, item: number, error: ErrorRecord): void;
  /** The record of something thrown by the author's code or by us. */
  engineError(error: unknown, at: { readonly node?: string }): ErrorRecord;
  /** A write beside the log; it waits while the store is full. */
  stored<T>(write: () => Promise<T>): Promise<T>;
  /** The store refused: the run stops here. */
  storeFailed(error: unknown): void;
  /** Random numbers of the machine (jitter), not of the run. */
  jitter(): number;
  /** Runs a synchronous function of the author under the workflow function's rules. */
  inWorkflow<T>(fn: () => T, call: number, item: number): T;
  attemptStarted(attempt: RunningAttempt): void;
  attemptEnded(attempt: RunningAttempt): void;
  /** Those of a call that run now. */
  attemptsOf(call: CallState): readonly RunningAttempt[];
  readonly definitions: Map<string, NodeDefinition>;
}

export interface RunningAttempt {
  readonly call: number;
  readonly address: string;
  /** Kept by the list it stands in. */
  place: number;
  abort(reason: Error): void;
}
