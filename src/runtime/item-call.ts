/**
 * A call that does something once per item: a node call, or a filter.
 *
 * Owns: which items it has, when each is ready, skips and absences, its slots, and when it is done.
 * Leaves to subclasses: performing an item.
 *
 * R1. Items are the ordinals of one base list. An item is ready when each of its own inputs is there; no barrier.
 * R2. An item that needs a failed item is skipped; one that needs an absent item is absent too.
 * R3. A decision is visible to others only after the commit.
 * R4. A whole gathered set is waited for by all items; a descending one by each item on its own.
 */
import { assertNever } from "../base/assert.ts";
import type { OnFailed } from "../model/definition.ts";
import type { CallStatus } from "../model/status.ts";
import type { ValueKey } from "../store/store.ts";
import { CallState, type CallCreated, type CallRest } from "./call.ts";
import { Bytes, causeKey, isFinal, ItemState, Words, type Cause, type Cell } from "./cell.ts";
import type { Domain } from "./domain.ts";
import { GatherTracker } from "./gather.ts";
import { Output } from "./output.ts";
import type { RunCore } from "./run-core.ts";

export interface MappedInput {
  readonly param: string;
  readonly output: Output;
}

export interface GatheredInput {
  readonly param: string;
  readonly output: Output;
  /** The call whose close completes the set; undefined for a plain array. */
  readonly source: CallState | undefined;
}

export interface ItemCallInputs {
  readonly base: Domain;
  readonly mapped: readonly MappedInput[];
  readonly gathered: readonly GatheredInput[];
  /** The call itself decides which of the items it keeps. */
  readonly filters?: true;
}

/** Results item by item, in the base list of the call. */
class ResultOutput extends Output {
  readonly dense = true;
  override readonly sparse: boolean;
  readonly #owner: ItemCall;

  constructor(owner: ItemCall, of: { readonly domain: Domain; readonly sparse: boolean }) {
    super(owner.no, of.domain);
    this.#owner = owner;
    this.sparse = of.sparse;
  }

  cell(ordinal: number): Cell {
    return this.#owner.cellOf(ordinal);
  }

  valueKey(ordinal: number): ValueKey {
    return this.#owner.resultKey(ordinal);
  }

  causes(ordinal: number): readonly Cause[] {
    return this.#owner.causesOf(ordinal);
  }

  seq(ordinal: number): number {
    return this.#owner.seqOf(ordinal);
  }

  itemOf(ordinal: number): Cause {
    return { call: this.call, item: ordinal };
  }

  override membershipKnown(): boolean {
    return this.domain.closed && (!this.sparse || this.#owner.isDecided);
  }
}

/** Items looked at per turn while catching up with a long list. */
const SCAN_PER_TURN = 512;
const NO_CAUSES: readonly Cause[] = [];
const NO_TRACKERS: ReadonlyMap<GatheredInput, GatherTracker> = new Map();

export abstract class ItemCall extends CallState {
  protected readonly inputs: ItemCallInputs;
  protected readonly state: Bytes = new Bytes();
  protected readonly seqs: Words = new Words();
  readonly result: Output;
  protected ready: number[] = [];
  #readyAt = 0;
  protected inFlight = 0;
  #scan = 0;
  /** Ordinals known to need a look of our own; later ones are announced by a dense input. */
  #scanEnd: number;
  readonly #followsGrowth: boolean;
  /** Of what is gathered; most calls gather nothing, and make no tables for it. */
  readonly #trackers: ReadonlyMap<GatheredInput, GatherTracker>;
  /** Calls whose close completes a set, and lists that are still made anew. */
  readonly #waitsFor: Set<object> | undefined;
  /** Items decided, written or about to be. */
  #decided = 0;
  #causes: Map<number, readonly Cause[]> | undefined;
  #skips:
    Map<string, { readonly items: number[]; readonly causes: readonly Cause[]; readonly code: string }> | undefined;
  protected readonly counts = { completed: 0, failed: 0, skipped: 0, cancelled: 0, absent: 0 };
  #begun = false;
  /** Starts nothing more: a race was won by another, or the run is being cancelled. */
  protected cancelled = false;
  /** Cancelled with the whole run: the call stays open, a resume goes on with it. */
  protected runCancelled = false;

  constructor(run: RunCore, created: CallCreated, inputs: ItemCallInputs) {
    super(run, created);
    this.inputs = inputs;
    const sparse = inputs.filters === true || inputs.mapped.some((input) => input.output.sparse);
    this.result = new ResultOutput(this, { domain: inputs.base, sparse });
    this.#trackers = NO_TRACKERS;
    if (inputs.gathered.length > 0) {
      const trackers = new Map<GatheredInput, GatherTracker>();
      const waitsFor = new Set<object>();
      for (const gathered of inputs.gathered) {
        if (this.#descends(gathered))
          trackers.set(gathered, new GatherTracker(inputs.base, gathered.output, (ordinal) => this.#recheck(ordinal)));
        else if (gathered.source && !gathered.source.isClosed) waitsFor.add(gathered.source);
      }
      this.#trackers = trackers;
      this.#waitsFor = waitsFor;
    }
    const sameList = inputs.mapped.filter((input) => input.output.domain === inputs.base);
    this.#followsGrowth = !sameList.some((input) => input.output.dense);
    this.#scanEnd = inputs.base.length;
  }

  /** R4. The whole set of a call whose items descend from nothing but the run is simply "closed". */
  #descends(gathered: GatheredInput): boolean {
    const { base } = this.inputs;
    return (
      base.parent !== undefined && gathered.output.domain !== base && gathered.output.domain.space.isWithin(base.space)
    );
  }

  override begin(): void {
    const { base, mapped } = this.inputs;
    for (const input of mapped)
      if (input.output.dense && input.output.domain === base)
        input.output.listeners.push({ onCell: (ordinal) => this.#recheck(ordinal) });
    base.listen({
      onGrow: (first, count) => {
        if (this.isClosed) for (let ordinal = first; ordinal < first + count; ordinal++) this.#check(ordinal);
        else if (this.#followsGrowth || this.run.isResumed) {
          // A resumed run may know what was decided about an item before the item is there again: nobody announces that.
          this.#scanEnd = first + count;
          this.run.wake(this);
        }
      },
      onDomainClosed: () => this.maybeClose(),
    });
    if (this.#waitsFor) this.#awaitSets(this.#waitsFor);
    this.#begun = true;
    this.#scanEnd = base.length;
    // A recorded call that is closed has no more to decide, but which items a filter left out is not in the log.
    if (this.isClosed) while (this.#scan < this.#scanEnd) this.#check(this.#scan++);
    this.run.wake(this);
    this.maybeClose();
  }

  #awaitSets(waitsFor: Set<object>): void {
    const there = (what: object): void => {
      waitsFor.delete(what);
      if (waitsFor.size === 0) this.#rescan();
    };
    for (const source of waitsFor) if (source instanceof CallState) source.onClosed(() => there(source));
    const rereads = this.run.rereads.underWay;
    if (!rereads) return;
    waitsFor.add(rereads);
    void rereads.then(() => there(rereads));
  }

  #rescan(): void {
    this.#scan = 0;
    this.#scanEnd = this.inputs.base.length;
    this.run.wake(this);
  }

  #recheck(ordinal: number): void {
    if (this.#begun) this.#check(ordinal);
  }

  /** R1, R2. */
  #check(ordinal: number): void {
    if (this.cancelled || this.state.get(ordinal) !== ItemState.none) return;
    // Of a call that is closed in the log, only which items were left out is open.
    if (!this.isClosed && !this.#hasGathered(ordinal)) return;
    const { base, mapped } = this.inputs;
    let absent = false;
    let causes: Cause[] | undefined;
    for (const { output } of mapped) {
      const at = output.domain === base ? ordinal : base.ancestor(ordinal, output.domain);
      const cell = output.cell(at);
      switch (cell) {
        case "ok":
          break;
        case "pending":
          if (!output.dense || output.domain !== base) output.waitCell(at, () => this.#recheck(ordinal));
          return;
        case "absent":
          absent = true;
          break;
        case "failed":
        case "skipped":
          (causes ??= []).push(...output.causes(at));
          break;
        default:
          assertNever(cell);
      }
    }
    if (absent) return this.#leaveOut(ordinal);
    if (causes) return this.skip(ordinal, { causes, code: "WG2002" });
    for (const gathered of this.inputs.gathered) {
      const failed = this.failedOf(gathered, ordinal);
      if (failed.causes.length === 0 || !refuses(this.onFailed(), failed)) continue;
      return this.skip(ordinal, { causes: failed.causes, code: "WG2001" });
    }
    this.state.set(ordinal, ItemState.queued);
    this.enqueue(ordinal);
    this.run.wake(this);
  }

  override waiting(): readonly number[] {
    const { base } = this.inputs;
    return Array.from({ length: base.length }, (_, ordinal) => ordinal).filter(
      (ordinal) => this.state.get(ordinal) === ItemState.none,
    );
  }

  /** Its inputs are there. */
  protected enqueue(ordinal: number): void {
    this.ready.push(ordinal);
  }

  /** R4. */
  #hasGathered(ordinal: number): boolean {
    if (this.#waitsFor === undefined) return true;
    if (this.#waitsFor.size > 0) return false;
    for (const tracker of this.#trackers.values()) if (!tracker.isComplete(ordinal)) return false;
    return true;
  }

  /** Closed, and every item that the base list has was looked at. */
  get isDecided(): boolean {
    return this.isClosed && this.#decided >= this.inputs.base.length;
  }

  protected onFailed(): OnFailed {
    return "fail";
  }

  /** Ordinals of the gathered list that belong to this item, in path order. */
  protected gatheredMembers(gathered: GatheredInput, ordinal: number): readonly number[] {
    const tracker = this.#trackers.get(gathered);
    const all = tracker ? tracker.members(ordinal) : [...gathered.output.domain.pathOrder()];
    return all.filter((o) => gathered.output.cell(o) !== "absent");
  }

  protected failedOf(
    gathered: GatheredInput,
    ordinal: number,
  ): { readonly total: number; readonly failed: number; readonly causes: Cause[] } {
    const members = this.gatheredMembers(gathered, ordinal);
    const causes = new Map<string, Cause>();
    let failed = 0;
    for (const o of members) {
      if (gathered.output.cell(o) === "ok") continue;
      failed++;
      for (const cause of gathered.output.causes(o)) causes.set(causeKey(cause), cause);
    }
    return { total: members.length, failed, causes: [...causes.values()] };
  }

  #leaveOut(ordinal: number): void {
    const { base, mapped } = this.inputs;
    for (const { output } of mapped) {
      const at = output.domain === base ? ordinal : base.ancestor(ordinal, output.domain);
      if (output.cell(at) === "absent") this.seqs.set(ordinal, Math.max(this.seqs.get(ordinal), output.seq(at)));
    }
    this.state.set(ordinal, ItemState.absent);
    this.counts.absent++;
    this.#decided++;
    this.expanded(ordinal);
    this.result.decided(ordinal);
    this.maybeClose();
  }

  protected skip(ordinal: number, why: { readonly causes: readonly Cause[]; readonly code: string }): void {
    this.state.set(ordinal, ItemState.recording);
    (this.#causes ??= new Map()).set(ordinal, why.causes);
    this.counts.skipped++;
    this.#decided++;
    const key = `${why.code} ${why.causes.map(causeKey).join(" ")}`;
    const batch = this.#skips?.get(key);
    if (batch) batch.items.push(ordinal);
    else (this.#skips ??= new Map()).set(key, { items: [ordinal], ...why });
    this.run.batch(this);
    this.maybeClose();
  }

  override flushBatches(): void {
    if (this.#skips === undefined) return;
    const batches = [...this.#skips.values()];
    this.#skips = undefined;
    for (const { items, causes, code } of batches) {
      const seq = this.run.emit({
        type: "items.skipped",
        at: this.run.clock.now(),
        call: this.no,
        items,
        causes: causes.map((c) => [c.call, c.item] as const),
        code,
      });
      this.run.afterCommit(() => {
        for (const ordinal of items) this.decide(ordinal, ItemState.skipped, seq);
      });
    }
  }

  /** The decision is durable: others may see it (R3). */
  protected decide(ordinal: number, state: number, seq: number): void {
    this.state.set(ordinal, state);
    this.seqs.set(ordinal, seq);
    if (state !== ItemState.completed) this.failedExpansion(ordinal);
    this.expanded(ordinal);
    this.result.decided(ordinal);
  }

  /** The item's result adds nothing more to a list (calls with `many` results override these two). */
  protected expanded(_ordinal: number): void {}
  protected failedExpansion(_ordinal: number): void {}

  /** Counts a decision that was written; closes the call when it was the last. What the decision makes visible has to be
   *  registered before: the close becomes visible after it. */
  protected noteDecided(kind: "completed" | "failed" | "cancelled"): void {
    this.counts[kind]++;
    this.#decided++;
    this.maybeClose();
  }

  protected setCauses(ordinal: number, causes: readonly Cause[]): void {
    (this.#causes ??= new Map()).set(ordinal, causes);
  }

  protected maybeClose(): void {
    if (!this.#begun || this.closing || this.isClosed) return;
    const { base } = this.inputs;
    if (!base.closed || this.#decided < base.length || this.runCancelled) return;
    this.close({ status: this.#closedStatus() });
  }

  #closedStatus(): CallStatus {
    const { completed, failed, skipped, cancelled } = this.counts;
    if (completed + failed + skipped + cancelled === 0) return "empty";
    if (cancelled > 0) return "cancelled";
    if (failed === 0 && skipped === 0) return "completed";
    if (completed > 0) return "partial";
    return failed > 0 ? "failed" : "skipped";
  }

  // ---- what the output shows

  cellOf(ordinal: number): Cell {
    if (this.inputs.base.isVoid(ordinal)) return "absent";
    const state = this.state.get(ordinal);
    if (!isFinal(state)) return "pending";
    if (state === ItemState.completed) return "ok";
    if (state === ItemState.absent) return "absent";
    return state === ItemState.skipped || state === ItemState.cancelled ? "skipped" : "failed";
  }

  resultKey(ordinal: number): ValueKey {
    return { call: this.no, item: ordinal };
  }

  causesOf(ordinal: number): readonly Cause[] {
    return this.#causes?.get(ordinal) ?? NO_CAUSES;
  }

  seqOf(ordinal: number): number {
    return this.seqs.get(ordinal);
  }

  // ---- starting

  override get rest(): CallRest {
    return this.inFlight > 0 || this.queued > 0 || this.#scan < this.#scanEnd ? "busy" : "waits";
  }

  override pump(): boolean {
    let budget = SCAN_PER_TURN;
    while (this.#scan < this.#scanEnd && budget-- > 0) this.#check(this.#scan++);
    if (this.#scan >= this.#scanEnd) this.maybeClose();
    while (
      this.#readyAt < this.ready.length &&
      this.inFlight < this.slots() &&
      !this.run.halted &&
      !this.run.isBehind &&
      !this.cancelled
    ) {
      // In this order: a start of a rate limit that was taken and not used would be lost.
      if (!this.run.takeStart()) return true;
      if (!this.mayStart()) break;
      const ordinal = this.ready[this.#readyAt++]!;
      this.inFlight++;
      this.perform(ordinal);
    }
    if (this.#readyAt > 1024 && this.#readyAt * 2 > this.ready.length) {
      this.ready = this.ready.slice(this.#readyAt);
      this.#readyAt = 0;
    }
    return this.#scan < this.#scanEnd;
  }

  /** Items whose inputs are there and that wait for a slot. */
  protected get queued(): number {
    return this.ready.length - this.#readyAt;
  }

  protected abstract slots(): number;
  /** A rate limit may hold starts back; it wakes the call when they may go on. */
  protected mayStart(): boolean {
    return true;
  }
  protected abstract perform(ordinal: number): void;

  /** An attempt ended: its slot is free. */
  protected freeSlot(): void {
    this.inFlight--;
    this.run.wake(this);
  }

  protected requeue(ordinal: number): void {
    this.state.set(ordinal, ItemState.queued);
    this.ready.push(ordinal);
    this.run.wake(this);
  }

  /** Takes a recorded decision as it stands in the log; called before `begin`. */
  protected adoptDecision(
    ordinal: number,
    at: { readonly state: number; readonly seq: number; readonly causes?: readonly Cause[] },
  ): void {
    this.state.set(ordinal, at.state);
    this.seqs.set(ordinal, at.seq);
    this.#decided++;
    if (at.causes) (this.#causes ??= new Map()).set(ordinal, at.causes);
    if (at.state === ItemState.completed) this.counts.completed++;
    else if (at.state === ItemState.skipped) this.counts.skipped++;
    else if (at.state === ItemState.cancelled) this.counts.cancelled++;
    else this.counts.failed++;
  }
}

function refuses(policy: OnFailed, of: { readonly total: number; readonly failed: number }): boolean {
  if (policy === "drop" || policy === "settled") return false;
  if (policy === "fail") return of.failed > 0;
  const allowed = policy.tolerate >= 1 ? policy.tolerate : Math.floor(policy.tolerate * of.total);
  return of.failed > allowed;
}
