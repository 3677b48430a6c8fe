/**
 * One call of a run: a vertex of its graph.
 *
 * Owns: being open or closed, and who waits for that. Leaves to subclasses: what it computes.
 *
 * R1. A call closes exactly once per incarnation of the run, by one `call.closed` event; it counts as closed for others
 *     after that event is committed, at its seq.
 * R2. A call that something failed in still closes: failures are tombstones in its outputs.
 */
import type { ErrorRecord } from "../model/error-record.ts";
import type { RunEvent } from "../model/events.ts";
import type { CallStatus } from "../model/status.ts";
import type { Output } from "./output.ts";
import type { RunCore } from "./run-core.ts";

export type CallCreated = Extract<RunEvent, { type: "call.created" }>;

/** Something of its own is under way or about to be, it waits for others, or it sleeps until then (epoch ms). */
export type CallRest = "busy" | "waits" | number;

export abstract class CallState {
  readonly run: RunCore;
  readonly created: CallCreated;
  abstract readonly outputs: readonly Output[];
  /** Seq of the close, once committed; 0 while open. */
  closedSeq = 0;
  /** Epoch ms of the close: the run's clock moves to it when it is delivered. */
  closedAt = 0;
  status: CallStatus = "waiting";
  /** Entrant that won, of a race. */
  winner: number | undefined;
  /** Decided to close; its event may still be on its way to the store. */
  protected closing = false;
  /** Other calls and awaits that use its results; a race cancels only what nobody else uses. */
  uses = 0;
  /** Bytes of encoded results so far. */
  bytes = 0;
  /** Stands in a list of the turn (turn.ts). */
  isRunnable = false;
  isBatching = false;
  readonly #closeListeners: Array<() => void> = [];

  constructor(run: RunCore, created: CallCreated) {
    this.run = run;
    this.created = created;
  }

  get no(): number {
    return this.created.call;
  }

  get node(): string {
    return this.created.node;
  }

  get isClosed(): boolean {
    return this.closedSeq > 0;
  }

  /** Begins work after the call expression has returned. */
  abstract begin(): void;

  /** For sleep-pause.ts. */
  get rest(): CallRest {
    return "waits";
  }

  /** Items that it knows of and that lack an input. */
  waiting(): readonly number[] {
    return [];
  }

  /** Starts what can start; true when more could start but the turn's budget is spent. */
  pump(): boolean {
    return false;
  }

  /** Puts batched decisions of this turn into the log. */
  flushBatches(): void {}

  /** Stops what it does and starts nothing more. */
  cancel(_why: "race" | "run"): void {}

  /** Starts nothing until released, unless something else uses it by then. */
  hold(): void {}
  release(): void {}

  /** The run stops here without an end: no timer of the call may keep the process alive. */
  dropTimers(): void {}

  onClosed(listener: () => void): void {
    if (this.isClosed) listener();
    else this.#closeListeners.push(listener);
  }

  /** Writes the close; others see it after the commit. */
  protected close(end: { readonly status: CallStatus; readonly winner?: number; readonly error?: ErrorRecord }): void {
    if (this.closing || this.isClosed) return;
    this.closing = true;
    this.winner = end.winner;
    this.flushBatches();
    const at = this.run.clock.now();
    const clock = this.run.reuse?.closedAt(this.created);
    const seq = this.run.emit({
      type: "call.closed",
      at,
      call: this.no,
      status: end.status,
      ...(end.winner === undefined ? {} : { winner: end.winner }),
      ...(end.error === undefined ? {} : { error: end.error }),
      ...(clock === undefined ? {} : { clock }),
    });
    this.run.afterCommit(() => this.closedAs(end.status, seq, clock ?? at));
  }

  /** The close is a fact: tell everybody. Also called when a recorded close is replayed. */
  closedAs(status: CallStatus, seq: number, at: number): void {
    this.closing = true;
    this.status = status;
    this.closedSeq = seq;
    this.closedAt = at;
    for (const output of this.outputs) this.closeOutput(output);
    for (const listener of this.#closeListeners.splice(0)) listener();
    this.run.callClosed(this);
  }

  /** Says which failures its results have handled. Asked once, when all calls are closed: a resumed run, which executes
   *  nothing again, comes to the same answer as one that was never interrupted. */
  handleFailures(): void {}

  /** Lists this call adds get no more entries once it is closed. */
  protected closeOutput(_output: Output): void {}
}
