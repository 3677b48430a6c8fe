import { describe, expect, test } from "vitest";
import { RunQueue, type WaitingRun } from "./run-queue.ts";

function waiting(runId: string, workflow: string, of: Partial<WaitingRun> = {}): WaitingRun {
  return { runId, workflow, priority: 0, since: 0, ...of };
}

/** Everything that starts, when nothing ends. */
function started(queue: RunQueue, underWay: readonly string[] = [], now = 0): string[] {
  const workflows = [...underWay];
  const ids: string[] = [];
  for (let run = queue.next(workflows, now); run; run = queue.next(workflows, now)) {
    workflows.push(run.workflow);
    ids.push(run.runId);
  }
  return ids;
}

/** One place, each run ends before the next starts. */
function inTurn(queue: RunQueue, now = 0): string[] {
  const ids: string[] = [];
  for (let run = queue.next([], now); run; run = queue.next([], now)) ids.push(run.runId);
  return ids;
}

describe("the queue of runs", () => {
  test("starts as many as its limit, and the older ones first", () => {
    const queue = new RunQueue(2);
    for (const [i, id] of ["c", "a", "b"].entries()) queue.add(waiting(id, "long", { since: i }));
    expect(started(queue)).toEqual(["c", "a"]);
    expect(queue.size).toBe(1);
  });

  test("a higher priority goes first, whatever came before", () => {
    const queue = new RunQueue(1);
    queue.add(waiting("a", "one"));
    queue.add(waiting("b", "two", { since: 5, priority: 3 }));
    queue.add(waiting("c", "one", { since: 9, priority: -1 }));
    expect(inTurn(queue)).toEqual(["b", "a", "c"]);
  });

  test("a low priority gains on those that come later", () => {
    const queue = new RunQueue(1);
    queue.add(waiting("old", "one", { priority: -2 }));
    queue.add(waiting("new", "two", { since: 180_000 }));
    expect(inTurn(queue, 190_000)).toEqual(["old", "new"]);
  });

  test("workflows take turns: a thousand runs of one delay no other one by more than one run", () => {
    const queue = new RunQueue(1);
    for (let i = 0; i < 1000; i++) queue.add(waiting(`a${String(i).padStart(4, "0")}`, "many", { since: i }));
    queue.add(waiting("b1", "few", { since: 5000 }));
    queue.add(waiting("b2", "few", { since: 5001 }));
    expect(inTurn(queue).slice(0, 5)).toEqual(["a0000", "b1", "a0001", "b2", "a0002"]);
  });

  test("a run of a third workflow starts beside two long ones that fill the limit", () => {
    const queue = new RunQueue(2);
    queue.add(waiting("small", "small"));
    queue.add(waiting("more", "long"));
    expect(started(queue, ["long", "other"])).toEqual(["small"]);
    expect(queue.has("more")).toBe(true);
  });

  test("the place beyond the limit is one, and not for a workflow that runs", () => {
    const queue = new RunQueue(2);
    queue.add(waiting("a", "third"));
    queue.add(waiting("b", "fourth"));
    expect(started(queue, ["long", "other"])).toHaveLength(1);
    const full = new RunQueue(2);
    full.add(waiting("c", "long"));
    expect(started(full, ["long", "long"])).toEqual([]);
  });
});
