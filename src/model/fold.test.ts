import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import type { ErrorRecord } from "./error-record.ts";
import type { RunEvent } from "./events.ts";
import { atRest, fold, foldAll } from "./fold.ts";
import type { ItemStatus } from "./status.ts";
import { EMPTY_VIEW, expectedItems, MAX_VIEW_ERRORS, nodesOf, runMs, totalOf, type RunView } from "./view.ts";

type Fact = { readonly seq: number; readonly event: RunEvent };

const error: ErrorRecord = { code: "WG2001", kind: "thrown", name: "Error", message: "no" };

function facts(events: readonly RunEvent[]): readonly Fact[] {
  return events.map((event, index) => ({ seq: index + 1, event }));
}

function created(call: number, extra: Partial<Extract<RunEvent, { type: "call.created" }>> = {}): RunEvent {
  return {
    type: "call.created",
    at: call,
    call,
    kind: "node",
    node: `node_${call}`,
    identity: `i${call}`,
    segment: 0,
    inputs: {},
    edges: [],
    space: [],
    many: false,
    ...extra,
  };
}

const started = (call: number, ...items: number[]): RunEvent => ({ type: "items.started", at: 10, call, items });
const completed = (call: number, item: number, size?: number): RunEvent => ({
  type: "item.completed",
  at: 20,
  call,
  item,
  attempt: 1,
  from: "running",
  to: "completed",
  ms: 5,
  ...(size === undefined ? {} : { size }),
});
const failed = (call: number, item: number): RunEvent => ({
  type: "item.failed",
  at: 20,
  call,
  item,
  attempt: 1,
  from: "running",
  to: "failed",
  ms: 5,
  error,
});
const retrying = (call: number, item: number): RunEvent => ({
  type: "item.retrying",
  at: 20,
  call,
  item,
  attempt: 1,
  from: "running",
  to: "retrying",
  ms: 5,
  delayMs: 1,
  error,
});
const closed = (call: number): RunEvent => ({ type: "call.closed", at: 30, call, status: "completed" });

/** A log in which items of a few calls start, fail, retry, get reopened; and the status each item ends with. */
function randomLog(seed: number): { log: readonly Fact[]; items: ReadonlyMap<string, ItemStatus> } {
  const random = seededRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const events: RunEvent[] = [created(1), created(2), created(3)];
  const items = new Map<string, ItemStatus>();
  for (let step = 0; step < 60; step++) {
    const [call, item] = [1 + below(3), below(8)];
    const key = `${call}.${item}`;
    const status = items.get(key);
    const set = (to: ItemStatus): void => void items.set(key, to);
    if (status === undefined || status === "waiting" || status === "retrying") {
      events.push(started(call, item));
      set("running");
    } else if (status === "running") {
      const outcome = below(3);
      events.push([completed, failed, retrying][outcome]!(call, item));
      set((["completed", "failed", "retrying"] as const)[outcome]!);
    } else if (status === "failed" && below(2) === 0) {
      events.push({ type: "run.resumed", at: 40, epoch: 2, owner: "o", reason: "explicit", reopened: [[call, item]] });
      for (const [other, was] of items) if (was === "running" || was === "retrying") items.set(other, "waiting");
      set("waiting");
    }
  }
  return { log: facts(events), items };
}

function countsOf(items: ReadonlyMap<string, ItemStatus>, prefix: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [key, status] of items) if (key.startsWith(prefix)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

describe("fold", () => {
  test("gives the same view in one go, in parts and event by event, and changes no view it was given", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.nat(80), { maxLength: 5 }), (seed, cuts) => {
        const { log } = randomLog(seed);
        const whole = foldAll(EMPTY_VIEW, log);
        let parts: RunView = deepFreeze(EMPTY_VIEW);
        for (const cut of [...cuts.toSorted((a, b) => a - b), log.length]) {
          parts = deepFreeze(foldAll(parts, log.slice(parts.seq, Math.max(parts.seq, cut))));
        }
        const single = log.reduce<RunView>((view, fact) => deepFreeze(fold(view, fact)), EMPTY_VIEW);
        expect(parts).toEqual(whole);
        expect(single).toEqual(whole);
      }),
    );
  });

  test("counts items as a list of item statuses would", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { log, items } = randomLog(seed);
        const view = foldAll(EMPTY_VIEW, log);
        expect(view.counts).toEqual(countsOf(items, ""));
        for (const call of view.calls) expect(call.counts).toEqual(countsOf(items, `${call.call}.`));
      }),
    );
  });

  test("ignores events it has folded already", () => {
    const { log } = randomLog(7);
    const view = foldAll(EMPTY_VIEW, log);
    expect(foldAll(view, log.slice(5))).toEqual(view);
  });

  test("survives a log whose beginning is missing", () => {
    const view = foldAll(EMPTY_VIEW, [{ seq: 90, event: completed(3, 0) }]);
    expect(view.calls.map((call) => [call.call, totalOf(call.counts)])).toEqual([
      [1, 0],
      [2, 0],
      [3, 1],
    ]);
  });

  test("is plain JSON that a reader can go on from", () => {
    const { log } = randomLog(11);
    const half = foldAll(EMPTY_VIEW, log.slice(0, 20));
    const copy = JSON.parse(JSON.stringify(half)) as RunView;
    expect(foldAll(copy, log)).toEqual(foldAll(EMPTY_VIEW, log));
  });

  test("keeps the newest errors and the number of all", () => {
    const events = Array.from({ length: 80 }, (_, item) => failed(1, item));
    const view = foldAll(EMPTY_VIEW, facts([created(1), ...events]));
    expect(view.errorTotal).toBe(80);
    expect(view.errors).toHaveLength(MAX_VIEW_ERRORS);
    expect(view.errors.at(-1)?.item).toBe(79);
  });

  test("takes a superseded call out of the run's counts and keeps its own", () => {
    const view = foldAll(
      EMPTY_VIEW,
      facts([created(1), started(1, 0, 1), completed(1, 0), { type: "calls.superseded", at: 50, calls: [1] }]),
    );
    expect(view.counts).toEqual({});
    expect(view.calls[0]).toMatchObject({ status: "superseded", counts: { completed: 1, running: 1 } });
  });

  test("reopens the call of a reopened item", () => {
    const resumed: RunEvent = {
      type: "run.resumed",
      at: 40,
      epoch: 2,
      owner: "o",
      reason: "explicit",
      reopened: [[1, 0]],
    };
    const view = foldAll(
      EMPTY_VIEW,
      facts([
        created(1),
        started(1, 0),
        failed(1, 0),
        { type: "call.closed", at: 30, call: 1, status: "failed" },
        resumed,
      ]),
    );
    expect(view).toMatchObject({ logged: "open", resumes: 1, counts: { waiting: 1 } });
    expect(view.calls[0]?.status).toBe("running");
    expect(view.calls[0]).not.toHaveProperty("endedAt");
  });
});

describe("a generator that is retried", () => {
  test("counts each element once", () => {
    const yielded = (attempt: number, first: number, count: number): RunEvent => ({
      type: "item.yielded",
      at: 15,
      call: 1,
      item: 0,
      attempt,
      first,
      count,
    });
    const view = foldAll(
      EMPTY_VIEW,
      facts([
        created(1, { many: true }),
        started(1, 0),
        yielded(1, 0, 3),
        retrying(1, 0),
        started(1, 0),
        yielded(2, 0, 2),
        yielded(2, 2, 3),
        completed(1, 0, 6),
      ]),
    );
    expect(view.calls[0]).toMatchObject({ produced: 6, counts: { completed: 1 }, retries: 1 });
  });
});

describe("expected items", () => {
  const upstream = created(1, { many: true });
  const downstream = created(2, { inputs: { url: { from: "call", call: 1, port: 0, how: "item" } } });

  test("grow with what the source has produced and are final when it is closed", () => {
    const growing = foldAll(EMPTY_VIEW, facts([upstream, downstream, started(1, 0), completed(1, 0, 40)]));
    expect(expectedItems(growing, growing.calls[1]!)).toEqual({ count: 40, final: false });
    const ended = fold(growing, { seq: 5, event: closed(1) });
    expect(expectedItems(ended, ended.calls[1]!)).toEqual({ count: 40, final: true });
  });

  test("follow what a filter kept", () => {
    const view = foldAll(
      EMPTY_VIEW,
      facts([
        created(1, { kind: "filter", many: false, space: [-1] }),
        { type: "items.filtered", at: 12, call: 1, items: [0, 1, 2], kept: [1] },
        closed(1),
        downstream,
      ]),
    );
    expect(expectedItems(view, view.calls[1]!)).toEqual({ count: 1, final: true });
  });

  test("are those of the deepest input: one value and a parent's value are shared", () => {
    const one = created(2);
    const both = created(3, {
      inputs: {
        url: { from: "call", call: 1, port: 0, how: "item" },
        query: { from: "call", call: 2, port: 0, how: "item" },
      },
    });
    const view = foldAll(EMPTY_VIEW, facts([upstream, one, both, started(1, 0)]));
    expect(expectedItems(view, view.calls[2]!)).toEqual({ count: 0, final: false });
  });

  test("of a gathering call are one", () => {
    const gather = created(2, { inputs: { all: { from: "call", call: 1, port: 0, how: "gather" } } });
    const view = foldAll(EMPTY_VIEW, facts([upstream, gather]));
    expect(expectedItems(view, view.calls[1]!)).toEqual({ count: 1, final: true });
  });
});

test("the lines of a live display join the calls of one node and leave combinators out", () => {
  const view = foldAll(
    EMPTY_VIEW,
    facts([
      created(1, { node: "refine" }),
      created(2, { node: "zip", kind: "zip" }),
      created(3, { node: "refine" }),
      started(1, 0),
      completed(1, 0),
      started(3, 0),
    ]),
  );
  expect(nodesOf(view)).toMatchObject([
    { node: "refine", calls: 2, done: 1, total: 2, counts: { completed: 1, running: 1 } },
  ]);
});

const cancelledRun: RunEvent = { type: "run.cancelled", at: 50, by: "cli:ada", items: [] };
const resumed: RunEvent = { type: "run.resumed", at: 1050, epoch: 2, owner: "o", reason: "explicit", reopened: [] };

describe("a run that has ended", () => {
  const log = facts([
    created(1),
    created(2),
    started(1, 0, 1, 2),
    completed(1, 0),
    failed(1, 1),
    started(2, 0),
    retrying(2, 0),
    cancelledRun,
    resumed,
    started(1, 2),
  ]);
  const ended = foldAll(EMPTY_VIEW, log.slice(0, 8));

  test("has nothing in flight: its end cancelled it, and the calls it was in", () => {
    expect(ended.counts).toEqual({ completed: 1, failed: 1, cancelled: 2 });
    expect(ended.calls.map(({ status, endedAt }) => [status, endedAt])).toEqual([
      ["cancelled", 50],
      ["cancelled", 50],
    ]);
  });

  test("has that waiting again after a resume, and what failed stays failed", () => {
    const again = foldAll(ended, log.slice(8, 9));
    expect(again.counts).toEqual({ completed: 1, failed: 1, waiting: 2 });
    expect(again.calls.map(({ status, endedAt }) => [status, endedAt])).toEqual([
      ["running", undefined],
      ["running", undefined],
    ]);
    expect(foldAll(again, log).counts).toEqual({ completed: 1, failed: 1, waiting: 1, running: 1 });
  });

  test("keeps what a call that had closed says", () => {
    const loser: RunEvent = { ...closed(1), status: "cancelled" } as RunEvent;
    const view = foldAll(EMPTY_VIEW, facts([created(1), started(1, 0), loser, cancelledRun, resumed]));
    expect(view.calls[0]).toMatchObject({ status: "cancelled", endedAt: 30 });
  });
});

test("a closed call that starts again after a resume is open again", () => {
  const skipped: RunEvent = { type: "items.skipped", at: 20, call: 1, items: [0], causes: [[9, 0]], code: "WG2003" };
  const view = foldAll(EMPTY_VIEW, facts([created(1), skipped, { ...closed(1) }, resumed, started(1, 0)]));
  expect(view.calls[0]).toMatchObject({ status: "running", counts: { running: 1 } });
  expect(view.calls[0]).not.toHaveProperty("endedAt");
});

test("a view at rest has what was in flight waiting, and is the same otherwise", () => {
  const view = foldAll(EMPTY_VIEW, facts([created(1), started(1, 0, 1), failed(1, 0)]));
  const rest = atRest(view);
  expect(rest).toMatchObject({ counts: { failed: 1, waiting: 1 }, errorTotal: 1, errors: view.errors });
  expect(view.counts).toEqual({ failed: 1, running: 1 });
});

describe("the time of a node", () => {
  test("is that of its item where start and end were recorded in one turn", () => {
    const together = { ...completed(1, 0), at: 910, ms: 897 } as RunEvent;
    const view = foldAll(
      EMPTY_VIEW,
      facts([created(1), { ...started(1, 0), at: 910 } as RunEvent, together, { ...closed(1), at: 910 } as RunEvent]),
    );
    expect(nodesOf(view)[0]?.tookMs).toBe(897);
  });

  test("runs from the first start to the last end of its calls, and leaves out when nobody ran the run", () => {
    const log = [
      created(1, { node: "fetch" }),
      created(2, { node: "fetch" }),
      started(1, 0), // at 10
      completed(1, 0), // at 20
      closed(1), // at 30
      resumed, // at 1050
      { ...started(2, 0), at: 1060 } as RunEvent,
    ];
    expect(nodesOf(foldAll(EMPTY_VIEW, facts(log)))[0]).not.toHaveProperty("tookMs");
    const whole = foldAll(EMPTY_VIEW, facts([...log, { ...closed(2), at: 1070 } as RunEvent]));
    expect(nodesOf(whole)[0]?.tookMs).toBe(20 + 20);
    expect(runMs(whole, 500, 1055)).toBe(5);
  });
});
