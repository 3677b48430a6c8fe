/**
 * Results of a recorded run, for a trace that asks for them by call.
 *
 * Owns: finding a result by the identity of its call and the number of its item, and the order in which results are given.
 * Leaves to symbolic-run.ts: when.
 *
 * R1. A call gives its results in the order in which they were recorded: item numbers of the calls behind it follow from that order.
 * R2. What was not recorded (or was cancelled) is not there; nothing is made up.
 */
import type { StoredEvent } from "../model/events.ts";
import type { EventStore } from "../store/store.ts";
import { recordedOutcome, type DecidedEvent } from "../runtime/recorded-outcome.ts";
import type { HeldAttempt, SymbolicEngine } from "./symbolic-engine.ts";

interface RecordedCall {
  readonly call: number;
  /** Items in the order of their last outcomes. */
  readonly order: number[];
  next: number;
}

const PAGE = 5000;

export class RecordedAnswers {
  readonly #store: EventStore;
  readonly #runId: string;
  readonly #calls: Map<string, RecordedCall> = new Map();
  readonly #outcomes: Map<string, { readonly event: DecidedEvent; readonly seq: number }> = new Map();
  readonly #asked: Set<string> = new Set();

  private constructor(store: EventStore, runId: string) {
    this.#store = store;
    this.#runId = runId;
  }

  static async of(store: EventStore, runId: string): Promise<RecordedAnswers> {
    const answers = new RecordedAnswers(store, runId);
    for (let after = 0; ;) {
      const page = await store.events(runId, { after, limit: PAGE, values: "none" });
      for (const event of page) answers.#note(event);
      if (page.length < PAGE) return answers.#inOrder();
      after = page.at(-1)!.seq;
    }
  }

  #note({ event, seq }: StoredEvent): void {
    switch (event.type) {
      case "call.created":
        this.#calls.set(event.identity, { call: event.call, order: [], next: 0 });
        return;
      case "calls.superseded":
        for (const [identity, { call }] of this.#calls) if (event.calls.includes(call)) this.#calls.delete(identity);
        return;
      case "item.completed":
      case "item.failed": {
        if (event.type === "item.failed" && event.to === "cancelled") return;
        this.#outcomes.set(`${event.call}.${event.item}`, { event, seq });
        return;
      }
      default:
        return;
    }
  }

  /** Calls that were asked for and are not recorded. */
  unmatched(identities: Iterable<string>): number {
    let count = 0;
    for (const identity of identities) if (!this.#calls.has(identity)) count++;
    return count;
  }

  /** Whether the result of this item comes next (R1). */
  isNext(identity: string, item: number): boolean {
    const call = this.#calls.get(identity);
    if (call === undefined) return false;
    while (call.next < call.order.length && this.#asked.has(`${call.call}.${call.order[call.next]!}`)) call.next++;
    return call.order[call.next] === item;
  }

  /** Seq of the result of an item; undefined when there is none. */
  seqOf(identity: string, item: number): number | undefined {
    const call = this.#calls.get(identity);
    return call && this.#outcomes.get(`${call.call}.${item}`)?.seq;
  }

  /** Gives an attempt what is recorded for it. */
  async give(identity: string, attempt: HeldAttempt, engine: SymbolicEngine): Promise<void> {
    const call = this.#calls.get(identity);
    const { item } = attempt.request;
    const found = call && this.#outcomes.get(`${call.call}.${item}`);
    if (!call || !found) return;
    this.#asked.add(`${call.call}.${item}`);
    const of = { store: this.#store, runId: this.#runId, event: found.event };
    const { channel } = attempt;
    return attempt.give(await recordedOutcome(of, { out: engine.node(attempt.request)?.out, channel }));
  }

  /** R1. The last outcome of an item counts: a resume may have reopened an earlier one. */
  #inOrder(): this {
    const byCall = new Map([...this.#calls.values()].map((call) => [call.call, call]));
    const sorted = [...this.#outcomes.values()].toSorted((a, b) => a.seq - b.seq);
    for (const { event } of sorted) byCall.get(event.call)?.order.push(event.item);
    return this;
  }
}
