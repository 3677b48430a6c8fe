/**
 * Answers of a recorded run in place of attempts and child runs.
 *
 * Owns: finding the recorded item that an attempt stands for, and when its answer comes. Leaves to runtime/recorded-outcome.ts: the
 * answer.
 *
 * R1. An item is found by its node, by which call of that node it is of, and by its number; what it is given now is not looked at.
 * R2. Answers come at the times at which they were recorded, on the run's clock, and in that order: a race has the same winner.
 * R3. What was not recorded fails (WG1158), and is told.
 */
import type { Clock } from "../base/clock.ts";
import type { StoredEvent } from "../model/events.ts";
import type { CallNo, RunId } from "../model/ids.ts";
import type { NodeDefinition } from "../model/definition.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { ChildRequest, ChildRuns, LiveChild, PreparedChild } from "../runtime/children.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest, Engine } from "../runtime/engine.ts";
import { recordedOutcome, type DecidedEvent } from "../runtime/recorded-outcome.ts";
import { errorRecord } from "../runtime/thrown.ts";
import type { CallRow, Store } from "../store/store.ts";
import { UNVERSIONED } from "./child-runs.ts";
import type { WaitingClock } from "./waiting-clock.ts";

const nextTurn = setImmediate;

/** A recorded item: how it ended, and when. */
interface Answer {
  readonly event: DecidedEvent;
  readonly seq: number;
  /** Of a child run: items were dropped or tolerated. */
  readonly isPartial: boolean;
}

/** The last outcomes of a recorded run, by node, call and item. */
export class RecordedItems {
  readonly store: Store;
  readonly runId: RunId;
  /** Epoch ms of the last event. */
  readonly endedAt: number;
  readonly #answers: ReadonlyMap<string, Answer>;
  readonly #calls: ReadonlyMap<string, CallNo>;

  private constructor(
    store: Store,
    of: { readonly runId: RunId; readonly calls: readonly CallRow[]; readonly events: readonly StoredEvent[] },
  ) {
    this.store = store;
    this.runId = of.runId;
    this.endedAt = of.events.at(-1)?.event.at ?? 0;
    this.#calls = new Map([...places(of.calls)].map(([call, place]) => [place, call]));
    const answers = new Map<string, Answer>();
    const partial = new Map<string, boolean>();
    for (const { event, seq } of of.events) {
      if (event.type === "child.ended")
        partial.set(`${event.call}.${event.item}`, event.status === "completed_partial");
      if (event.type !== "item.completed" && event.type !== "item.failed") continue;
      const key = `${event.call}.${event.item}`;
      answers.set(key, { event, seq, isPartial: partial.get(key) ?? false });
    }
    this.#answers = answers;
  }

  static async of(store: Store, runId: RunId): Promise<RecordedItems> {
    const { seq } = (await store.run(runId))!;
    const events = await store.events(runId, { limit: seq, values: "none" });
    return new RecordedItems(store, { runId, events, calls: await store.calls(runId) });
  }

  /** R1. @param calls of the run that asks */
  find(calls: readonly CallRow[], { call, item }: Pick<AttemptRequest, "call" | "item">): Answer | undefined {
    const recorded = this.#calls.get(places(calls).get(call) ?? "");
    return recorded === undefined ? undefined : this.#answers.get(`${recorded}.${item}`);
  }
}

/** `NODE/k`: the k-th call of a node, by call. */
function places(calls: readonly CallRow[]): ReadonlyMap<CallNo, string> {
  const counts = new Map<string, number>();
  const found = new Map<CallNo, string>();
  for (const { call, event, superseded } of calls) {
    if (superseded) continue;
    const k = (counts.get(event.node) ?? 0) + 1;
    counts.set(event.node, k);
    found.set(call, `${event.node}/${k}`);
  }
  return found;
}

/** Those of a run when one of them is recorded: an attempt may begin in the turn whose commit has its call. */
async function callsUpTo(store: Store, runId: RunId, call: CallNo): Promise<readonly CallRow[]> {
  for (;;) {
    const calls = await store.calls(runId);
    if (calls.some((row) => row.call === call)) return calls;
    await new Promise<void>((resolve) => nextTurn(resolve));
  }
}

/** R2. */
class Turns {
  readonly #clock: Clock;
  #waiting: { readonly answer: Answer; readonly resolve: () => void }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  until(answer: Answer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ answer, resolve });
    this.#clock.setTimer(() => this.#next(), Math.max(0, answer.event.at - this.#clock.now()));
    return promise;
  }

  /** One answer a timer: of those that are due, the one that was recorded first. */
  #next(): void {
    const first = this.#waiting.reduce((a, b) => (a.answer.seq < b.answer.seq ? a : b));
    this.#waiting = this.#waiting.filter((one) => one !== first);
    first.resolve();
  }
}

export class RecordedEngine implements Engine {
  readonly #items: RecordedItems;
  /** Of the run that asks. */
  readonly #store: Store;
  readonly #clock: WaitingClock;
  readonly #turns: Turns;
  readonly #definitions: Map<RunId, ReadonlyMap<string, NodeDefinition>> = new Map();

  constructor(items: RecordedItems, of: { readonly store: Store; readonly clock: WaitingClock }) {
    this.#clock = of.clock;
    this.#items = items;
    this.#store = of.store;
    this.#turns = new Turns(of.clock);
  }

  define(runId: string, definitions: ReadonlyMap<string, NodeDefinition>): void {
    this.#definitions.set(runId, definitions);
  }

  forget(runId: string): void {
    this.#definitions.delete(runId);
  }

  async attempt(request: AttemptRequest, channel: AttemptChannel): Promise<AttemptOutcome> {
    const answer = this.#items.find(await callsUpTo(this.#store, request.runId, request.call), request);
    if (!answer) return refused(request);
    // It lost a race: it is under way until it is aborted again. When all that was recorded is over, nothing will abort it.
    if (answer.event.type === "item.failed" && answer.event.to === "cancelled") {
      await this.#clock.wait(Math.max(0, this.#items.endedAt - this.#clock.now()) + 1, channel.signal);
      return refused(request);
    }
    await this.#turns.until(answer);
    const { store, runId } = this.#items;
    const out = this.#definitions.get(request.runId)?.get(request.nodeId)?.out;
    return recordedOutcome({ store, runId, event: answer.event }, { out, channel });
  }
}

/** Child runs that are only an end: the one that the parent's log has. */
export class RecordedChildRuns implements ChildRuns {
  readonly #items: RecordedItems;
  readonly #store: Store;

  constructor(items: RecordedItems, store: Store) {
    this.#items = items;
    this.#store = store;
  }

  async prepare({ parent, workflow, inputs }: ChildRequest): Promise<PreparedChild> {
    const answer = this.#items.find(await callsUpTo(this.#store, parent.run, parent.call), parent);
    if (!answer) throw notRecorded(workflow.name, parent);
    const { store, runId } = this.#items;
    return {
      version: UNVERSIONED,
      begin: async (child) => {
        const none = { out: undefined, channel: { yield: async () => undefined } };
        const outcome = await recordedOutcome({ store, runId, event: answer.event }, none);
        const input = `{${Object.entries(inputs)
          .map(([param, text]) => `${JSON.stringify(param)}:${text}`)
          .join(",")}}`;
        await this.#end(child, { request: { parent, name: workflow.name, input }, outcome, answer });
        return { ended: Promise.resolve(), stop: () => undefined };
      },
    };
  }

  /** Never: a child has ended when it has begun. */
  resume(): Promise<LiveChild> {
    return Promise.resolve({ ended: Promise.resolve(), stop: () => undefined });
  }

  async #end(
    runId: RunId,
    of: {
      readonly request: { readonly parent: ChildRequest["parent"]; readonly name: string; readonly input: string };
      readonly outcome: AttemptOutcome;
      readonly answer: Answer;
    },
  ): Promise<void> {
    const { request, outcome, answer } = of;
    const { at } = answer.event;
    const { parent, name: workflow, input } = request;
    const caller = { kind: "fixture", id: parent.run };
    const run = {
      runId,
      project: "default",
      workflow,
      version: UNVERSIONED,
      tags: {},
      caller,
      parent,
      input,
      createdAt: at,
    };
    await this.#store.createRun(run);
    const { epoch, seq } = await this.#store.acquire(runId);
    const owner = this.#store.owner.ownerId;
    await this.#store.append({
      runId,
      epoch,
      expectedSeq: seq,
      events: [
        { event: { type: "run.started", at, epoch, owner, seed: "recorded", clock: at } },
        outcome.ok
          ? { event: { type: "run.completed", at, partial: answer.isPartial }, value: valueOf(outcome) }
          : { event: { type: "run.failed", at, error: outcome.error, failures: [] } },
      ],
    });
    await this.#store.release(runId, epoch);
  }
}

function valueOf(outcome: Extract<AttemptOutcome, { readonly ok: true }>): string {
  if ("value" in outcome) return outcome.value;
  return "list" in outcome ? `[${outcome.list.join(",")}]` : "null";
}

function refused(request: AttemptRequest): AttemptOutcome {
  const { nodeId: node } = request;
  return { ok: false, error: errorRecord(notRecorded(node, request), { node }), retryable: false };
}

/** R3. */
function notRecorded(node: string, { call, item }: Pick<AttemptRequest, "call" | "item">): WorkgraphError {
  return new WorkgraphError("WG1158", `the fixture has no answer for item ${item} of call ${call} of "${node}"`, {
    hint: 'the workflow asks for more than it did: record it anew, or replay with mode "inputs" and script the nodes',
  });
}
