import { describe, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import type { EdgeRecord, InputRef, RunEvent, StoredEvent } from "../model/events.ts";
import { overlapOf, type BreakPassed } from "./overlap.ts";

const stored = (events: readonly RunEvent[]): readonly StoredEvent[] =>
  events.map((event, index) => ({ runId: "r", seq: index + 1, event }));

interface Made {
  readonly call: number;
  readonly segment: number;
  readonly at: number;
  readonly from?: number;
  readonly input?: InputRef;
  readonly edge?: Partial<EdgeRecord>;
}

function created({ call, segment, at, from, input, edge }: Made): RunEvent {
  return {
    type: "call.created",
    at,
    call,
    kind: "node",
    node: `n${call}`,
    identity: `${call}`,
    segment,
    inputs: input ? { x: input } : {},
    edges: from === undefined ? [] : [{ from, kind: "solid", param: "x", ...edge }],
    space: [],
    many: true,
  };
}
const done = (call: number, item: number, at: number): RunEvent => ({
  type: "item.completed",
  at,
  call,
  item,
  attempt: 1,
  from: "running",
  to: "completed",
  ms: 1,
});
const closed = (call: number, at: number): RunEvent => ({ type: "call.closed", at, call, status: "completed" });
const LIST: InputRef = { from: "list", list: -1, how: "item", size: 3 };

/** Call 1 has items at 100, 250 and 400; the break that awaits it opens segment 1. */
const awaited = [
  created({ call: 1, segment: 0, at: 0 }),
  done(1, 0, 100),
  done(1, 1, 250),
  done(1, 2, 400),
  closed(1, 400),
];
const BREAK: BreakPassed = { calls: [1], segment: 1 };
const costOf = (followers: readonly RunEvent[], before: readonly RunEvent[] = awaited): number =>
  overlapOf(stored([...before, ...followers]), [BREAK]).breaks[0]!.overlapMs;

describe("the overlap that a graph break cost", () => {
  test("is from the first item to the delivery where single items were taken: by a mapped list, or one by one", () => {
    expect(costOf([created({ call: 2, segment: 1, at: 400, from: 1, input: LIST })])).toBe(300);
    const one: InputRef = { from: "value", digest: "d" };
    expect(
      costOf([created({ call: 2, segment: 1, at: 400, from: 1, input: one, edge: { items: [[1, 1]] as never } })]),
    ).toBe(300);
  });

  test("is 0 where nothing followed, where the list was taken as a whole, or where what followed came in another segment", () => {
    expect(costOf([])).toBe(0);
    expect(costOf([created({ call: 2, segment: 1, at: 400, from: 1, input: { ...LIST, how: "gather" } })])).toBe(0);
    expect(costOf([created({ call: 2, segment: 1, at: 400, from: 1, input: { from: "value", digest: "d" } })])).toBe(0);
    expect(costOf([created({ call: 2, segment: 2, at: 400, from: 1, input: LIST })])).toBe(0);
    expect(costOf([created({ call: 2, segment: 1, at: 400, from: 1, input: LIST, edge: { kind: "dashed" } })])).toBe(0);
  });

  test("is 0 for one item, and leaves out the time in which nobody ran the run", () => {
    const single = [created({ call: 1, segment: 0, at: 0 }), done(1, 0, 400), closed(1, 400)];
    const follower = created({ call: 2, segment: 1, at: 400, from: 1, input: LIST });
    expect(costOf([follower], single)).toBe(0);
    const resumed: RunEvent = { type: "run.resumed", at: 350, epoch: 2, owner: "o", reason: "recovery", reopened: [] };
    const stopped = [...awaited.slice(0, 3), resumed, ...awaited.slice(3)];
    expect(costOf([follower], stopped)).toBe(200);
  });

  test("says items and spread also where it cost nothing, and counts each moment once in all", () => {
    const both = [
      ...awaited,
      created({ call: 3, segment: 0, at: 0 }),
      done(3, 0, 200),
      done(3, 1, 500),
      closed(3, 500),
      created({ call: 4, segment: 1, at: 400, from: 1, input: LIST }),
      created({ call: 5, segment: 2, at: 500, from: 3, input: LIST }),
    ];
    const report = overlapOf(stored(both), [BREAK, { calls: [3], segment: 2 }, { calls: [1], segment: 7 }]);
    expect(
      report.breaks.map(({ items, followers, overlapMs, spreadMs }) => [items, followers, overlapMs, spreadMs]),
    ).toEqual([
      [3, 1, 300, 300],
      [2, 1, 300, 300],
      [3, 0, 0, 300],
    ]);
    expect(report.totalMs).toBe(400);
  });
});

interface Program {
  readonly events: readonly RunEvent[];
  readonly breaks: readonly BreakPassed[];
  /** Per break: ms found by looking at every single ms. */
  readonly costs: readonly number[];
  readonly totalMs: number;
}

const HORIZON_MS = 60;

/** Breaks one after the other or side by side, items and stops at random ms; the expectation asks of every ms whether it was lost. */
function generated(seed: number): Program {
  const random = seededRandom(`overlap ${seed}`);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const timed: { readonly at: number; readonly event: RunEvent }[] = [];
  const breaks: BreakPassed[] = [];
  const lost: ((ms: number) => boolean)[] = [];
  let call = 0;
  for (let no = 0; no < 1 + upTo(4); no++) {
    const members = Array.from({ length: 1 + upTo(2) }, () => {
      const times = Array.from({ length: 1 + upTo(4) }, () => 1 + upTo(HORIZON_MS - 2)).toSorted((a, b) => a - b);
      const own = ++call;
      timed.push({ at: 0, event: created({ call: own, segment: 0, at: 0 }) });
      for (const [item, at] of times.entries()) timed.push({ at, event: done(own, item, at) });
      timed.push({ at: times.at(-1)!, event: closed(own, times.at(-1)!) });
      return { call: own, first: times[0]!, last: times.at(-1)! };
    });
    const end = Math.max(...members.map(({ last }) => last));
    const used = members.filter(() => random() < 0.6);
    for (const { call: from } of used)
      timed.push({ at: end, event: created({ call: ++call, segment: no + 1, at: end, from, input: LIST }) });
    breaks.push({ calls: members.map((member) => member.call), segment: no + 1 });
    const first = Math.min(...used.map((member) => member.first));
    lost.push((ms) => used.length > 0 && ms >= first && ms < end);
  }
  const stopAt = upTo(HORIZON_MS);
  const resumeAt = stopAt + upTo(10);
  const kept = timed.filter(({ at }) => at <= stopAt || at >= resumeAt);
  const isWhole = kept.length === timed.length;
  const events = (isWhole ? kept : timed).toSorted((a, b) => a.at - b.at).map(({ event }) => event);
  const lastBefore = isWhole ? events.findLastIndex((event) => event.at <= stopAt) : -1;
  const idleFrom = events[lastBefore]?.at ?? 0;
  if (lastBefore >= 0)
    events.splice(lastBefore + 1, 0, {
      type: "run.resumed",
      at: resumeAt,
      epoch: 2,
      owner: "o",
      reason: "recovery",
      reopened: [],
    });
  const ran = (ms: number): boolean => lastBefore < 0 || ms < idleFrom || ms >= resumeAt;
  const count = (isLost: (ms: number) => boolean): number =>
    Array.from({ length: HORIZON_MS * 2 }, (_, ms) => ms).filter((ms) => isLost(ms) && ran(ms)).length;
  return { events, breaks, costs: lost.map(count), totalMs: count((ms) => lost.some((isLost) => isLost(ms))) };
}

describe("over generated logs", () => {
  test("every cost, and the total, is the number of ms that were lost when each is looked at", () => {
    for (let seed = 0; seed < 300; seed++) {
      const { events, breaks, costs, totalMs } = generated(seed);
      const report = overlapOf(stored(events), breaks);
      expect(
        report.breaks.map(({ overlapMs }) => overlapMs),
        `seed ${seed}`,
      ).toEqual(costs);
      expect(report.totalMs, `seed ${seed}`).toBe(totalMs);
    }
  });

  test("an item that came earlier, and a follower that took the whole list, are noticed", () => {
    const faults: readonly ((event: RunEvent) => RunEvent)[] = [
      (event) => (event.type === "item.completed" && event.item === 0 ? { ...event, at: event.at - 1 } : event),
      (event) =>
        event.type === "call.created" && event.segment > 0
          ? { ...event, inputs: { x: { ...LIST, how: "gather" } } }
          : event,
      (event) => (event.type === "call.closed" ? { ...event, at: event.at + 1 } : event),
    ];
    for (const fault of faults) {
      const isRed = Array.from({ length: 20 }, (_, seed) => generated(seed)).some(({ events, breaks, totalMs }) => {
        return overlapOf(stored(events.map(fault)), breaks).totalMs !== totalMs;
      });
      expect(isRed).toBe(true);
    }
  });
});
