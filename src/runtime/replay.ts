/**
 * A workflow function run over a log, executing no node and writing nothing.
 *
 * Owns: giving the function the recorded results once more, and comparing what it asks for. Leaves to replay-check.ts and run.ts:
 * when that is done, and what a mismatch means.
 *
 * R1. What calls decide here goes nowhere: nothing is emitted, nothing becomes visible, nothing starts.
 * R2. The log has all that the function did up to the point that is looked at: exactly these calls, in this order, and this end.
 * R3. What the function prints is printed by its run; here it is swallowed.
 * R4. A function that waits for something the log does not have (a raw timer, a fetch) cannot be followed past it: the outcome
 *     is "lost", which is no mismatch.
 */
import { Deferred } from "../base/deferred.ts";
import { promiseRace } from "../base/primordials.ts";
import { systemClock, type Clock, type TimerHandle } from "../base/clock.ts";
import { decode } from "../model/codec.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { Asked } from "../model/divergence-report.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { EventStore } from "../store/store.ts";
import { withFrame } from "../trace/current.ts";
import { handleTarget } from "../trace/handle.ts";
import type { CallState } from "./call.ts";
import type { RunAbove } from "./children.ts";
import type { Mismatch } from "./divergence.ts";
import { divergedError } from "./divergence-report.ts";
import type { Engine } from "./engine.ts";
import { installGlobals, uninstallGlobals } from "./globals.ts";
import { quietFrame } from "./quiet-frames.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { Recorded } from "./recorded.ts";
import type { RunCore } from "./run-core.ts";
import { RunOutput } from "./run-output.ts";
import { errorRecord } from "./thrown.ts";
import type { Values } from "./values.ts";
import { WorkflowSide } from "./workflow-side.ts";

/** How a function ended: the encoded output, or what it threw. */
export type FunctionEnd = { readonly text: string } | { readonly thrown: unknown };

export interface ReplayOptions {
  readonly runId: string;
  readonly definition: WorkflowDefinition;
  /** Encoded. */
  readonly input: string;
  readonly store: EventStore;
  /** What the replayed run has at hand. */
  readonly values: Values;
  readonly engine: Engine;
  readonly limiter: RateLimiter;
  /** Folded for this replay alone: calls take it over. */
  readonly recorded: Recorded;
  readonly seed: string;
  readonly startedAt: number;
  readonly above: readonly RunAbove[];
  readonly maxCalls: number;
  readonly maxAwaitBytes: number;
  /** Results delivered before the point that is looked at, or how the function ended. */
  readonly until: { readonly deliveries: number } | { readonly end: FunctionEnd };
}

export type ReplayOutcome =
  { readonly kind: "same" | "lost" } | { readonly kind: "differs"; readonly mismatch: Mismatch };

/** Ms without a delivery after which the function is taken to wait for something untracked. */
const LOST_MS = 50;
const SHOWN_END = 300;

const inert: TimerHandle = { unref: () => undefined };
const stillClock: Clock = { ...systemClock, setTimer: () => inert, clearTimer: () => undefined };

export class Replay extends WorkflowSide implements RunCore {
  readonly #options: ReplayOptions;
  readonly #over = new Deferred<ReplayOutcome>();
  #isOver = false;
  readonly clock: Clock = stillClock;
  readonly onFailure = "finish" as const;
  readonly isResumed = true;
  readonly isBehind = true;
  readonly halted = true;
  readonly cancelling = false;
  readonly graceMs = 0;
  readonly epoch = 0;
  readonly reuse: undefined = undefined;
  readonly children: undefined = undefined;

  constructor(options: ReplayOptions) {
    super({ ...options, workflow: options.definition.name, against: "whole" });
    this.#options = options;
  }

  get runId(): string {
    return this.#options.runId;
  }
  get workflow(): string {
    return this.#options.definition.name;
  }
  get engine(): Engine {
    return this.#options.engine;
  }
  get store(): EventStore {
    return this.#options.store;
  }
  sleepBegan(): void {}
  stored<T>(write: () => Promise<T>): Promise<T> {
    return write();
  }
  get limiter(): RateLimiter {
    return this.#options.limiter;
  }
  get maxAwaitBytes(): number {
    return this.#options.maxAwaitBytes;
  }
  protected core(): this {
    return this;
  }

  // ---- R1

  emit(): number {
    return Number.MAX_SAFE_INTEGER;
  }
  emitList(): void {}
  offer(): void {}
  log(): void {}
  afterCommit(): void {}
  async committed(): Promise<void> {}
  firstStart(): undefined {}
  batch(): void {}
  takeStart(): boolean {
    return false;
  }
  itemFailed(): void {}
  attemptStarted(): void {}
  attemptEnded(): void {}
  attemptsOf(): readonly [] {
    return [];
  }
  jitter(): number {
    return 0;
  }
  protected caughtUp(): void {}

  /** Calls that are open in the log still look at which of their items were left out. */
  wake(call: CallState): void {
    queueMicrotask(() => {
      if (!this.#isOver && call.pump()) this.wake(call);
    });
  }

  callClosed(call: CallState): void {
    this.openCalls.delete(call);
  }

  engineError(error: unknown, at: { readonly node?: string }): ErrorRecord {
    return errorRecord(error, at);
  }

  storeFailed(error: unknown): void {
    this.#isOver = true;
    this.#over.reject(error);
  }

  protected mismatched(mismatch: Mismatch): Error {
    this.#end({ kind: "differs", mismatch });
    return divergedError(this.workflow, mismatch);
  }

  // ---- following

  /** Rejects when the store cannot be read. */
  async follow(): Promise<ReplayOutcome> {
    const { until, definition, input } = this.#options;
    const deliveries = "deliveries" in until ? until.deliveries : Infinity;
    this.delivery.beforeDelivery = () => {
      if (this.#isOver || this.delivery.segment.index >= deliveries) return false;
      return this.divergence.segmentEnds();
    };
    installGlobals();
    const unquiet = quietFrame(this.frame);
    try {
      const { fn } = definition;
      void this.#function(() => withFrame(this.frame, fn, decode(input) as never));
      setImmediate(() => this.delivery.firstSegmentEnded());
      void this.#watch(deliveries);
      return await this.#over.promise;
    } finally {
      this.delivery.stop();
      unquiet();
      uninstallGlobals();
    }
  }

  async #function(call: () => unknown): Promise<void> {
    let outcome: { readonly value: unknown } | { readonly thrown: unknown };
    try {
      const returned = call();
      outcome = { value: handleTarget(returned) ? returned : undefined };
      // A handle that is returned is not awaited.
      if (!handleTarget(returned)) outcome = { value: await promiseRace([returned, this.#over.promise]) };
    } catch (thrown) {
      outcome = { thrown };
    }
    if (this.#isOver) return;
    const { until } = this.#options;
    if ("end" in until) await this.#compareEnd(outcome, until.end);
    // Its end is looked at when the run ends; up to here it may have nothing more to ask for.
    else if (this.divergence.functionEnds(this.#shown(outcome))) this.#end({ kind: "same" });
  }

  async #compareEnd(
    outcome: { readonly value: unknown } | { readonly thrown: unknown },
    recorded: FunctionEnd,
  ): Promise<void> {
    if (!this.divergence.functionEnds(this.#shown(outcome))) return;
    await this.rereads.underWay;
    const output = new RunOutput(this, this.awaiter, this.maker);
    const now = "thrown" in outcome ? outcome : await output.resolve(outcome.value);
    const [then, here] = [shownEnd(recorded), shownEnd(now)];
    const isSame =
      "text" in recorded && "text" in now
        ? recorded.text === now.text
        : then.what === here.what && then.text === here.text;
    if (isSame) this.#end({ kind: "same" });
    else this.divergence.endsOtherwise(then, here);
  }

  #shown(outcome: { readonly value: unknown } | { readonly thrown: unknown }): EndShown {
    return "thrown" in outcome ? shownEnd(outcome) : { what: "returned" };
  }

  #end(outcome: ReplayOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.divergence.stop();
    this.#over.resolve(outcome);
  }

  /** Sees that the last segment is through, and R4. */
  async #watch(deliveries: number): Promise<void> {
    let idleSince = systemClock.perf();
    let index = 0;
    while (!this.#isOver) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const { segment, inSegment, isIdle } = this.delivery;
      if (segment.index !== index || inSegment || !(isIdle || segment.index >= deliveries)) {
        index = segment.index;
        idleSince = systemClock.perf();
      } else if (segment.index >= deliveries) {
        if (this.divergence.segmentEnds()) this.#end({ kind: "same" });
      } else if (systemClock.perf() - idleSince > LOST_MS) this.#end({ kind: "lost" });
    }
  }
}

type EndShown = Extract<Asked, { readonly what: "returned" | "threw" }>;

function shownEnd(end: FunctionEnd): EndShown {
  if ("text" in end) return { what: "returned", text: cut(end.text) };
  const { name, message } = errorRecord(end.thrown);
  return { what: "threw", text: cut(`${name}: ${message}`) };
}

function cut(text: string): string {
  return text.length <= SHOWN_END ? text : `${text.slice(0, SHOWN_END)}...`;
}
