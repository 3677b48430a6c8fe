/** What the contract suites build runs with. */
import { sha256Hex } from "../base/hash.ts";
import type { AppendedEvent, StoredEvent } from "../model/events.ts";
import type { Append, NewRun, Store } from "./store.ts";

export interface Opened {
  readonly store: Store;
  /** Closes the store and opens it again. Absent where nothing outlives the store. */
  readonly reopen?: () => Promise<Store>;
  /** Closes and removes everything. */
  readonly end: () => Promise<void>;
}

export const AT = 1_763_820_000_000;

/** A memo key, as the runtime makes them. */
export function memoKey(of: string): string {
  return sha256Hex(of).slice(0, 32);
}

export function newRun(runId: string, more: Partial<NewRun> = {}): NewRun {
  return {
    runId,
    project: "p",
    workflow: "research",
    version: "v1",
    tags: {},
    caller: { kind: "cli", id: "u" },
    input: '{"query":"x"}',
    createdAt: AT,
    ...more,
  };
}

export function callCreated(call: number): AppendedEvent {
  return {
    event: {
      type: "call.created",
      at: AT,
      call,
      kind: "node",
      node: `node_${call}`,
      identity: `i${call}`,
      segment: 0,
      inputs: {},
      edges: [],
      space: [],
      many: false,
    },
  };
}

export function itemsStarted(call: number, items: readonly number[]): AppendedEvent {
  return { event: { type: "items.started", at: AT + 1, call, items } };
}

export function itemCompleted(call: number, item: number, value?: string): AppendedEvent {
  const event = {
    type: "item.completed",
    at: AT + 2,
    call,
    item,
    attempt: 1,
    from: "running",
    to: "completed",
    ms: 0.25,
  } as const;
  return value === undefined ? { event } : { event, value };
}

export function itemFailed(call: number, item: number, message = "boom"): AppendedEvent {
  return {
    event: {
      type: "item.failed",
      at: AT + 2,
      call,
      item,
      attempt: 2,
      from: "running",
      to: "failed",
      ms: 3,
      error: { code: "WG2002", kind: "thrown", name: "Error", message },
    },
  };
}

/** A run that is owned, and an append that keeps count of seq. */
export interface Held {
  readonly runId: string;
  readonly epoch: number;
  seq: number;
  append(events: readonly AppendedEvent[], more?: Partial<Append>): Promise<void>;
}

export async function hold(store: Store, run: NewRun): Promise<Held> {
  await store.createRun(run);
  return holdAgain(store, run.runId);
}

export async function holdAgain(store: Store, runId: string): Promise<Held> {
  const { epoch, seq } = await store.acquire(runId);
  const held: Held = {
    runId,
    epoch,
    seq,
    append(events, more = {}) {
      const expectedSeq = held.seq;
      held.seq += events.length;
      return store.append({ runId, epoch, expectedSeq, events, ...more });
    },
  };
  return held;
}

export const runStarted: AppendedEvent = {
  event: { type: "run.started", at: AT + 1, epoch: 1, owner: "o", seed: "s", clock: AT },
};
export const runCompleted: AppendedEvent = {
  event: { type: "run.completed", at: AT + 9, partial: false },
  value: '"done"',
};

export async function take(events: AsyncIterable<StoredEvent>, count: number): Promise<StoredEvent[]> {
  const taken: StoredEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}
