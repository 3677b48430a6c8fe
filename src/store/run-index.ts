/**
 * What a store keeps current beside the log of one run: status, counts, calls, items, where errors stand.
 *
 * Owns: what each event does to them. Leaves to implementations: where calls and pages are kept, and writing them.
 *
 * R1. The index follows from the events alone: applying a log from its start gives the index again.
 * R2. It holds seqs, not copies: `call.created`, errors and values are read from the log.
 * R3. Counts of a run leave out superseded calls; each call keeps its own.
 * R4. Items that a filter left out are no items: they count nowhere.
 * R5. A run that has ended has nothing in flight: what its end cut short reads as cancelled, and waits again after a resume.
 */
import { assert, assertNever } from "../base/assert.ts";
import type { RunEvent } from "../model/events.ts";
import type { CallNo, ItemNo } from "../model/ids.ts";
import { MAX_ITEMS_PER_CALL } from "../model/ids.ts";
import { NO_MODEL_CALLS, withModelCall, type ModelTotals } from "../model/llm.ts";
import { IN_FLIGHT, isRunEnded, ITEM_STATUSES } from "../model/status.ts";
import type { ItemCounts, ItemStatus, LoggedRunStatus } from "../model/status.ts";
import type { ArtifactFact } from "./artifact-facts.ts";
import type { ItemChange } from "./item-page.ts";
import { INLINE_ITEMS, ItemPage, PAGE_ITEMS, STATUS_CODES, statusCode } from "./item-page.ts";

/** Numbers of items by status code; index 0 is unused. */
export type CodeCounts = number[];

export function noCounts(): CodeCounts {
  return new Array<number>(STATUS_CODES).fill(0);
}

export function countsRecord(counts: CodeCounts): ItemCounts {
  const record: Partial<Record<ItemStatus, number>> = {};
  ITEM_STATUSES.forEach((status, index) => {
    const count = counts[index + 1] ?? 0;
    if (count > 0) record[status] = count;
  });
  return record;
}

export function codeCounts(record: ItemCounts): CodeCounts {
  const counts = noCounts();
  for (const [status, count] of Object.entries(record)) counts[statusCode(status as ItemStatus)] = count;
  return counts;
}

export interface CallIndex {
  readonly call: CallNo;
  /** Seq of its `call.created`. */
  readonly seq: number;
  /** Seq of its `call.closed`, 0 while it is open. */
  closedSeq: number;
  superseded: boolean;
  counts: CodeCounts;
  /** Item numbers seen are below this. */
  size: number;
  /** Pages in memory; the others are with the source. */
  readonly pages: Map<number, ItemPage>;
  /** Pages with rows of their own that changed; most calls have none. */
  dirtyPages: Set<number> | undefined;
  /** What its own row says changed; the pages of an open call with many items change without it. */
  rowDirty: boolean;
}

export function newCallIndex(call: CallNo, seq: number): CallIndex {
  return {
    call,
    seq,
    closedSeq: 0,
    superseded: false,
    counts: noCounts(),
    size: 0,
    pages: new Map(),
    dirtyPages: undefined,
    rowDirty: true,
  };
}

/** What is recorded of a run but not in memory. */
export interface IndexSource {
  call(call: CallNo): CallIndex | undefined;
  page(call: CallIndex, page: number): ItemPage | undefined;
  /** Numbers of the calls that are not closed. */
  openCalls(): readonly CallNo[];
}

export interface RunFacts {
  seq: number;
  logged: LoggedRunStatus;
  startedAt: number | undefined;
  endedAt: number | undefined;
  /** Calls ever made, superseded ones included. */
  calls: number;
  counts: CodeCounts;
  /** What its calls of language models come to; undefined: there were none. */
  models: ModelTotals | undefined;
}

export function newRunFacts(): RunFacts {
  return {
    seq: 0,
    logged: "queued",
    startedAt: undefined,
    endedAt: undefined,
    calls: 0,
    counts: noCounts(),
    models: undefined,
  };
}

export interface ErrorPlace {
  readonly seq: number;
  readonly final: boolean;
}

/** A place with the event that stands there. */
export interface ErrorFact extends ErrorPlace {
  readonly event: Extract<RunEvent, { type: "item.failed" | "item.retrying" | "run.failed" }>;
}

const RUNNING = statusCode("running");
const WAITING = statusCode("waiting");
const CANCELLED = statusCode("cancelled");
const IN_FLIGHT_CODES: ReadonlySet<number> = new Set(IN_FLIGHT.map(statusCode));

export class RunIndex {
  readonly facts: RunFacts;
  readonly calls: Map<CallNo, CallIndex> = new Map();
  /** What changed since `settle`. */
  readonly dirtyCalls: Set<CallIndex> = new Set();
  readonly errors: ErrorFact[] = [];
  readonly artifacts: ArtifactFact[] = [];
  statusChanged = false;
  readonly #source: IndexSource;

  constructor(source: IndexSource, facts: RunFacts = newRunFacts()) {
    this.#source = source;
    this.facts = facts;
  }

  apply(event: RunEvent): void {
    const seq = ++this.facts.seq;
    switch (event.type) {
      case "run.created":
        return this.#status("queued");
      case "run.started":
        this.facts.startedAt ??= event.at;
        return this.#status("open");
      case "run.resumed":
        this.facts.startedAt ??= event.at;
        this.facts.endedAt = undefined;
        this.#resume(seq);
        for (const [call, item] of event.reopened) this.#reopen(call, item, seq);
        return this.#status("open");
      case "run.paused":
        return this.#status("paused");
      case "run.completed":
        return this.#ended(event.partial ? "completed_partial" : "completed", event.at, seq);
      case "run.failed":
        this.errors.push({ seq, final: true, event });
        return this.#ended("failed", event.at, seq);
      case "run.cancelled":
        return this.#ended("cancelled", event.at, seq);
      case "run.diverged":
        return this.#ended("diverged", event.at, seq);
      case "call.created": {
        const call = newCallIndex(event.call, seq);
        this.calls.set(event.call, call);
        this.dirtyCalls.add(call);
        this.facts.calls++;
        return;
      }
      case "items.started": {
        const call = this.#call(event.call);
        // After a resume a closed call starts again what was skipped.
        if (call.closedSeq !== 0) this.#open(call);
        const { items, attempts, at } = event;
        for (let i = 0; i < items.length; i++)
          this.#set(call, items[i]!, { status: RUNNING, seq, startedAt: at, attempt: attempts?.[i] ?? 1 });
        return;
      }
      case "item.completed":
        return this.#set(this.#call(event.call), event.item, {
          status: statusCode(event.to),
          seq,
          attempt: event.attempt,
          ms: event.ms,
          size: event.size,
        });
      case "item.retrying":
      case "item.failed":
        this.errors.push({ seq, final: event.type === "item.failed", event });
        return this.#set(this.#call(event.call), event.item, {
          status: statusCode(event.to),
          seq,
          attempt: event.attempt,
          ms: event.ms,
        });
      case "items.skipped": {
        const call = this.#call(event.call);
        for (const item of event.items) this.#set(call, item, { status: statusCode("skipped"), seq });
        return;
      }
      case "items.filtered": {
        const call = this.#call(event.call);
        for (const item of event.kept) this.#set(call, item, { status: statusCode("completed"), seq });
        return;
      }
      case "call.closed": {
        const call = this.#call(event.call);
        call.closedSeq = seq;
        call.rowDirty = true;
        this.dirtyCalls.add(call);
        return;
      }
      case "calls.superseded":
        for (const call of event.calls) this.#supersede(this.#call(call));
        return;
      case "artifact.published":
      case "artifact.read":
        this.artifacts.push({ seq, event });
        return;
      case "model.called":
        this.facts.models = withModelCall(this.facts.models ?? NO_MODEL_CALLS, event.model);
        return;
      case "list.recorded":
      case "call.joined":
      case "child.created":
      case "child.ended":
      case "item.yielded":
      case "item.emitted":
      case "run.cancelling":
        return;
      default:
        return assertNever(event);
    }
  }

  /** Forgets what changed, after it was written; `keep` false for a call drops it from memory. */
  settle(keep: (call: CallIndex) => boolean): void {
    for (const call of this.dirtyCalls) {
      call.dirtyPages = undefined;
      call.rowDirty = false;
      if (!keep(call)) this.calls.delete(call.call);
    }
    this.dirtyCalls.clear();
    this.errors.length = 0;
    this.artifacts.length = 0;
    this.statusChanged = false;
  }

  #status(logged: LoggedRunStatus): void {
    this.facts.logged = logged;
    this.statusChanged = true;
  }

  /** R5. Most runs end with nothing in flight, and their open calls are not looked for. */
  #ended(logged: LoggedRunStatus, at: number, seq: number): void {
    this.facts.endedAt = at;
    this.#status(logged);
    if (!this.#hasInFlight()) return;
    for (const call of this.#openCalls()) this.#move(call, { from: IN_FLIGHT_CODES, to: CANCELLED, seq });
  }

  #hasInFlight(): boolean {
    for (const code of IN_FLIGHT_CODES) if ((this.facts.counts[code] ?? 0) > 0) return true;
    return false;
  }

  /** What was in flight when the run stopped is not any more. */
  #resume(seq: number): void {
    const from = isRunEnded(this.facts.logged) ? new Set([CANCELLED, ...IN_FLIGHT_CODES]) : IN_FLIGHT_CODES;
    for (const call of this.#openCalls()) this.#move(call, { from, to: WAITING, seq });
  }

  #call(number: CallNo): CallIndex {
    const known = this.calls.get(number);
    if (known !== undefined) return known;
    const loaded = this.#source.call(number);
    assert(loaded !== undefined, `an event names call ${number}, which was never created`);
    this.calls.set(number, loaded);
    return loaded;
  }

  #page(call: CallIndex, number: number): ItemPage {
    let page = call.pages.get(number);
    if (page === undefined) {
      page =
        (number * PAGE_ITEMS < call.size ? this.#source.page(call, number) : undefined) ??
        (number === 0 ? new ItemPage() : ItemPage.whole());
      call.pages.set(number, page);
    }
    return page;
  }

  #set(call: CallIndex, item: ItemNo, change: ItemChange): void {
    assert(item >= 0 && item < MAX_ITEMS_PER_CALL, `item ${item} of call ${call.call} is out of range`);
    const number = Math.floor(item / PAGE_ITEMS);
    const slot = item % PAGE_ITEMS;
    const page = this.#page(call, number);
    const before = page.status(slot);
    page.set(slot, change);
    if (item >= INLINE_ITEMS && call.size <= INLINE_ITEMS) {
      // It outgrows its row: what stood there becomes a page of its own.
      call.rowDirty = true;
      if (call.size > 0) this.#page(call, 0);
      if (call.size > 0) (call.dirtyPages ??= new Set()).add(0);
    }
    call.size = Math.max(call.size, item + 1);
    // Up to there its one page stands in its row.
    if (call.size > INLINE_ITEMS) (call.dirtyPages ??= new Set()).add(number);
    if (call.size <= INLINE_ITEMS || call.closedSeq !== 0) call.rowDirty = true;
    this.dirtyCalls.add(call);
    if (before === change.status) return;
    move(call.counts, before, change.status);
    if (!call.superseded) move(this.facts.counts, before, change.status);
  }

  #openCalls(): CallIndex[] {
    const numbers = new Set(this.#source.openCalls());
    for (const call of this.calls.values()) if (call.closedSeq === 0) numbers.add(call.call);
    return Array.from(numbers, (number) => this.#call(number)).filter((call) => call.closedSeq === 0);
  }

  #move(call: CallIndex, of: { readonly from: ReadonlySet<number>; readonly to: number; readonly seq: number }): void {
    for (let number = 0; number * PAGE_ITEMS < call.size; number++) {
      const page = this.#page(call, number);
      for (let slot = 0; slot < page.capacity; slot++) {
        if (!of.from.has(page.status(slot))) continue;
        this.#set(call, number * PAGE_ITEMS + slot, { status: of.to, seq: of.seq });
      }
    }
  }

  #reopen(number: CallNo, item: ItemNo, seq: number): void {
    const call = this.#call(number);
    this.#open(call);
    this.#set(call, item, { status: WAITING, seq });
  }

  #open(call: CallIndex): void {
    call.closedSeq = 0;
    call.rowDirty = true;
  }

  #supersede(call: CallIndex): void {
    if (call.superseded) return;
    call.superseded = true;
    call.rowDirty = true;
    this.dirtyCalls.add(call);
    call.counts.forEach((count, code) => {
      if (code > 0) this.facts.counts[code] = (this.facts.counts[code] ?? 0) - count;
    });
  }
}

function move(counts: CodeCounts, from: number, to: number): void {
  if (from !== 0) counts[from] = (counts[from] ?? 0) - 1;
  counts[to] = (counts[to] ?? 0) + 1;
}
