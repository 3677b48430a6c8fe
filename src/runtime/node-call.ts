/**
 * A call of a node: its items, their attempts and what they leave in the log.
 *
 * Owns: the item state machine queued > running > (retrying > queued ...) > completed | failed | abandoned | cancelled.
 * Leaves to attempt.ts: one attempt; to the engine: the author's function.
 *
 * R1. `items.started` is one event per call and turn and precedes every outcome of those starts.
 * R2. An outcome is one event, with its value. A list of more than a chunk is staged before the event that names it.
 * R3. A slot is held from the start of an attempt until its outcome is decided, not while a retry waits.
 * R4. The retry budget counts failed attempts since the item was last granted one; attempts cut short by the owner's death
 *     neither spend nor reset it. Attempt numbers go on.
 */
import { isoTime } from "../base/primordials.ts";
import type { NodeDefinition, OnFailed } from "../model/definition.ts";
import type { ErrorRecord, ValidationIssue } from "../model/error-record.ts";
import { formatAddress, MAX_ITEMS_PER_CALL } from "../model/ids.ts";
import type { ValueKey } from "../store/store.ts";
import { Attempt, type AttemptOwner } from "./attempt.ts";
import type { CallCreated } from "./call.ts";
import { ItemState, Words, type Cause } from "./cell.ts";
import { Domain } from "./domain.ts";
import type { AttemptOutcome, AttemptRequest } from "./engine.ts";
import { ItemCall, type GatheredInput, type ItemCallInputs } from "./item-call.ts";
import { ListOutput, type Output } from "./output.ts";
import type { RecordedCall } from "./recorded.ts";
import { retryDelay } from "./retry.ts";
import type { RunCore } from "./run-core.ts";
import { gatheredText, type SettledCell } from "./settled.ts";
import { SingleOutput } from "./single-output.ts";
import { countsArrayAsMany } from "../define/undeclared.ts";
import type { Space } from "../trace/space.ts";

/** Elements written with the event itself; longer lists are staged in pieces over several turns. */
const LIST_CHUNK = 256;
/** Items of a gathered set that are brought together over several turns. */
const LARGE_SET = 4096;

type OneValue = Extract<AttemptOutcome, { readonly value: string }>;
type ManyValues = Exclude<Extract<AttemptOutcome, { readonly ok: true }>, OneValue>;

/** Results that become visible together; three arrays, since an object for each is measurable. */
interface Shown {
  readonly items: number[];
  readonly seqs: number[];
  readonly texts: string[];
}

export interface NodeCallSpec extends ItemCallInputs {
  readonly definition: NodeDefinition;
  /** Encoded plain values by parameter. */
  readonly plain: ReadonlyMap<string, string>;
  /** The space of `many` results. */
  readonly childSpace: Space | undefined;
}

export class NodeCall extends ItemCall implements AttemptOwner {
  readonly definition: NodeDefinition;
  readonly #plain: ReadonlyMap<string, string>;
  readonly #children: Domain | undefined;
  readonly #childSeqs = new Words();
  readonly output: Output;
  #started: number[] = [];
  /** Results of this turn. */
  #shown: Shown | undefined;
  #startedAttempts: number[] = [];
  /** Last attempt number, where it is not 1. */
  readonly #attempts: Map<number, number> = new Map();
  /** Failed attempts since the last grant. */
  readonly #spent: Map<number, number> = new Map();
  readonly #feedback: Map<number, readonly ValidationIssue[]> = new Map();
  /** Elements recorded so far by a generator's item. */
  readonly #yielded: Map<number, number> = new Map();
  /** Of a node that does not declare its result: items with one value, and the output that takes them as such. */
  readonly #scalars: Set<number> = new Set();
  readonly #single: SingleOutput | undefined;
  readonly #retryTimers: Map<number, () => void> = new Map();
  /** One for all starts that a rate limit holds back. */
  readonly #wakeUp = (): void => this.run.wake(this);

  constructor(run: RunCore, created: CallCreated, spec: NodeCallSpec) {
    super(run, created, spec);
    this.definition = spec.definition;
    this.#plain = spec.plain;
    if (spec.childSpace) {
      this.#children = new Domain(spec.childSpace, spec.base);
      this.output = new ListOutput(this.no, this.#children, {
        failure: (parent) => ({ cell: this.cellOf(parent), causes: this.causesOf(parent), seq: this.seqOf(parent) }),
        seq: (ordinal) => this.#childSeqs.get(ordinal),
      });
      if (countsArrayAsMany(spec.definition)) this.#single = new SingleOutput(this);
    } else {
      this.output = this.result;
    }
  }

  get outputs(): readonly Output[] {
    return this.#single ? [this.output, this.#single] : [this.output];
  }

  /** Whether an undeclared item's result was one value. */
  isScalar(ordinal: number): boolean {
    return this.#scalars.has(ordinal);
  }

  protected override closeOutput(): void {
    this.#children?.close(this.closedSeq);
  }

  protected slots(): number {
    return this.definition.concurrency;
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

  protected override mayStart(): boolean {
    const limit = this.definition.rateLimit;
    return !limit || this.run.limiter.take(this.definition.id, limit, this.#wakeUp);
  }

  // ---- performing

  protected perform(ordinal: number): void {
    const keys: ValueKey[] = [];
    const { base, mapped } = this.inputs;
    for (const { output } of mapped)
      keys.push(output.valueKey(output.domain === base ? ordinal : base.ancestor(ordinal, output.domain)));
    if (this.inputs.gathered.length === 0) {
      const texts: string[] = [];
      for (const key of keys) {
        const text = this.run.values.peek(key);
        if (text === undefined) break;
        texts.push(text);
      }
      if (texts.length === keys.length) return this.#start(ordinal, { mapped: texts, gathered: {}, missing: 0 });
    }
    void this.#load(ordinal, keys);
  }

  async #load(ordinal: number, keys: readonly ValueKey[]): Promise<void> {
    try {
      const mapped = await this.run.values.load(keys);
      const gathered: Record<string, string> = {};
      let missing = 0;
      for (const input of this.inputs.gathered) {
        const members = this.gatheredMembers(input, ordinal);
        if (members.length > LARGE_SET) await new Promise<void>((resolve) => setImmediate(resolve));
        if (this.definition.onFailed !== "settled")
          missing += members.filter((o) => input.output.cell(o) !== "ok").length;
        const cells: SettledCell[] = members.map((o) => ({ output: input.output, ordinal: o }));
        gathered[input.param] = await gatheredText(this.run, cells, {
          settled: this.definition.onFailed === "settled",
        });
      }
      if (this.run.halted || this.cancelled) {
        this.state.set(ordinal, ItemState.none);
        return this.freeSlot();
      }
      this.#start(ordinal, { mapped, gathered, missing });
    } catch (error) {
      this.#fail(ordinal, {
        error: this.run.engineError(error, { node: this.definition.id }),
        attempt: this.#nextAttempt(ordinal),
        ms: 0,
        to: "failed",
      });
      this.freeSlot();
    }
  }

  #nextAttempt(ordinal: number): number {
    return (this.#attempts.get(ordinal) ?? 0) + 1;
  }

  #start(
    ordinal: number,
    from: {
      readonly mapped: readonly string[];
      readonly gathered: Readonly<Record<string, string>>;
      readonly missing: number;
    },
  ): void {
    const attempt = this.#nextAttempt(ordinal);
    const inputs: Record<string, string> = { ...from.gathered };
    for (const [param, text] of this.#plain) inputs[param] = text;
    const { mapped } = this.inputs;
    for (let i = 0; i < mapped.length; i++) inputs[mapped[i]!.param] = from.mapped[i]!;
    const feedback = this.#feedback.get(ordinal);
    const request: AttemptRequest = {
      runId: this.run.runId,
      workflow: this.run.workflow,
      nodeId: this.definition.id,
      call: this.no,
      item: ordinal,
      path: this.inputs.base.path(ordinal),
      attempt,
      inputs,
      missing: from.missing,
      yielded: this.#yielded.get(ordinal) ?? 0,
      ...(feedback ? { feedback } : {}),
    };
    if (attempt > 1 || this.#attempts.has(ordinal)) this.#attempts.set(ordinal, attempt);
    this.state.set(ordinal, ItemState.running);
    this.#started.push(ordinal);
    this.#startedAttempts.push(attempt);
    this.run.batch(this);
    new Attempt(this.run, request, { owner: this, timeoutMs: this.definition.timeoutMs }).begin();
  }

  /** R1. */
  override flushBatches(): void {
    this.#flushStarts();
    this.#shown = undefined;
    super.flushBatches();
  }

  #flushStarts(): void {
    if (this.#started.length === 0) return;
    const items = this.#started;
    const attempts = this.#startedAttempts;
    this.#started = [];
    this.#startedAttempts = [];
    this.run.emit({
      type: "items.started",
      at: this.run.clock.now(),
      call: this.no,
      items,
      ...(attempts.some((n) => n !== 1) ? { attempts } : {}),
    });
  }

  // ---- outcomes

  ended(attempt: Attempt, outcome: AttemptOutcome, ms: number): void {
    const { item, attempt: no } = attempt.request;
    this.#flushStarts();
    if (outcome.ok) {
      if ("value" in outcome) this.#completeOne(attempt.request, outcome, ms);
      else if ("list" in outcome && outcome.list.length > LIST_CHUNK) {
        return void this.#stage(item, { outcome, ms, attempt: no, list: outcome.list, keys: outcome.keys });
      } else this.#complete(item, { outcome, ms, attempt: no });
    } else if (attempt.aborted && (this.cancelled || this.run.halted)) {
      this.#cancelled(item, no, ms);
    } else if (outcome.retryable && this.#retry(item, { error: outcome.error, attempt: no, ms })) {
      // The slot is free while the retry waits (R3).
    } else {
      this.#fail(item, { error: outcome.error, attempt: no, ms, to: "failed" });
    }
    this.freeSlot();
  }

  /** What nearly every item does; the results of one turn become visible by one function (6% of a fan-out's time). */
  #completeOne(request: AttemptRequest, outcome: OneValue, ms: number): void {
    const { item, attempt } = request;
    const { value, fallback } = outcome;
    this.state.set(item, ItemState.recording);
    const at = this.run.clock.now();
    const rounded = Math.round(ms * 1000) / 1000;
    const seq = this.run.emit(
      fallback
        ? {
            type: "item.completed",
            at,
            call: this.no,
            item,
            attempt,
            from: "running",
            to: "completed",
            ms: rounded,
            fallback,
          }
        : { type: "item.completed", at, call: this.no, item, attempt, from: "running", to: "completed", ms: rounded },
      value,
    );
    if (!this.#shown) {
      const shown: Shown = (this.#shown = { items: [], seqs: [], texts: [] });
      this.run.batch(this);
      this.run.afterCommit(() => this.#show(shown));
    }
    this.#shown.items.push(item);
    this.#shown.seqs.push(seq);
    this.#shown.texts.push(value);
    this.noteDecided("completed");
  }

  #show({ items, seqs, texts }: Shown): void {
    // What nobody uses so far would only push out of memory what somebody does.
    const wanted = this.uses > 0;
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      const text = texts[i]!;
      this.bytes += text.length;
      if (wanted) this.run.values.keep({ call: this.no, item }, text);
      this.decide(item, ItemState.completed, seqs[i]!);
    }
  }

  /** A list, or the end of a generator. */
  #complete(
    ordinal: number,
    of: { readonly outcome: ManyValues; readonly ms: number; readonly attempt: number },
  ): void {
    const { outcome } = of;
    const list = "list" in outcome ? outcome : undefined;
    const size = "list" in outcome ? outcome.list.length : outcome.streamed;
    if (this.#children && this.#children.length + (list?.list.length ?? 0) > MAX_ITEMS_PER_CALL) {
      return this.#fail(ordinal, { error: tooMany(this.definition.id), attempt: of.attempt, ms: of.ms, to: "failed" });
    }
    if (list && list.list.length > 0 && list.list.length <= LIST_CHUNK) {
      this.run.emitList({
        call: this.no,
        item: ordinal,
        first: 0,
        values: list.list,
        ...(list.keys ? { keys: list.keys } : {}),
      });
    }
    this.state.set(ordinal, ItemState.recording);
    const seq = this.run.emit({
      type: "item.completed",
      at: this.run.clock.now(),
      call: this.no,
      item: ordinal,
      attempt: of.attempt,
      from: "running",
      to: "completed",
      ms: Math.round(of.ms * 1000) / 1000,
      size,
      ...(list?.scalar ? { scalar: true as const } : {}),
      ...(list?.fallback ? { fallback: true } : {}),
    });
    if (list?.scalar) this.#scalars.add(ordinal);
    this.run.afterCommit(() => {
      if (list) {
        this.run.values.keepList({ call: this.no, item: ordinal }, list.list);
        this.#grow(ordinal, { first: 0, count: list.list.length, keys: list.keys, seq });
        for (const value of list.list) this.bytes += value.length;
      }
      this.decide(ordinal, ItemState.completed, seq);
    });
    this.noteDecided("completed");
  }

  /** R2. The slot stays taken: memory of a long list is bounded by slots. */
  async #stage(
    ordinal: number,
    of: {
      readonly outcome: ManyValues;
      readonly ms: number;
      readonly attempt: number;
      readonly list: readonly string[];
      readonly keys?: readonly string[] | undefined;
    },
  ): Promise<void> {
    try {
      for (let first = 0; first < of.list.length; first += LIST_CHUNK * 4) {
        await this.run.store.stage(this.run.runId, this.run.epoch, {
          call: this.no,
          item: ordinal,
          first,
          values: of.list.slice(first, first + LIST_CHUNK * 4),
          ...(of.keys ? { keys: of.keys.slice(first, first + LIST_CHUNK * 4) } : {}),
        });
      }
      this.#complete(ordinal, of);
      this.freeSlot();
    } catch (error) {
      this.run.storeFailed(error);
    }
  }

  recorded({
    item,
  }: AttemptRequest): Promise<{ readonly values: readonly string[]; readonly keys?: readonly string[] }> {
    return this.run.store.list(
      this.run.runId,
      { call: this.no, item },
      { first: 0, count: this.#yielded.get(item) ?? 0 },
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
      this.#yielded.set(ordinal, entries.first + entries.values.length);
      for (const value of entries.values) this.bytes += value.length;
      this.#grow(ordinal, { first: entries.first, count: entries.values.length, keys: entries.keys, seq });
    });
    await this.run.committed();
  }

  #grow(
    ordinal: number,
    of: {
      readonly first: number;
      readonly count: number;
      readonly keys?: readonly string[] | undefined;
      readonly seq: number;
    },
  ): void {
    const children = this.#children;
    if (!children || of.count === 0) return;
    const start = children.length;
    for (let i = 0; i < of.count; i++) this.#childSeqs.set(start + i, of.seq);
    children.grow(ordinal, { firstIndex: of.first, count: of.count, keys: of.keys });
  }

  protected override expanded(ordinal: number): void {
    this.#children?.expanded(ordinal);
  }

  protected override failedExpansion(ordinal: number): void {
    this.#children?.growTombstone(ordinal);
  }

  #retry(ordinal: number, of: { readonly error: ErrorRecord; readonly ms: number; readonly attempt: number }): boolean {
    const policy = this.definition.retries;
    const spent = this.#spent.get(ordinal) ?? 0;
    if (spent >= policy.max || this.run.halted || this.cancelled) return false;
    this.#spent.set(ordinal, spent + 1);
    this.#attempts.set(ordinal, of.attempt);
    if (of.error.issues) this.#feedback.set(ordinal, of.error.issues);
    const delayMs = retryDelay(policy, spent, this.run.jitter());
    this.state.set(ordinal, ItemState.retrying);
    this.run.emit({
      type: "item.retrying",
      at: this.run.clock.now(),
      call: this.no,
      item: ordinal,
      attempt: of.attempt,
      from: "running",
      to: "retrying",
      ms: Math.round(of.ms * 1000) / 1000,
      delayMs,
      error: this.#located(of.error, ordinal, of.attempt),
    });
    const timer = this.run.clock.setTimer(() => {
      this.#retryTimers.delete(ordinal);
      this.requeue(ordinal);
    }, delayMs);
    this.#retryTimers.set(ordinal, () => this.run.clock.clearTimer(timer));
    return true;
  }

  #located(error: ErrorRecord, ordinal: number, attempt: number): ErrorRecord {
    return {
      ...error,
      address: formatAddress(this.run.runId, this.no, ordinal),
      node: this.definition.id,
      path: this.inputs.base.path(ordinal),
      attempt,
      at: isoTime(this.run.clock.now()),
    };
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
    const error = this.#located(of.error, ordinal, of.attempt);
    this.#attempts.set(ordinal, of.attempt);
    this.state.set(ordinal, ItemState.recording);
    this.setCauses(ordinal, [{ call: this.no, item: ordinal }]);
    const seq = this.run.emit({
      type: "item.failed",
      at: this.run.clock.now(),
      call: this.no,
      item: ordinal,
      attempt: of.attempt,
      from: "running",
      to: of.to,
      ms: Math.round(of.ms * 1000) / 1000,
      error,
    });
    this.run.itemFailed(this, ordinal, error);
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
    this.#attempts.set(ordinal, attempt);
    if (this.run.halted && !this.run.cancelling) {
      // Interrupted: nothing is recorded, the attempt counts as cut short by the owner's end.
      this.state.set(ordinal, ItemState.none);
      return;
    }
    this.state.set(ordinal, ItemState.recording);
    this.setCauses(ordinal, [{ call: this.no, item: ordinal }]);
    const error: ErrorRecord = {
      code: "WG2004",
      kind: "cancelled",
      name: "Cancelled",
      message: `the attempt was cancelled: ${this.runCancelled ? "the run was cancelled" : "a race was won by another"}`,
    };
    const seq = this.run.emit({
      type: "item.failed",
      at: this.run.clock.now(),
      call: this.no,
      item: ordinal,
      attempt,
      from: "running",
      to: "cancelled",
      ms,
      error: this.#located(error, ordinal, attempt),
    });
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
    for (const clear of this.#retryTimers.values()) clear();
    this.#retryTimers.clear();
    this.run.limiter.leave(this.definition.id, this.#wakeUp);
  }

  #cancelWaiting(): void {
    const { base } = this.inputs;
    for (let ordinal = 0; ordinal < base.length; ordinal++) {
      const state = this.state.get(ordinal);
      if (state === ItemState.none || state === ItemState.queued || state === ItemState.retrying)
        this.#cancelled(ordinal, this.#nextAttempt(ordinal) - 1, 0);
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

  #tombstone(growth: { readonly item: number; readonly void: boolean }): void {
    if (growth.void) this.#children?.growVoid(growth.item);
    else this.#children?.growTombstone(growth.item);
  }

  /** Takes over what the log says of this call. */
  adopt(recorded: RecordedCall): void {
    for (const [ordinal, attempts] of recorded.attempts) this.#attempts.set(ordinal, attempts);
    for (const [ordinal, spent] of recorded.spent) this.#spent.set(ordinal, spent);
    for (const [ordinal, count] of recorded.yielded) this.#yielded.set(ordinal, count);
    for (const [ordinal, issues] of recorded.feedback) this.#feedback.set(ordinal, issues);
    this.bytes = recorded.bytes;
    for (const ordinal of recorded.scalars) this.#scalars.add(ordinal);
    for (const growth of recorded.growth) {
      if (growth.tombstone) this.#tombstone(growth);
      else this.#grow(growth.item, growth);
    }
    for (const [ordinal, decision] of recorded.decisions) {
      this.#children?.expanded(ordinal);
      const causes: readonly Cause[] | undefined =
        decision.causes ?? (decision.state === ItemState.completed ? undefined : [{ call: this.no, item: ordinal }]);
      this.adoptDecision(ordinal, { ...decision, ...(causes ? { causes } : {}) });
    }
  }
}

function tooMany(node: string): ErrorRecord {
  return {
    code: "WG1010",
    kind: "thrown",
    name: "WorkgraphError",
    message: `node "${node}" made more than ${MAX_ITEMS_PER_CALL} items in one call: return pages of items, or split the work over several calls`,
  };
}
