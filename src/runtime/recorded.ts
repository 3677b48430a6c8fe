/**
 * What a log says of a run, in the shape a resumed run takes over.
 *
 * Owns: folding events into decisions per call. Leaves to run.ts: asking the workflow function again.
 *
 * R1. Ordinals are a function of the log: entries of a call's list are added in the order of their events.
 * R2. A reopened item loses its decision, and so does every skip behind it; their calls are open again. A tombstone that was
 *     reopened keeps its ordinal as a void.
 * R3. A retry budget counts `item.retrying` since the last reopening of that item.
 */
import type { RunEvent, StoredEvent } from "../model/events.ts";
import type { CallCreated } from "./call.ts";
import type { Members } from "../model/joined-places.ts";
import type { ReuseSource } from "./reuse.ts";
import { causeKey, ItemState, type Cause } from "./cell.ts";
import type { ErrorRecord, ValidationIssue } from "../model/error-record.ts";

export interface Decision {
  readonly state: number;
  readonly seq: number;
  readonly causes?: readonly Cause[];
  readonly error?: ErrorRecord;
}

export interface Growth {
  readonly item: number;
  readonly first: number;
  readonly count: number;
  readonly seq: number;
  readonly tombstone: boolean;
  /** Of a node with `key`; read from the lists once the log is folded. */
  keys?: readonly string[];
  void: boolean;
}

export class RecordedCall {
  readonly created: CallCreated;
  readonly seq: number;
  readonly decisions: Map<number, Decision> = new Map();
  readonly attempts: Map<number, number> = new Map();
  readonly spent: Map<number, number> = new Map();
  readonly yielded: Map<number, number> = new Map();
  /** What a schema said of the last result. */
  readonly feedback: Map<number, readonly ValidationIssue[]> = new Map();
  readonly growth: Growth[] = [];
  /** How a list made of others was laid out, oldest first. */
  readonly joined: Members[] = [];
  /** Items of an undeclared node that returned one value. */
  readonly scalars: Set<number> = new Set();
  /** Items whose result was taken from elsewhere, and from where. */
  readonly reused: Map<number, ReuseSource> = new Map();
  /** Child runs of a subgraph call, by item. */
  readonly children: Map<number, string> = new Map();
  /** The last end of each that this run took notice of. */
  readonly childEnds: Map<number, Extract<RunEvent, { type: "child.ended" }>> = new Map();
  /** What a filter kept. */
  readonly kept: Set<number> = new Set();
  closed: { readonly event: Extract<RunEvent, { type: "call.closed" }>; readonly seq: number } | undefined;
  adopted = false;
  bytes = 0;

  constructor(created: CallCreated, seq: number) {
    this.created = created;
    this.seq = seq;
  }

  decide(item: number, decision: Decision): void {
    this.decisions.set(item, decision);
    const failed = decision.state !== ItemState.completed;
    if (failed) this.growth.push({ item, first: 0, count: 1, seq: decision.seq, tombstone: true, void: false });
  }

  reopen(item: number): void {
    if (!this.decisions.delete(item)) return;
    this.spent.delete(item);
    this.closed = undefined;
    for (const growth of this.growth) {
      if (growth.item === item && growth.tombstone) growth.void = true;
    }
  }
}

export class Recorded {
  readonly calls: Map<number, RecordedCall> = new Map();
  /** Size of recorded plain arrays by their negative number. */
  readonly lists: Map<number, { readonly size: number; readonly digest: string }> = new Map();
  readonly failures: Map<string, Cause & { readonly error: ErrorRecord }> = new Map();
  seed = "";
  clock = 0;
  seq = 0;
  workflow = "";
  version = "";
  /** Seq of the first decision that a resume reopened: behind it, what the function asks for may differ. */
  reopenedSeq: number = Infinity;
  ended: Extract<RunEvent, { type: "run.completed" | "run.failed" | "run.cancelled" | "run.diverged" }> | undefined;
  cancelling = false;
  maxSegment = 0;
  maxCall = 0;

  apply({ seq, event, value }: StoredEvent): void {
    this.seq = seq;
    switch (event.type) {
      case "run.created":
        this.workflow = event.workflow;
        this.version = event.version;
        break;
      case "run.started":
        this.seed = event.seed;
        this.clock = event.clock;
        break;
      case "run.resumed":
        this.ended = undefined;
        this.cancelling = false;
        if (event.reopened.length > 0) this.#reopen(event.reopened);
        break;
      case "call.created":
        this.calls.set(event.call, new RecordedCall(event, seq));
        this.maxSegment = Math.max(this.maxSegment, event.segment);
        this.maxCall = Math.max(this.maxCall, event.call);
        break;
      case "list.recorded":
        this.lists.set(event.list, { size: event.size, digest: event.digest });
        break;
      case "items.started": {
        const call = this.#call(event.call);
        for (const [i, item] of event.items.entries()) call.attempts.set(item, event.attempts?.[i] ?? 1);
        break;
      }
      case "item.completed": {
        const call = this.#call(event.call);
        call.bytes += value?.length ?? 0;
        if (event.attempt === 1) call.attempts.delete(event.item);
        if (event.scalar) call.scalars.add(event.item);
        if (event.source) call.reused.set(event.item, event.source);
        const yielded = call.yielded.get(event.item);
        if (event.size !== undefined && yielded === undefined && event.size > 0) {
          call.growth.push({ item: event.item, first: 0, count: event.size, seq, tombstone: false, void: false });
        }
        call.decide(event.item, { state: ItemState.completed, seq });
        break;
      }
      case "item.yielded": {
        const call = this.#call(event.call);
        call.yielded.set(event.item, event.first + event.count);
        call.growth.push({
          item: event.item,
          first: event.first,
          count: event.count,
          seq,
          tombstone: false,
          void: false,
        });
        break;
      }
      case "item.retrying": {
        const call = this.#call(event.call);
        call.attempts.set(event.item, event.attempt);
        call.spent.set(event.item, (call.spent.get(event.item) ?? 0) + 1);
        if (event.error.issues) call.feedback.set(event.item, event.error.issues);
        break;
      }
      case "item.failed": {
        const call = this.#call(event.call);
        call.attempts.set(event.item, event.attempt);
        const cause: Cause = { call: event.call, item: event.item };
        if (event.to !== "cancelled") this.failures.set(causeKey(cause), { ...cause, error: event.error });
        const state =
          event.to === "failed"
            ? ItemState.failed
            : event.to === "abandoned"
              ? ItemState.abandoned
              : ItemState.cancelled;
        call.decide(event.item, { state, seq, causes: [cause], error: event.error });
        break;
      }
      case "items.skipped": {
        const call = this.#call(event.call);
        const causes = event.causes.map(([c, i]): Cause => ({ call: c, item: i }));
        for (const item of event.items) call.decide(item, { state: ItemState.skipped, seq, causes });
        break;
      }
      case "items.filtered": {
        const call = this.#call(event.call);
        for (const item of event.kept) call.kept.add(item);
        for (const item of event.items) call.decisions.set(item, { state: ItemState.completed, seq });
        break;
      }
      case "call.joined":
        this.#call(event.call).joined.push(event.members ?? "broken");
        break;
      case "call.closed":
        this.#call(event.call).closed = { event, seq };
        break;
      case "calls.superseded":
        for (const call of event.calls) this.calls.delete(call);
        break;
      case "run.cancelling":
        this.cancelling = true;
        break;
      case "run.completed":
      case "run.failed":
      case "run.cancelled":
      case "run.diverged":
        this.ended = event;
        break;
      case "child.created":
        this.#call(event.call).children.set(event.item, event.child);
        break;
      case "child.ended":
        this.#call(event.call).childEnds.set(event.item, event);
        break;
      case "artifact.read":
      case "artifact.published":
      case "model.called":
      case "item.emitted":
      case "run.paused":
        break;
    }
  }

  #call(no: number): RecordedCall {
    const call = this.calls.get(no);
    if (!call) throw new Error(`this is a bug in workgraph: the log names call ${no} before its call.created`);
    return call;
  }

  /** R2. */
  #reopen(items: readonly (readonly [number, number])[]): void {
    const keys = new Set(items.map(([call, item]) => `${call}.${item}`));
    for (const [call, item] of items) {
      this.failures.delete(`${call}.${item}`);
      const decided = this.calls.get(call)?.decisions.get(item)?.seq;
      if (decided !== undefined) this.reopenedSeq = Math.min(this.reopenedSeq, decided);
      this.calls.get(call)?.reopen(item);
    }
    let again = true;
    while (again) {
      again = false;
      for (const call of this.calls.values()) {
        for (const [item, decision] of call.decisions) {
          if (decision.state !== ItemState.skipped || !decision.causes?.some((cause) => keys.has(causeKey(cause))))
            continue;
          call.reopen(item);
          again = true;
        }
      }
    }
    // Combinators hold no items of their own: they are open again when one of their sources is.
    for (const call of [...this.calls.values()].toSorted((a, b) => a.created.call - b.created.call)) {
      const sources = Object.values(call.created.inputs).flatMap((input) =>
        input.from === "call" ? [input.call] : [],
      );
      if (call.closed && sources.some((source) => this.calls.get(source)?.closed === undefined))
        call.closed = undefined;
    }
  }
}
