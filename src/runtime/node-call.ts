/**
 * A call of a node: its items, their attempts and what they leave in the log.
 *
 * Owns: the item state machine queued > running > (retrying > queued ...) > completed | failed | abandoned | cancelled.
 * Leaves to attempt.ts: one attempt; to attempt-inputs.ts: what it is given; to retry-budget.ts: how many; to child-list.ts:
 * the list that results make; to the engine: the author's function.
 *
 * R1. `items.started` is one event per call and turn and precedes every outcome of those starts.
 * R2. An outcome is one event, with its value. A list of more than a chunk is staged before the event that names it.
 * R3. A slot is held from the start of an attempt until its outcome is decided, not while a retry waits.
 */
import type { NodeDefinition, OnFailed } from "../model/definition.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import { MAX_ITEMS_PER_CALL } from "../model/ids.ts";
import { Attempt, type AttemptOwner } from "./attempt.ts";
import { emitFacts } from "./attempt-facts.ts";
import { AttemptInputs, type GivenInputs } from "./attempt-inputs.ts";
import type { CallCreated, CallRest } from "./call.ts";
import { completedEvent, completionOf, offer, reusedCompletion, type Completion, type Succeeded } from "./completed.ts";
import { ChildList } from "./child-list.ts";
import { ItemState, type Cause } from "./cell.ts";
import type { AttemptOutcome, AttemptRequest, Engine } from "./engine.ts";
import { ItemCall, type GatheredInput, type ItemCallInputs } from "./item-call.ts";
import type { Output } from "./output.ts";
import { cancelledError, failedEvent, retryingEvent, tooMany } from "./item-failure.ts";
import type { RecordedCall } from "./recorded.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { ReuseAnswer } from "./reuse.ts";
import { ReuseLookup, type LookupOwner, type Making } from "./reuse-lookup.ts";
import type { RunCore } from "./run-core.ts";
import { ShownResults, type Shown } from "./shown-results.ts";
import { LIST_CHUNK, stageList } from "./staged-list.ts";
import { StartGate } from "./start-gate.ts";
import { Starts } from "./starts.ts";
import type { Space } from "../trace/space.ts";

type ManyValues = Exclude<Succeeded, { readonly value: string }>;

export interface NodeCallSpec extends ItemCallInputs {
  readonly definition: NodeDefinition;
  /** Encoded plain values by parameter. */
  readonly plain: ReadonlyMap<string, string>;
  /** The space of `many` results. */
  readonly childSpace: Space | undefined;
}

export class NodeCall extends ItemCall implements AttemptOwner, LookupOwner {
  readonly definition: NodeDefinition;
  readonly #children: ChildList | undefined;
  readonly outputs: readonly Output[];
  readonly #starts: Starts = new Starts();
  readonly #shown: ShownResults;
  readonly #given: AttemptInputs;
  readonly #budget: RetryBudget = new RetryBudget();
  /** Elements recorded so far by a generator's item. */
  #yielded: Map<number, number> | undefined;
  /** Of a node that does not declare its result: items with one value. */
  #scalars: Set<number> | undefined;
  #holds = 0;
  readonly #lookup: ReuseLookup | undefined;
  readonly #gate: StartGate;

  constructor(run: RunCore, created: CallCreated, spec: NodeCallSpec) {
    super(run, created, spec);
    this.definition = spec.definition;
    this.#gate = new StartGate(run, spec.definition, () => run.wake(this));
    this.#shown = new ShownResults(run, this);
    this.#given = new AttemptInputs(run, {
      ...spec,
      members: (input, ordinal) => this.gatheredMembers(input, ordinal),
    });
    const desk = run.reuse;
    if (desk?.asks(this.definition)) this.#lookup = new ReuseLookup(this, { desk, given: this.#given });
    this.#children = spec.childSpace && new ChildList(this, spec.childSpace);
    this.outputs = this.#children?.outputs ?? [this.result];
  }

  /** Whether an undeclared item's result was one value. */
  isScalar(ordinal: number): boolean {
    return this.#scalars?.has(ordinal) ?? false;
  }

  get performer(): Pick<Engine, "attempt"> | undefined {
    return undefined;
  }

  get endsItself(): boolean {
    return false;
  }

  protected override closeOutput(): void {
    this.#children?.close(this.closedSeq);
  }

  protected slots(): number {
    return this.run.engine.slots ?? this.definition.concurrency;
  }

  protected override onFailed(): OnFailed {
    return this.definition.onFailed;
  }

  /** A whole set in which nothing failed need not be looked through: at 100,000 items that held a turn for 30 ms. */
  protected override failedOf(gathered: GatheredInput, ordinal: number): ReturnType<ItemCall["failedOf"]> {
    const { source, output } = gathered;
    const whole = this.inputs.base.parent === undefined && source instanceof NodeCall && source.status === "completed";
    return whole ? { total: output.domain.length, failed: 0, causes: [] } : super.failedOf(gathered, ordinal);
  }

  override hold(): void {
    this.#holds++;
  }

  override release(): void {
    this.#holds--;
    this.run.wake(this);
  }

  protected override mayStart(): boolean {
    if (this.#holds > 0 && this.uses <= 1) return false;
    return this.#gate.take(Math.min(this.queued, this.slots() - this.inFlight));
  }

  protected override freeSlot(): void {
    this.#gate.free();
    super.freeSlot();
  }

  // ---- reuse (reuse-lookup.ts)

  protected override enqueue(ordinal: number): void {
    if (this.#lookup && this.#budget.nextAttempt(ordinal) === 1) this.#lookup.add(ordinal);
    else super.enqueue(ordinal);
  }

  override get rest(): CallRest {
    return this.#budget.isWaiting ? "busy" : super.rest;
  }

  override pump(): boolean {
    const more = super.pump();
    if (this.queued === 0) this.#gate.rest();
    return (this.#lookup?.pump() ?? false) || more;
  }

  isAsked(ordinal: number): boolean {
    return this.state.get(ordinal) === ItemState.queued && !this.cancelled && !this.run.halted;
  }

  /** What was asked in vain about an item that is being made. */
  making(ordinal: number): Making | undefined {
    return this.#lookup?.making(ordinal);
  }

  toMake(ordinal: number): void {
    super.enqueue(ordinal);
    this.run.wake(this);
  }

  reused(ordinal: number, answer: ReuseAnswer, digest: string): void {
    const how = reusedCompletion(answer, digest);
    if ("value" in answer) this.#completeOne(ordinal, answer.value, how);
    else void this.#completeList(ordinal, { ok: true, ...answer }, how);
  }

  lookupFailed(ordinal: number, error: unknown): void {
    if (!this.isAsked(ordinal)) return;
    const record = this.run.engineError(error, { node: this.definition.id });
    this.#fail(ordinal, { error: record, attempt: this.#budget.nextAttempt(ordinal), ms: 0, to: "failed" });
  }

  protected override decide(ordinal: number, state: number, seq: number): void {
    super.decide(ordinal, state, seq);
    this.#lookup?.ended(ordinal);
  }

  // ---- performing

  protected perform(ordinal: number): void {
    const given = this.definition.pool === undefined || !this.#gate.refusal ? this.#given.peek(ordinal) : undefined;
    if (given) this.#start(ordinal, given);
    else void this.#load(ordinal);
  }

  async #load(ordinal: number): Promise<void> {
    try {
      if (this.#gate.refusal) throw this.#gate.refusal;
      const given = await this.#given.load(ordinal);
      if (this.run.halted || this.cancelled) {
        this.state.set(ordinal, ItemState.none);
        return this.freeSlot();
      }
      this.#start(ordinal, given);
    } catch (error) {
      this.#fail(ordinal, {
        error: this.run.engineError(error, { node: this.definition.id }),
        attempt: this.#budget.nextAttempt(ordinal),
        ms: 0,
        to: "failed",
      });
      this.freeSlot();
    }
  }

  #start(ordinal: number, { inputs, missing }: GivenInputs): void {
    const attempt = this.#budget.nextAttempt(ordinal);
    const feedback = this.#budget.feedback(ordinal);
    const first: AttemptRequest = {
      runId: this.run.runId,
      workflow: this.run.workflow,
      nodeId: this.definition.id,
      call: this.no,
      item: ordinal,
      path: this.inputs.base.path(ordinal),
      attempt,
      inputs,
      missing,
      yielded: this.#yielded?.get(ordinal) ?? 0,
    };
    const request = feedback ? { ...first, feedback } : first;
    this.run.reuse?.made(this.no);
    this.#budget.started(ordinal, attempt);
    this.state.set(ordinal, ItemState.running);
    this.#starts.add(ordinal, attempt);
    this.run.batch(this);
    new Attempt(this.run, request, { owner: this, timeoutMs: this.definition.timeoutMs }).begin();
  }

  /** R1. */
  override flushBatches(): void {
    this.#flushStarts();
    this.#shown.turnEnds();
    super.flushBatches();
  }

  #flushStarts(): void {
    const event = this.#starts.take(this.no, this.run.clock.now());
    if (event) this.run.emit(event);
  }

  // ---- outcomes

  ended(attempt: Attempt, outcome: AttemptOutcome, ms: number): void {
    const { item, attempt: no } = attempt.request;
    this.#flushStarts();
    // Those of a list are told when the list is there.
    if (outcome.facts && !("list" in outcome)) emitFacts(this.run, attempt.request, outcome.facts);
    if (outcome.ok) {
      const how = completionOf(this, attempt.request, outcome, ms);
      if ("value" in outcome) this.#completeOne(item, outcome.value, how);
      else return void this.#completeList(item, outcome, how).finally(() => this.freeSlot());
    } else if (attempt.aborted && (this.cancelled || this.run.halted)) {
      this.#cancelled(item, no, ms);
    } else if (outcome.retryable && this.#retry(item, { error: outcome.error, attempt: no, ms })) {
      // The slot is free while the retry waits (R3).
    } else {
      this.#fail(item, { error: outcome.error, attempt: no, ms, to: "failed" });
    }
    this.freeSlot();
  }

  #completeOne(item: number, value: string, how: Completion): void {
    this.state.set(item, ItemState.recording);
    const seq = this.run.emit(completedEvent(this, item, how), value);
    offer(this, item, how);
    this.#shown.add(item, seq, value);
    this.noteDecided("completed");
  }

  /** Their commit is there. */
  show({ items, seqs, texts }: Shown): void {
    // What nobody uses so far would only push out of memory what somebody does. One value may be the output of the run.
    const wanted = this.uses > 0 || this.inputs.base.length === 1;
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      const text = texts[i]!;
      this.bytes += text.length;
      if (wanted) this.run.values.keep({ call: this.no, item }, text);
      this.decide(item, ItemState.completed, seqs[i]!);
    }
  }

  /** R2. A list, or the end of a generator. The slot of an attempt stays taken: memory of long lists is bounded by slots. */
  async #completeList(item: number, outcome: ManyValues, how: Completion): Promise<void> {
    const list = "list" in outcome ? outcome : undefined;
    if (list && list.list.length > LIST_CHUNK) {
      this.state.set(item, ItemState.recording);
      const staged = await stageList(this.run, { call: this.no, item, values: list.list, keys: list.keys });
      if (!staged) return;
    }
    const size = "list" in outcome ? outcome.list.length : outcome.streamed;
    if (this.#children && this.#children.length + (list?.list.length ?? 0) > MAX_ITEMS_PER_CALL) {
      return this.#fail(item, { error: tooMany(this.definition.id), ...how, to: "failed" });
    }
    if (list && list.list.length > 0 && list.list.length <= LIST_CHUNK) {
      const keys = list.keys ? { keys: list.keys } : {};
      this.run.emitList({ call: this.no, item, first: 0, values: list.list, ...keys });
    }
    if (list?.facts) emitFacts(this.run, { call: this.no, item, attempt: how.attempt }, list.facts);
    this.state.set(item, ItemState.recording);
    const scalar = list?.scalar ? { scalar: true as const } : {};
    const seq = this.run.emit(completedEvent(this, item, { ...how, size, ...scalar }));
    offer(this, item, how);
    if (list?.scalar) (this.#scalars ??= new Set()).add(item);
    this.run.afterCommit(() => {
      if (list) {
        this.run.values.keepList({ call: this.no, item }, list.list);
        this.#children?.grow(item, { first: 0, count: list.list.length, keys: list.keys, seq });
        for (const value of list.list) this.bytes += value.length;
      }
      this.decide(item, ItemState.completed, seq);
    });
    this.noteDecided("completed");
  }

  recorded({
    item,
  }: AttemptRequest): Promise<{ readonly values: readonly string[]; readonly keys?: readonly string[] }> {
    return this.run.store.list(
      this.run.runId,
      { call: this.no, item },
      { first: 0, count: this.#yielded?.get(item) ?? 0 },
    );
  }

  async yielded(
    request: AttemptRequest,
    first: number,
    given: { readonly values: readonly string[]; readonly keys?: readonly string[] },
  ): Promise<void> {
    const { item: ordinal, attempt } = request;
    const entries = { first, ...given };
    this.#flushStarts();
    this.run.emitList({
      call: this.no,
      item: ordinal,
      first: entries.first,
      values: entries.values,
      ...(entries.keys ? { keys: entries.keys } : {}),
    });
    const seq = this.run.emit({
      type: "item.yielded",
      at: this.run.clock.now(),
      call: this.no,
      item: ordinal,
      attempt,
      first: entries.first,
      count: entries.values.length,
    });
    this.run.afterCommit(() => {
      (this.#yielded ??= new Map()).set(ordinal, entries.first + entries.values.length);
      for (const value of entries.values) this.bytes += value.length;
      this.#children?.grow(ordinal, { first: entries.first, count: entries.values.length, keys: entries.keys, seq });
    });
    await this.run.committed();
  }

  protected override expanded(ordinal: number): void {
    this.#children?.expanded(ordinal);
  }

  protected override failedExpansion(ordinal: number): void {
    this.#children?.fail(ordinal);
  }

  #retry(ordinal: number, of: { readonly error: ErrorRecord; readonly ms: number; readonly attempt: number }): boolean {
    if (this.run.halted || this.cancelled) return false;
    const { attempt, error } = of;
    const delayMs = this.#budget.spend(ordinal, this.definition.retries, {
      attempt,
      error,
      draw: () => this.run.jitter(),
    });
    if (delayMs === undefined) return false;
    this.state.set(ordinal, ItemState.retrying);
    this.run.emit(retryingEvent(this, { ...of, item: ordinal, delayMs }));
    this.#budget.wait(ordinal, { clock: this.run.clock, delayMs, again: () => this.requeue(ordinal) });
    return true;
  }

  #fail(
    ordinal: number,
    of: {
      readonly error: ErrorRecord;
      readonly attempt: number;
      readonly ms: number;
      readonly to: "failed" | "abandoned";
    },
  ): void {
    const event = failedEvent(this, { ...of, item: ordinal });
    this.#budget.ended(ordinal, of.attempt);
    this.state.set(ordinal, ItemState.recording);
    this.setCauses(ordinal, [{ call: this.no, item: ordinal }]);
    const seq = this.run.emit(event);
    this.run.itemFailed(this, ordinal, event.error);
    this.run.afterCommit(() => this.decide(ordinal, of.to === "failed" ? ItemState.failed : ItemState.abandoned, seq));
    this.noteDecided("failed");
  }

  abandoned(attempt: Attempt, error: ErrorRecord, ms: number): void {
    const { item, attempt: no } = attempt.request;
    this.#flushStarts();
    if (this.cancelled || this.run.halted) this.#cancelled(item, no, ms);
    else if (!this.#retry(item, { error, attempt: no, ms }))
      this.#fail(item, { error, attempt: no, ms, to: "abandoned" });
    this.freeSlot();
  }

  /** Ended by a cancel: no failure of the item's own. */
  #cancelled(ordinal: number, attempt: number, ms: number): void {
    this.#budget.ended(ordinal, attempt);
    if (this.run.halted && !this.run.cancelling) {
      // Interrupted: nothing is recorded, the attempt counts as cut short by the owner's end.
      this.state.set(ordinal, ItemState.none);
      return;
    }
    this.state.set(ordinal, ItemState.recording);
    this.setCauses(ordinal, [{ call: this.no, item: ordinal }]);
    const error = cancelledError(this.runCancelled ? "the run was cancelled" : "a race was won by another");
    const seq = this.run.emit(failedEvent(this, { item: ordinal, attempt, ms, error, to: "cancelled" }));
    this.run.afterCommit(() => this.decide(ordinal, ItemState.cancelled, seq));
    this.noteDecided("cancelled");
  }

  override cancel(why: "race" | "run"): void {
    if (this.closing || this.isClosed || this.cancelled) return;
    this.cancelled = true;
    this.runCancelled = why === "run";
    this.dropTimers();
    const reason = new DOMException(
      why === "run" ? "the run was cancelled" : "a race was won by another",
      "AbortError",
    );
    for (const attempt of this.run.attemptsOf(this)) attempt.abort(reason);
    if (why === "race") this.#cancelWaiting();
  }

  override dropTimers(): void {
    this.#budget.dropTimers();
    this.#gate.leave();
  }

  #cancelWaiting(): void {
    const { base } = this.inputs;
    for (let ordinal = 0; ordinal < base.length; ordinal++) {
      const state = this.state.get(ordinal);
      if (state === ItemState.none || state === ItemState.queued || state === ItemState.retrying)
        this.#cancelled(ordinal, this.#budget.nextAttempt(ordinal) - 1, 0);
    }
  }

  override handleFailures(): void {
    const { base, gathered } = this.inputs;
    for (const input of gathered) {
      for (let ordinal = 0; ordinal < base.length; ordinal++) {
        const state = this.state.get(ordinal);
        if (state !== ItemState.completed && state !== ItemState.failed && state !== ItemState.abandoned) continue;
        const { failed, causes } = this.failedOf(input, ordinal);
        if (failed === 0) continue;
        this.run.failures.handle(causes);
        if (this.definition.onFailed !== "settled") this.run.failures.partial = true;
      }
    }
  }

  // ---- replay

  /** Takes over what the log says of this call. */
  adopt(recorded: RecordedCall): void {
    this.#budget.adopt(recorded);
    for (const [ordinal, count] of recorded.yielded) (this.#yielded ??= new Map()).set(ordinal, count);
    this.bytes = recorded.bytes;
    for (const ordinal of recorded.scalars) (this.#scalars ??= new Set()).add(ordinal);
    this.#children?.adopt(recorded.growth);
    for (const [ordinal, decision] of recorded.decisions) {
      this.#children?.expanded(ordinal);
      const causes: readonly Cause[] | undefined =
        decision.causes ?? (decision.state === ItemState.completed ? undefined : [{ call: this.no, item: ordinal }]);
      this.adoptDecision(ordinal, { ...decision, ...(causes ? { causes } : {}) });
    }
  }
}
