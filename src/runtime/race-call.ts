/**
 * race([a, b]) and sleep("10s").
 *
 * R1. The first success wins, by the order in which results became durable. If all fail, the race fails with all of them.
 * R2. A loser that nothing else uses is cancelled; that is neither a failure nor partial.
 * R3. A sleep ends at a recorded time; a resume waits for what is left of it. One that was slept in the run that this one
 *     reuses is not slept again.
 * R4. A race that was won in the run that this one reuses keeps its winner, when that is reused: until that is known, nodes
 *     that lost start nothing. A sleep goes on meanwhile, so that a limit in time stays one.
 * R5. A race may be decided in the log and the end of its losers not: a resumed run cancels them anew, once the function has
 *     asked for all that it had asked for, so that what else uses them is known.
 */
import { encode } from "../model/codec.ts";
import type { RunEvent } from "../model/events.ts";
import type { ValueKey } from "../store/store.ts";
import { CallState, type CallCreated, type CallRest } from "./call.ts";
import type { Cause, Cell } from "./cell.ts";
import type { Source } from "./combine-call.ts";
import type { Domain } from "./domain.ts";
import { Output } from "./output.ts";
import type { RunCore } from "./run-core.ts";
import type { TimerHandle } from "../base/clock.ts";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { readonly type: T }>;

/** One place whose owner says what stands in it. */
class SingleOutput extends Output {
  readonly dense = true;
  state: Cell = "pending";
  from: Output | undefined;
  failedBecause: readonly Cause[] = [];
  decidedSeq = 0;

  cell(): Cell {
    return this.state;
  }

  valueKey(ordinal: number): ValueKey {
    return this.from ? this.from.valueKey(ordinal) : { call: this.call, item: ordinal };
  }

  causes(): readonly Cause[] {
    return this.failedBecause;
  }

  seq(): number {
    return this.decidedSeq;
  }

  itemOf(ordinal: number): Cause {
    return this.from?.itemOf(ordinal) ?? { call: this.call, item: ordinal };
  }
}

export class RaceCall extends CallState {
  readonly outputs: readonly [SingleOutput];
  readonly #entrants: readonly Source[];
  /** R4. */
  #expected: number | undefined;

  constructor(run: RunCore, created: CallCreated, of: { readonly entrants: readonly Source[]; readonly root: Domain }) {
    super(run, created);
    this.#entrants = of.entrants;
    this.outputs = [new SingleOutput(created.call, of.root)];
  }

  begin(): void {
    // R5.
    if (this.isClosed) return this.run.wake(this);
    this.#expect();
    for (const { output } of this.#entrants) output.waitCell(0, () => this.#look());
    this.#look();
  }

  /** R4. */
  #expect(): void {
    const { reuse } = this.run;
    const expected = reuse?.winner(this.created.identity);
    const winner = expected === undefined ? undefined : this.#entrants[expected]?.call;
    if (!reuse || !winner || reuse.isFresh(winner.no)) return;
    this.#expected = expected;
    for (const { call } of this.#entrants) if (call !== winner) call?.hold();
    reuse.whenMade(winner.no, () => this.#expectNothing());
  }

  #expectNothing(): void {
    const expected = this.#expected;
    if (expected === undefined) return;
    this.#expected = undefined;
    const winner = this.#entrants[expected]!.call;
    for (const { call } of this.#entrants) if (call !== winner) call?.release();
    this.#look();
  }

  /** What R4 lets win now; undefined: whoever is first. */
  #mayWin(): ((entrant: number) => boolean) | undefined {
    if (this.#expected === undefined) return undefined;
    const cell = this.#entrants[this.#expected]!.output.cell(0);
    if (cell === "ok") return (entrant) => entrant === this.#expected;
    if (cell !== "pending") {
      this.#expectNothing();
      return undefined;
    }
    return (entrant) => {
      const call = this.#entrants[entrant]!.call;
      return call instanceof SleepCall && this.run.reuse?.isFresh(call.no) === true;
    };
  }

  /** R5. */
  override pump(): boolean {
    if (this.isClosed && this.winner !== undefined && !this.run.isBehind && !this.run.halted)
      this.#cancelLosers(this.winner);
    return false;
  }

  #cancelLosers(winner: number): void {
    for (const [i, { call }] of this.#entrants.entries())
      if (i !== winner && call && call.uses <= 1 && !call.isClosed) call.cancel("race");
  }

  #look(): void {
    if (this.closing || this.isClosed) return;
    const mayWin = this.#mayWin();
    if (this.closing || this.isClosed) return;
    let winner = -1;
    let winnerSeq = Infinity;
    for (const [i, { output }] of this.#entrants.entries()) {
      if (output.cell(0) !== "ok" || output.seq(0) >= winnerSeq || mayWin?.(i) === false) continue;
      winner = i;
      winnerSeq = output.seq(0);
    }
    if (winner >= 0) {
      this.close({ status: "completed", winner });
      this.#cancelLosers(winner);
    } else if (this.#entrants.every(({ output }) => output.cell(0) !== "pending")) {
      this.close({ status: "failed" });
    }
  }

  /** A success frees the losers of their failures: they were never needed (R2). */
  override handleFailures(): void {
    if (this.winner !== undefined) this.run.failures.handle(this.#entrants.flatMap(({ output }) => output.causes(0)));
  }

  override closedAs(...args: Parameters<CallState["closedAs"]>): void {
    const [status, seq] = args;
    const output = this.outputs[0];
    const winner = this.winner;
    output.decidedSeq = seq;
    if (status === "completed" && winner !== undefined) {
      output.from = this.#entrants[winner]!.output;
      output.state = "ok";
    } else {
      output.state = "failed";
      output.failedBecause = this.#entrants.flatMap((entrant) => entrant.output.causes(0));
    }
    super.closedAs(...args);
    output.decided(0);
  }
}

export class SleepCall extends CallState {
  readonly outputs: readonly [SingleOutput];
  #timer: TimerHandle | undefined;

  constructor(run: RunCore, created: CallCreated, root: Domain) {
    super(run, created);
    this.outputs = [new SingleOutput(created.call, root)];
  }

  begin(): void {
    if (this.isClosed) return;
    const source = this.run.reuse?.slept(this.created.identity);
    if (source) return this.#slept({ attempt: 0, to: "reused", ms: 0, source });
    this.run.sleepBegan();
    const left = Math.max(0, (this.created.until ?? 0) - this.run.clock.now());
    this.#timer = this.run.clock.setTimer(() => this.#wake(), left);
  }

  override get rest(): CallRest {
    return this.created.until ?? "busy";
  }

  #wake(): void {
    if (this.run.halted || this.closing) return;
    this.run.reuse?.made(this.no);
    this.#slept({ attempt: 1, to: "completed", ms: this.run.clock.now() - this.created.at });
  }

  #slept(how: Pick<EventOf<"item.completed">, "attempt" | "to" | "ms" | "source">): void {
    const at = this.run.clock.now();
    this.run.emit({ type: "item.completed", at, call: this.no, item: 0, from: "waiting", ...how }, encode(undefined));
    this.close({ status: "completed" });
  }

  override dropTimers(): void {
    if (this.#timer) this.run.clock.clearTimer(this.#timer);
  }

  override cancel(): void {
    this.dropTimers();
    if (!this.run.cancelling) this.close({ status: "cancelled" });
  }

  override closedAs(...args: Parameters<CallState["closedAs"]>): void {
    const output = this.outputs[0];
    output.state = args[0] === "completed" ? "ok" : "skipped";
    output.decidedSeq = args[1];
    super.closedAs(...args);
    output.decided(0);
  }
}
