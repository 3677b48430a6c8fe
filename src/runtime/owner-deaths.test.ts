import { describe, expect, test } from "vitest";
import type { RunEvent } from "../model/events.ts";
import { OwnerDeaths } from "./owner-deaths.ts";

const started = (...items: number[]): RunEvent => ({ type: "items.started", at: 0, call: 1, items });
const completed = (item: number): RunEvent => ({
  type: "item.completed",
  at: 0,
  call: 1,
  item,
  attempt: 1,
  from: "running",
  to: "completed",
  ms: 1,
});
const resumed = (ownerDied?: true): RunEvent => ({
  type: "run.resumed",
  at: 0,
  epoch: 2,
  owner: "o",
  reason: "recovery",
  reopened: [],
  ...(ownerDied ? { ownerDied } : {}),
});

/** Deaths by item, of a log whose last owner is gone too. */
function deathsAfter(events: readonly RunEvent[]): Record<number, number> {
  const deaths = new OwnerDeaths();
  for (const event of events) deaths.apply(event);
  deaths.died();
  return Object.fromEntries(deaths.running().map((one) => [one.item, one.deaths]));
}

describe("deaths of owners", () => {
  test("count for the items that ran at each of them", () => {
    expect(
      deathsAfter([started(1, 2), resumed(true), started(1, 2), completed(2), resumed(true), started(1, 3)]),
    ).toEqual({ 1: 3, 3: 1 });
  });

  test("do not count for what the dead owner had not started anew", () => {
    expect(deathsAfter([started(1, 2), resumed(true), started(1), resumed(true)])).toEqual({ 1: 2, 2: 1 });
  });

  test("never count for an item that is a child run: the child has the same owner and names its own", () => {
    const call = { type: "call.created", at: 0, call: 1, kind: "subgraph", node: "child" } as RunEvent;
    expect(deathsAfter([call, started(1), resumed(true), started(1), resumed(true), started(1)])).toEqual({ 1: 0 });
  });

  test("are forgotten when an owner gave the run up in order", () => {
    expect(deathsAfter([started(1), resumed(true), started(1), resumed(), started(1)])).toEqual({ 1: 1 });
  });

  test("are forgotten when the run has ended, whatever way", () => {
    const failed: RunEvent = {
      type: "run.failed",
      at: 0,
      error: { code: "WG2014", kind: "owner-lost", name: "OwnerLost", message: "" },
      failures: [[1, 1]],
    };
    expect(deathsAfter([started(1), resumed(true), started(1), failed, resumed(), started(1)])).toEqual({ 1: 1 });
  });

  test("begin anew for a generator that yielded in between", () => {
    const yielded: RunEvent = { type: "item.yielded", at: 0, call: 1, item: 1, attempt: 1, first: 0, count: 1 };
    expect(deathsAfter([started(1), resumed(true), started(1), yielded, resumed(true), started(1)])).toEqual({ 1: 2 });
  });

  test("do not count for an attempt that had ended and waits for its next", () => {
    const retrying: RunEvent = {
      type: "item.retrying",
      at: 0,
      call: 1,
      item: 1,
      attempt: 1,
      from: "running",
      to: "retrying",
      ms: 1,
      delayMs: 5,
      error: { code: "WG2000", kind: "thrown", name: "Error", message: "" },
    };
    expect(deathsAfter([started(1), retrying])).toEqual({});
  });
});
