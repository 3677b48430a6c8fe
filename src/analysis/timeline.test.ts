import { expect, test } from "vitest";
import type { RunEvent } from "../model/events.ts";
import { SPAN_OUTCOMES, type Timeline } from "../model/timeline.ts";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import { timelineOf } from "./timeline.ts";

const T0 = 1_000;

async function recorded(
  events: readonly RunEvent[],
  options: { readonly maxSpans: number; readonly buckets: number } = { maxSpans: 1_000, buckets: 4 },
): Promise<Timeline> {
  const store = openMemoryStore();
  const created = {
    runId: "R",
    project: "p",
    workflow: "w",
    version: "unversioned",
    tags: {},
    caller: { kind: "test", id: "t" },
    input: "{}",
    createdAt: T0,
  };
  await store.createRun(created);
  const { epoch, seq } = await store.acquire("R");
  await store.append({ runId: "R", epoch, expectedSeq: seq, events: events.map((event) => ({ event })) });
  return timelineOf(store, "R", options);
}

const call = (no: number, node: string): RunEvent => ({
  type: "call.created",
  at: T0,
  call: no,
  kind: "node",
  node,
  identity: `${no}`,
  segment: 0,
  inputs: {},
  edges: [],
  space: [],
  many: true,
});
const started = (no: number, items: readonly number[], ms: number): RunEvent => ({
  type: "items.started",
  at: T0 + ms,
  call: no,
  items,
});
const completed = (no: number, item: number, [from, to]: readonly [number, number]): RunEvent => ({
  type: "item.completed",
  at: T0 + to,
  call: no,
  item,
  attempt: 1,
  from: "running",
  to: "completed",
  ms: to - from,
});

test("each attempt is a span from its start to its outcome, in the lowest lane that is free", async () => {
  const { rows, endMs } = await recorded([
    call(1, "load"),
    started(1, [0, 1], 10),
    completed(1, 1, [10, 20]),
    started(1, [2], 25),
    completed(1, 2, [25, 40]),
    completed(1, 0, [12, 60]),
  ]);
  expect(endMs).toBe(60);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ node: "load", calls: [1], attempts: 3, lanes: 2 });
  expect(rows[0]!.spans).toEqual({
    call: [1, 1, 1],
    item: [1, 0, 2],
    attempt: [1, 1, 1],
    startMs: [10, 12, 25],
    endMs: [20, 60, 40],
    outcome: [0, 0, 0],
    lane: [0, 1, 0],
  });
});

test("an attempt without an outcome is open, and ends where the log ends", async () => {
  const { rows } = await recorded([call(1, "load"), started(1, [0, 1], 10), completed(1, 1, [10, 30])]);
  const { outcome, endMs } = rows[0]!.spans!;
  expect(outcome.map((one) => SPAN_OUTCOMES[one])).toEqual(["open", "completed"]);
  expect(endMs).toEqual([30, 30]);
});

test("an attempt that its owner's death cut short ends there, and the time without an owner is told", async () => {
  const resumed: RunEvent = {
    type: "run.resumed",
    at: T0 + 500,
    epoch: 1,
    owner: "o",
    reason: "recovery",
    reopened: [],
  };
  const begun: RunEvent = { type: "run.started", at: T0, epoch: 1, owner: "o", seed: "s", clock: T0 };
  const { rows, breaks } = await recorded([
    begun,
    call(1, "load"),
    started(1, [0], 10),
    resumed,
    started(1, [0], 510),
    completed(1, 0, [510, 520]),
  ]);
  expect(breaks).toEqual([[10, 500]]);
  expect(rows[0]!.spans!.endMs).toEqual([10, 520]);
  expect(rows[0]!.spans!.outcome.map((one) => SPAN_OUTCOMES[one])).toEqual(["open", "completed"]);
});

test("above the bound a node is told in buckets that count every attempt", async () => {
  const events: RunEvent[] = [call(1, "load")];
  for (let item = 0; item < 40; item++)
    events.push(started(1, [item], item * 10), completed(1, item, [item * 10, item * 10 + 10]));
  const { rows } = await recorded(events, { maxSpans: 10, buckets: 4 });
  expect(rows[0]!.spans).toBeUndefined();
  expect(rows[0]!.buckets!.ms).toBe(100);
  expect(rows[0]!.buckets!.active).toEqual([10, 11, 11, 11]);
  expect(rows[0]!.buckets!.failed).toEqual([0, 0, 0, 0]);
});
