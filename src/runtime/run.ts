/**
 * One run, while this process owns it.
 *
 * Owns: the life of the run from start to its last event. Leaves to turn.ts: commits; to call-maker.ts: calls; to
 * delivery.ts: the order in which results reach the function.
 *
 * R1. The run ends only when nothing of it runs (or was abandoned after its grace).
 * R2. When the store refuses, nothing more starts and nothing is announced: the run reads as interrupted.
 * R3. While the function has not asked for all that its log has, nothing starts: a divergence is noticed before anything is
 *     executed. Where something untracked is waited for meanwhile (a raw timer, a fetch), that cannot be told from a divergence:
 *     when nothing moved for a while, what was asked for as recorded goes on.
 */
import { Deferred } from "../base/deferred.ts";
import { promiseRace } from "../base/primordials.ts";
import { systemClock, type Clock } from "../base/clock.ts";
import { seededRandom } from "../base/random.ts";
import type { Asked, DivergenceReport } from "../model/divergence-report.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { RunEvent } from "../model/events.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { EventStore, ListChunk, LogLine, Memo } from "../store/store.ts";
import { originalSite } from "../trace/site.ts";
import { withFrame } from "../trace/current.ts";
import { handleTarget } from "../trace/handle.ts";
import type { CallState } from "./call.ts";
import { causeKey, type Cause } from "./cell.ts";
import type { ChildRuns } from "./children.ts";
import type { Mismatch } from "./divergence.ts";
import { divergedError, divergenceReport } from "./divergence-report.ts";
import type { Engine } from "./engine.ts";
import { causesIn, nobodyHandled } from "./failure.ts";
import { ReuseDesk } from "./reuse-desk.ts";
import type { RunEnd, RunOptions } from "./run-options.ts";
import { RunOutput } from "./run-output.ts";
import { Pauses } from "./pauses.ts";
import { Quiet } from "./quiet.ts";
import type { Pools } from "./pools.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { RunCore, RunningAttempt } from "./run-core.ts";
import { OwnReplays, type Replayed } from "./own-replays.ts";
import { errorRecord } from "./thrown.ts";
import { Turn } from "./turn.ts";
import { Running } from "./running.ts";
import { WorkflowSide } from "./workflow-side.ts";

/** Ms without a delivery after which what a resumed function waits for is taken to be untracked. */
const STALL_MS = 1000;

type Ending = "none" | "cancelled" | "interrupted" | "paused" | "aborted" | "store" | "diverged";

export class Run extends WorkflowSide implements RunCore {
  readonly #options: RunOptions;
  readonly #jitter: () => number;
  readonly #turn: Turn;
  readonly #pauses: Pauses;
  readonly #replays: OwnReplays;
  readonly #reuse: ReuseDesk | undefined;
  readonly #attempts = new Running();
  #ending: Ending = "none";
  #stopWhy: unknown;
  /** Settles when the run has to stop before its calls are done. */
  readonly #stopped = new Deferred<void>();
  readonly #quiet = new Quiet();
  /** R3. */
  #isBehind = false;
  #mismatch: Mismatch | undefined;
  #foundBy: DivergenceReport["foundBy"] = "resume";
  #cancelledBy = "";
  readonly #end = new Deferred<RunEnd>();

  constructor(options: RunOptions) {
    super({ ...options, workflow: options.definition.name, against: "resume" });
    this.#options = options;
    this.#reuse = options.reuse && new ReuseDesk(options.reuse);
    this.#pauses = new Pauses({
      ...options,
      owner: options.store.owner.ownerId,
      emit: (event) => this.emit(event),
      isIdle: () => this.#attempts.size === 0 && !this.halted,
      isQuiet: () => !this.halted && !this.#isBehind && this.#attempts.size === 0 && this.delivery.isIdle,
      openCalls: () => this.openCalls,
      leave: options.pausing.sleeps === "leave" && options.above.length === 0 ? () => this.#stop("paused") : undefined,
    });
    this.#turn = new Turn({
      room: this.#pauses.room,
      runId: options.runId,
      epoch: options.epoch,
      store: options.store,
      clock: options.clock,
      seq: options.seq,
      visible: () => {
        this.#quiet.look();
        this.#pauses.look();
      },
      failed: (error) => this.storeFailed(error),
    });
    this.#jitter = seededRandom(`${options.seed} jitter ${options.epoch}`);
    this.#isBehind = this.divergence.isBehind;
    this.#replays = new OwnReplays({ options, values: this.values, committed: () => this.committed() });
    this.delivery.beforeDelivery = () => {
      if (!this.divergence.segmentEnds()) return false;
      return this.#replays.areAtGraphBreaks && !this.functionDone ? this.#repeats() : true;
    };
    options.engine.define(options.runId, this.definitions);
  }

  get runId(): string {
    return this.#options.runId;
  }
  get epoch(): number {
    return this.#options.epoch;
  }
  get workflow(): string {
    return this.#options.definition.name;
  }
  get defaultModel(): string | undefined {
    return this.#options.definition.model;
  }
  get clock(): Clock {
    return this.#options.clock;
  }
  get engine(): Engine {
    return this.#options.engine;
  }
  get store(): EventStore {
    return this.#options.store;
  }
  get limiter(): RateLimiter {
    return this.#options.limiter;
  }
  get pools(): Pools | undefined {
    return this.#options.pools;
  }
  get children(): ChildRuns | undefined {
    return this.#options.children;
  }
  /** The run directly above, where it is a child. */
  get parentId(): string | undefined {
    return this.#options.above.at(-1)?.runId;
  }
  get reuse(): ReuseDesk | undefined {
    return this.#reuse;
  }
  get maxAwaitBytes(): number {
    return this.#options.maxAwaitBytes;
  }
  get graceMs(): number {
    return this.#options.graceMs;
  }
  get onFailure(): "finish" | "abort" {
    return this.#options.definition.onFailure;
  }
  protected override core(): this {
    return this;
  }
  get isBehind(): boolean {
    return this.#isBehind;
  }
  get isResumed(): boolean {
    return this.#options.recorded !== undefined;
  }
  get halted(): boolean {
    return this.#ending !== "none";
  }
  get cancelling(): boolean {
    return this.#ending === "cancelled" || this.#ending === "aborted";
  }

  /** How the run ended. Never rejects for reasons of the run; rejects when the store failed. */
  get ended(): Promise<RunEnd> {
    return this.#end.promise;
  }

  // ---- the turn (turn.ts)

  emit(event: RunEvent, value?: string): number {
    this.#pauses.goOn();
    return this.#turn.emit(event, value);
  }
  emitList(chunk: ListChunk): void {
    this.#turn.emitList(chunk);
  }
  stored<T>(write: () => Promise<T>): Promise<T> {
    return this.#pauses.room.write(write);
  }
  offer(memo: Memo): void {
    this.#turn.offer(memo);
  }
  log(line: LogLine): void {
    this.#turn.log(line);
  }
  afterCommit(then: () => void): void {
    this.#turn.afterCommit(then);
  }
  committed(): Promise<void> {
    return this.#turn.committed();
  }
  firstStart(): Promise<void> | undefined {
    return this.#turn.firstStart();
  }
  wake(call: CallState): void {
    this.#turn.wake(call);
  }
  batch(call: CallState): void {
    this.#turn.batch(call);
  }
  takeStart(): boolean {
    return this.#turn.takeStart();
  }
  /** Hands what is decided to the store without waiting: the process is about to be gone. */
  flushSync(): void {
    this.#turn.flush();
  }

  // ---- what calls report

  sleepBegan(): void {
    this.#pauses.sleepBegan();
  }

  callClosed(call: CallState): void {
    this.openCalls.delete(call);
    this.#quiet.look();
  }

  itemFailed(call: CallState, item: number, error: ErrorRecord): void {
    this.failures.add({ call: call.no, item, error });
    if (this.onFailure === "abort" && this.#ending === "none") this.#stop("aborted");
  }

  attemptStarted(attempt: RunningAttempt): void {
    this.#attempts.add(attempt);
  }

  attemptEnded(attempt: RunningAttempt): void {
    this.#attempts.remove(attempt);
    this.#quiet.look();
  }

  attemptsOf(call: CallState): readonly RunningAttempt[] {
    return this.#attempts.list().filter((attempt) => attempt.call === call.no);
  }

  jitter(): number {
    return this.#jitter();
  }

  engineError(error: unknown, at: { readonly node?: string }): ErrorRecord {
    return this.#options.describeError(error, at);
  }

  /** R2. */
  storeFailed(error: unknown): void {
    if (this.#ending === "store") return;
    this.#ending = "store";
    this.#stopWhy = error;
    this.#pauses.stop("now");
    this.#turn.close();
    this.delivery.stop();
    for (const attempt of this.#attempts.list()) attempt.abort(new DOMException("the store failed", "AbortError"));
    for (const call of this.maker.calls.values()) call.dropTimers();
    this.#end.reject(error);
  }

  // ---- the life of the run

  /** Starts the function; the outcome is `ended`. */
  start(): void {
    this.#watchStall();
    void this.#main().catch((error: unknown) => this.storeFailed(error));
  }

  async #main(): Promise<void> {
    const output = new RunOutput(this, this.awaiter, this.maker);
    const returned = await this.#callFunction();
    this.functionDone = true;
    if (this.#ending === "none") this.divergence.functionEnds(endOf(returned));
    if (this.#ending === "none")
      await promiseRace([this.#quiet.when(() => this.openCalls.size === 0), this.#stopped.promise]);
    if (this.#ending !== "none") return this.#finishStopped();
    await this.committed();
    if (this.halted) return this.#finishStopped();
    const unclaimed = this.maker.unclaimed();
    if (unclaimed.length > 0)
      this.emit({ type: "calls.superseded", at: this.clock.now(), calls: unclaimed.map((call) => call.created.call) });
    this.failures.forget(unclaimed.map((call) => call.created.call));
    await this.rereads.underWay;
    for (const call of this.maker.calls.values()) call.handleFailures();
    const result = "thrown" in returned ? returned : await output.resolve(returned.value);
    const size = { events: this.#turn.seq, deliveries: this.delivery.segment.index };
    const replay = await this.#replays.after(result, size);
    if (this.halted) return this.#finishStopped();
    const failures = this.failures.unhandled();
    if ("thrown" in result) return this.#fail(result.thrown, failures, replay);
    if (failures.length > 0) {
      const madeAt = this.maker.calls.get(failures[0]!.call)?.created.site;
      const error = this.#options.describeError(nobodyHandled(failures, madeAt), {});
      return this.#failWith(error, failures, replay);
    }
    const { partial } = this.failures;
    this.emit({ type: "run.completed", at: this.clock.now(), partial, ...replay }, result.text);
    return this.#finish({ status: partial ? "completed_partial" : "completed", output: result.text, ...replay });
  }

  async #callFunction(): Promise<{ readonly value: unknown } | { readonly thrown: unknown }> {
    try {
      const { fn } = this.#options.definition;
      const input = this.inputOf(this.#options.input);
      const returned: unknown = withFrame(this.frame, fn, input);
      setImmediate(() => this.delivery.firstSegmentEnded());
      // A handle that is returned is not awaited: its failures are looked at when the run ends.
      if (handleTarget(returned)) return { value: returned };
      const settled = Promise.resolve(returned).then((value) => ({ value }));
      return await promiseRace([settled, this.#stopped.promise.then(() => ({ value: undefined }))]);
    } catch (thrown) {
      return { thrown };
    }
  }

  #fail(thrown: unknown, unhandled: readonly Cause[], replay: Replayed = {}): Promise<void> {
    const causes = new Map<string, Cause>();
    for (const cause of [...unhandled, ...causesIn(thrown)])
      causes.set(causeKey(cause), { call: cause.call, item: cause.item });
    const error = this.#options.describeError(thrown, {});
    const { site } = this.#options.definition;
    // No line of the author's threw: the function is where to look.
    const found = error.site === undefined && site !== undefined ? { ...error, site: originalSite(site) } : error;
    return this.#failWith(found, [...causes.values()], replay);
  }

  #failWith(error: ErrorRecord, failures: readonly Cause[], replay: Replayed = {}): Promise<void> {
    this.emit({
      type: "run.failed",
      at: this.clock.now(),
      error,
      failures: failures.map(({ call, item }) => [call, item] as const),
      ...replay,
    });
    return this.#finish({ status: "failed", error, ...replay });
  }

  async #finish(end: RunEnd): Promise<void> {
    this.#pauses.stop("when written");
    // Given to the store in one turn, so that the last event and the release share a commit.
    this.#turn.flush();
    this.#turn.close();
    const released = this.store.release(this.runId, this.epoch);
    released.catch(() => undefined);
    await this.committed();
    if (this.#ending === "store") return;
    this.delivery.stop();
    this.engine.forget(this.runId);
    await released;
    this.#end.resolve(end);
  }

  // ---- stopping early

  /** Asks everything to stop; the run ends as cancelled. */
  cancel(by: string, reason?: string): void {
    if (this.halted) return;
    this.#cancelledBy = by;
    this.emit({ type: "run.cancelling", at: this.clock.now(), by, ...(reason === undefined ? {} : { reason }) });
    this.#stop("cancelled");
  }

  /** Stops without an end in the log: the run reads as interrupted and can be resumed. */
  async interrupt(): Promise<void> {
    if (!this.halted) this.#stop("interrupted");
    await this.ended.catch(() => undefined);
  }

  #stop(ending: Ending): void {
    this.#ending = ending;
    this.delivery.stop();
    this.#pauses.stop(ending === "interrupted" ? "now" : "when written");
    if (ending === "interrupted" || ending === "paused") {
      for (const attempt of this.#attempts.list())
        attempt.abort(new DOMException("the run was interrupted", "AbortError"));
      for (const call of this.maker.calls.values()) call.dropTimers();
    } else for (const call of this.maker.calls.values()) call.cancel("run");
    this.#stopped.resolve();
  }

  async #finishStopped(): Promise<void> {
    if (this.#ending === "store") return;
    await this.#quiet.when(() => this.#attempts.size === 0);
    await this.committed();
    switch (this.#ending) {
      case "cancelled": {
        this.emit({ type: "run.cancelled", at: this.clock.now(), by: this.#cancelledBy, items: [] });
        return this.#finish({ status: "cancelled" });
      }
      case "aborted": {
        const failures = this.failures.list();
        const first = failures[0];
        return this.#failWith(first?.error ?? this.#options.describeError(new Error("aborted"), {}), failures);
      }
      case "diverged": {
        const error = this.#options.describeError(this.#stopWhy, {});
        const { runId, store } = this;
        const { definition, version } = this.#options;
        const of = { runId, store, definition, version, foundBy: this.#foundBy };
        const report = await divergenceReport(this.#mismatch!, of);
        this.emit({ type: "run.diverged", at: this.clock.now(), report });
        return this.#finish({ status: "diverged", error, diverged: report });
      }
      default:
        return this.#finish({ status: this.#ending === "paused" ? "paused" : "interrupted" });
    }
  }

  /** Nothing is left in the process that could settle anything. */
  starve(): void {
    if (this.#attempts.size > 0) {
      for (const attempt of this.#attempts.list()) (attempt as RunningAttempt & { starve(): void }).starve();
      return;
    }
    if (this.functionDone || this.halted) return;
    if (!this.divergence.functionWaits()) return;
    const error = new WorkgraphError(
      "WG3005",
      `the workflow function of "${this.workflow}" waits for something that nothing can settle any more`,
      {
        hint: "await handles, sleep() or results of nodes; move timers and requests of your own into a node",
      },
    );
    this.functionDone = true;
    void this.#fail(error, this.failures.unhandled()).catch((failure: unknown) => this.storeFailed(failure));
  }

  // ---- the function and its log

  protected mismatched(mismatch: Mismatch, foundBy: DivergenceReport["foundBy"] = "resume"): Error {
    const error = divergedError(this.workflow, mismatch);
    if (this.halted) return error;
    this.#mismatch = mismatch;
    this.#foundBy = foundBy;
    this.#stopWhy = error;
    this.#stop("diverged");
    return error;
  }

  /** Before a delivery: the function, replayed over its own log, does the same up to here. */
  async #repeats(): Promise<boolean> {
    const mismatch = await this.#replays.upTo(this.delivery.segment.index);
    if (mismatch) this.mismatched(mismatch, "always-replay");
    return !mismatch && !this.halted;
  }

  /** R3. */
  protected caughtUp(): void {
    this.#isBehind = false;
    // Closed ones too: a race that is decided may have losers that are not.
    for (const call of this.maker.calls.values()) this.wake(call);
  }

  /** R3. */
  #watchStall(): void {
    if (!this.#isBehind) return;
    const { index } = this.delivery.segment;
    const look = (): void => {
      if (!this.#isBehind || this.halted) return;
      if (this.delivery.isIdle && this.delivery.segment.index === index) this.caughtUp();
      else this.#watchStall();
    };
    systemClock.setTimer(look, STALL_MS).unref();
  }
}

function endOf(
  outcome: { readonly value: unknown } | { readonly thrown: unknown },
): Extract<Asked, { readonly what: "returned" | "threw" }> {
  if ("value" in outcome) return { what: "returned" };
  const { name, message } = errorRecord(outcome.thrown);
  return { what: "threw", text: `${name}: ${message}`.slice(0, 300) };
}
