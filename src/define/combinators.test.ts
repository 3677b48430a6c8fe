import { expect, test } from "vitest";
import type { Item, Items } from "../model/handle.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { CallSink, CombineRequest } from "../trace/call-sink.ts";
import { withFrame } from "../trace/current.ts";
import { cross, filter, merge, now, race, random, sleep, uuid, zip, zipBy } from "./combinators.ts";

const a = { list: "a" } as unknown as Items<number>;
const b = { list: "b" } as unknown as Items<number>;
const one = { item: "one" } as unknown as Item<number>;
const even = (n: number): boolean => n % 2 === 0;

/** The request that a combinator makes of the run. */
function requestOf(fn: () => unknown): CombineRequest | undefined {
  let seen: CombineRequest | undefined;
  const sink = {
    combine: (request: CombineRequest) => {
      seen = request;
      return "handle";
    },
  } as unknown as CallSink;
  withFrame({ kind: "workflow", workflow: "w", sink }, fn);
  return seen;
}

function thrown(fn: () => unknown): WorkgraphError {
  try {
    fn();
  } catch (error) {
    if (error instanceof WorkgraphError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("each combinator asks the run for what it means", () => {
  expect(requestOf(() => merge(a, b, [1]))).toEqual({ kind: "merge", sources: [a, b, [1]] });
  expect(requestOf(() => zip(a, b))).toEqual({ kind: "zip", sources: [a, b] });
  expect(requestOf(() => zipBy(a, b, String))).toEqual({ kind: "zipBy", sources: [a, b], key: String });
  expect(requestOf(() => cross(a, b))).toEqual({ kind: "cross", sources: [a, b] });
  expect(requestOf(() => filter(a, even))).toEqual({ kind: "filter", source: a, predicate: even });
  expect(requestOf(() => race([one, one]))).toEqual({ kind: "race", entrants: [one, one] });
  expect(requestOf(() => sleep("10s"))).toEqual({ kind: "sleep", ms: 10_000 });
});

test("a sleep may be longer than a timer", () => {
  expect(requestOf(() => sleep("60d"))).toEqual({ kind: "sleep", ms: 5_184_000_000 });
});

test("clock and chance come from the run", () => {
  const sink = { now: () => 5, random: () => 0.25, uuid: () => "u" } as unknown as CallSink;
  const seen = withFrame({ kind: "workflow", workflow: "w", sink }, () => [now(), random(), uuid()]);
  expect(seen).toEqual([5, 0.25, "u"]);
});

test.each<[string, () => unknown]>([
  ["merge of nothing", () => (merge as (...lists: unknown[]) => unknown)()],
  ["merge of a text", () => merge(a, "b" as never)],
  ["zip with a number", () => zip(a, 3 as never)],
  ["zipBy without a key", () => zipBy(a, b, undefined as never)],
  ["cross with nothing", () => cross(undefined as never, b)],
  ["filter without a predicate", () => filter(a, "even" as never)],
  ["filter with an async predicate", () => filter(a, (async () => true) as never)],
  ["race of nothing", () => race([])],
  ["race of a handle", () => race(one as never)],
  ["sleep of no duration", () => sleep("soon")],
  ["sleep of NaN", () => sleep(Number.NaN)],
])("refused: %s", (_, fn) => {
  expect(thrown(() => requestOf(fn)).code).toBe("WG1125");
});

test.each<[string, () => unknown, string]>([
  ["merge", () => merge(a, b), "ordinary code"],
  ["sleep", () => sleep(5), "node:timers/promises"],
  ["now", () => now(), "Date.now()"],
  ["uuid", () => uuid(), "crypto.randomUUID()"],
])("outside a workflow function %s says what to use", (name, fn, instead) => {
  const { code, message, hint } = thrown(fn);
  expect(code).toBe("WG3001");
  expect(message).toMatch(
    new RegExp(`${name}\\(\\) was called outside a workflow function, at .*combinators\\.test\\.ts`),
  );
  expect(hint).toContain(instead);
});

test("inside a node function a combinator names the node", () => {
  const call = (): unknown => withFrame({ kind: "node", nodeId: "fetch", address: "R.1.0" }, () => zip(a, b));
  expect(call).toThrow(/zip\(\) was called inside node "fetch"/);
});
