/** What a run made from another one takes over, and what it never does. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { Workbench } from "./workbench.ts";

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

const HEAD = `import { node, workflow, race, sleep, runSubgraph } from "agentic-workgraph";
const note = (id: string, input: object): void => void (globalThis as { reuseLedger?: string[] }).reuseLedger?.push(\`\${id} \${JSON.stringify(input)}\`);
`;

const LISTS = `${HEAD}
const FACTOR = 2;
const double = node({ id: "double" }, async ({ x }: { x: number }) => { note("double", { x }); return x * FACTOR; });
const odd = node({ id: "odd" }, async ({ x }: { x: number }) => { note("odd", { x }); return x % 2; });
const total = node({ id: "total", gather: ["xs"] }, async ({ xs }: { xs: number[] }) => { note("total", { xs }); return xs.reduce((a, b) => a + b, 0); });
export const flow = workflow({ name: "flow" }, async ({ xs }: { xs: number[] }) => {
  const doubled = double({ x: xs });
  return total({ xs: odd({ x: doubled }) });
});
`;

async function hashOf(store: Store, runId: string): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify(await store.events(runId, { limit: 100_000, values: "inline" })));
  hash.update(JSON.stringify(await store.run(runId)));
  hash.update(JSON.stringify(await store.calls(runId)));
  hash.update(JSON.stringify(await store.items(runId, { limit: 10_000 })));
  return hash.digest("hex");
}

describe("current code", () => {
  test("renamed variables, comments and moved lines match all of it, and the old run is byte for byte what it was", async () => {
    bench.write(LISTS);
    const { runId } = await bench.launch({ xs: [1, 2, 3] });
    const before = await hashOf(bench.store, runId);
    bench.write(
      LISTS.replaceAll("doubled", "twice")
        .replace("const FACTOR", "// how many times\n\nconst FACTOR")
        .replaceAll("total({ xs: odd", "total({\n    xs: odd"),
    );
    const plan = await bench.plan({ run: runId, kind: "continues" });
    expect(plan).toMatchObject({ executes: [], orphaned: [], dependents: [], reused: { items: 7 } });
    const made = await bench.fork({ run: runId, kind: "continues" });
    expect(made).toMatchObject({ status: "completed", executed: [], counts: { reused: 7 }, output: 0 });
    expect((await bench.store.run(made.runId))?.origin).toEqual({ kind: "continues", run: runId });
    expect(await hashOf(bench.store, runId)).toBe(before);
  });

  test("one item in front of 1,000 runs one", async () => {
    const xs = Array.from({ length: 1000 }, (_, i) => i);
    bench.write(LISTS);
    const { runId } = await bench.launch({ xs });
    const made = await bench.fork({ run: runId, kind: "continues", input: { xs: [5000, ...xs] } });
    expect(made.executed.filter((noted) => noted.startsWith("double"))).toEqual(['double {"x":5000}']);
    expect(made.executed.filter((noted) => noted.startsWith("odd"))).toEqual(['odd {"x":10000}']);
    expect(made.counts).toEqual({ completed: 3, reused: 2000 });
  });

  test("a report says what is reused, new and left over before anything executes", async () => {
    bench.write(LISTS);
    const { runId } = await bench.launch({ xs: [1, 2] });
    bench.write(LISTS.replace("FACTOR = 2", "FACTOR = 3"));
    const plan = await bench.plan({ run: runId, kind: "continues" });
    expect(plan.executes).toEqual([
      { node: "double", place: "1.0", because: { kind: "code" } },
      { node: "double", place: "1.1", because: { kind: "code" } },
    ]);
    expect(plan.dependents.map(({ node, on }) => [node, on])).toEqual([
      ["odd", ["double"]],
      ["total", ["odd"]],
    ]);
    expect(plan.orphaned).toHaveLength(5);
    expect((await bench.store.runs()).total).toBe(1);
  });
});

describe("a fork", () => {
  const CLOCK = `${HEAD}
const stamp = node({ id: "stamp" }, async ({ at }: { at: number }) => { note("stamp", { at }); return at; });
const first = node({ id: "first" }, async ({ x }: { x: number }) => { note("first", { x }); return x; });
export const flow = workflow({ name: "flow" }, async ({ x }: { x: number }) => {
  await first({ x });
  return stamp({ at: Date.now() + Math.random() });
});
`;

  test("repeats chance and clock, so that what is passed on of them is equal", async () => {
    bench.write(CLOCK);
    const { runId, output } = await bench.launch({ x: 1 });
    expect(await bench.fork({ run: runId, kind: "fork" })).toMatchObject({ executed: [], output });
  });

  test("a rerun has a chance of its own and takes nothing", async () => {
    bench.write(CLOCK);
    const { runId, output } = await bench.launch({ x: 1 });
    const made = await bench.fork({ run: runId, kind: "rerun" });
    expect(made.executed).toHaveLength(2);
    expect(made.output).not.toBe(output);
  });

  test("--from executes the node; what comes out equal stops the wave", async () => {
    bench.write(LISTS);
    const { runId } = await bench.launch({ xs: [1, 2] });
    const made = await bench.fork({ run: runId, kind: "fork", from: ["odd"] });
    expect(made.executed).toEqual(['odd {"x":2}', 'odd {"x":4}']);
  });

  test("--from of an address executes that item", async () => {
    bench.write(LISTS);
    const { runId } = await bench.launch({ xs: [1, 2] });
    const made = await bench.fork({ run: runId, kind: "fork", from: [`${runId}.1.1`] });
    expect(made.executed).toEqual(['double {"x":2}']);
  });

  test("--set takes the value, says so, and no run reuses it", async () => {
    bench.write(LISTS);
    const { runId } = await bench.launch({ xs: [1, 2] });
    const made = await bench.fork({ run: runId, kind: "fork", set: [{ address: `${runId}.1.0`, value: 7 }] });
    expect(made.executed).toEqual(['odd {"x":7}', 'total {"xs":[1,0]}']);
    expect(made.output).toBe(1);
    const events = await bench.store.events(made.runId, { limit: 1000 });
    const given = events.map(({ event }) => event).find((event) => event.type === "item.completed" && event.impure);
    expect(given).toMatchObject({ attempt: 0, to: "completed", impure: ["set"] });
    expect(given).not.toHaveProperty("source");
    expect((await bench.fork({ run: made.runId, kind: "fork" })).executed).toEqual([
      'double {"x":1}',
      'odd {"x":2}',
      'total {"xs":[0,0]}',
    ]);
  });

  test("a place that the run does not have is refused with the nearest node", async () => {
    bench.write(LISTS);
    const { runId } = await bench.launch({ xs: [1, 2] });
    await expect(bench.fork({ run: runId, kind: "fork", from: ["totl"] })).rejects.toMatchObject({
      code: "WG4042",
      hint: 'did you mean "total"?',
    });
  });

  test("a fork of a fork, and an owner that died in between, take over the same", async () => {
    bench.write(LISTS);
    const { runId } = await bench.launch({ xs: [1, 2, 3] });
    const second = await bench.fork({ run: runId, kind: "fork" });
    for (let atSeq = 3; atSeq < 12; atSeq += 2) {
      const made = await bench.forkKilledAt({ run: second.runId, kind: "fork", from: ["total"] }, atSeq);
      expect(new Set(made.executed)).toEqual(new Set(['total {"xs":[0,0,0]}']));
      expect(made.counts.reused).toBe(6);
    }
  });
});

describe("never taken by a fork", () => {
  const EFFECT = `${HEAD}
const send = node({ id: "send", effect: true }, async ({ x }: { x: number }) => { note("send", { x }); return x + 1; });
const read = node({ id: "read" }, async ({ x }: { x: number }, ctx) => { note("read", { x }); await ctx.scratchpad.get("k"); return x; });
const next = node({ id: "next" }, async ({ x, y }: { x: number; y: number }) => { note("next", { x, y }); return x + y; });
export const flow = workflow({ name: "flow" }, ({ x }: { x: number }) => next({ x: send({ x }), y: read({ x }) }));
`;

  test("an effect and what was read besides the inputs; equal values go no further", async () => {
    bench.write(EFFECT);
    const { runId } = await bench.launch({ x: 1 });
    const made = await bench.fork({ run: runId, kind: "fork" });
    expect(made.executed.toSorted()).toEqual(['read {"x":1}', 'send {"x":1}']);
    expect(
      (await bench.plan({ run: runId, kind: "fork" })).executes.map(({ because }) => because.kind).toSorted(),
    ).toEqual(["effect", "impure"]);
  });

  test("both are taken by a run that goes on with current code", async () => {
    bench.write(EFFECT);
    const { runId } = await bench.launch({ x: 1 });
    expect((await bench.fork({ run: runId, kind: "continues" })).executed).toEqual([]);
  });

  test("but what handed its idempotency key to a service is: a fork would call it under another key", async () => {
    bench.write(`${HEAD}
const pay = node({ id: "pay" }, async ({ x }: { x: number }, ctx) => { note("pay", { x }); return \`\${ctx.idempotencyKey.length > 0}\`; });
export const flow = workflow({ name: "flow" }, ({ x }: { x: number }) => pay({ x }));
`);
    const { runId } = await bench.launch({ x: 1 });
    expect(await bench.fork({ run: runId, kind: "fork" })).toMatchObject({ executed: [], output: "true" });
  });

  test("a failed item and a fallback", async () => {
    bench.write(`${HEAD}
const shaky = node({ id: "shaky" }, async ({ x }: { x: number }) => { note("shaky", { x }); if (x === 2) throw new Error("no"); return x; });
export const flow = workflow({ name: "flow" }, async ({ xs }: { xs: number[] }) => (await shaky({ x: xs }).settled()).length);
`);
    const { runId } = await bench.launch({ xs: [1, 2, 3] });
    expect((await bench.fork({ run: runId, kind: "fork" })).executed).toEqual(['shaky {"x":2}']);
  });
});

describe("a race that is forked", () => {
  const RACE = `${HEAD}
const wait = (ms: number, signal: AbortSignal): Promise<void> => new Promise((resolve, reject) => { const timer = setTimeout(resolve, ms); signal.addEventListener("abort", () => { clearTimeout(timer); reject(new Error("aborted")); }); });
const fast = node({ id: "fast" }, async ({ x }: { x: number }, { signal }) => { note("fast", { x }); await wait(20, signal); return "fast"; });
const slow = node({ id: "slow" }, async ({ x }: { x: number }, { signal }) => { note("slow", { x }); await wait(10_000, signal); return "slow"; });
export const flow = workflow({ name: "flow" }, async ({ x }: { x: number }) => [await race([slow({ x }), fast({ x }), sleep("20s")]), await sleep("1ms")]);
`;

  test("keeps its winner; who was cancelled does not execute again, and nothing is slept again", async () => {
    bench.write(RACE);
    const { runId, executed } = await bench.launch({ x: 1 });
    expect(executed.toSorted()).toEqual(['fast {"x":1}', 'slow {"x":1}']);
    expect(await bench.fork({ run: runId, kind: "fork" })).toMatchObject({ executed: [], status: "completed" });
  });

  test("is a race again when the code of its winner changed", async () => {
    bench.write(RACE);
    const { runId } = await bench.launch({ x: 1 });
    bench.write(RACE.replace('return "fast"', 'return "faster"'));
    const made = await bench.fork({ run: runId, kind: "fork" });
    expect(made.executed.toSorted()).toEqual(['fast {"x":1}', 'slow {"x":1}']);
    expect(made.output).toEqual(["faster", undefined]);
  });
});

describe("the cache", () => {
  const CACHED = `${HEAD}
const load = node({ id: "load", cache: true }, async ({ x }: { x: number }) => { note("load", { x }); return [x, x]; });
const many = node({ id: "many", cache: "1h", out: "many" }, async ({ x }: { x: number }) => { note("many", { x }); return [x, x + 1]; });
export const flow = workflow({ name: "flow" }, ({ xs }: { xs: number[] }) => ({ a: many({ x: xs }), b: load({ x: xs }) }));
`.replace('id: "load", cache: true', 'id: "load", cache: true, out: "one"');

  test("answers runs that were never linked, for one value and for lists", async () => {
    bench.write(CACHED);
    const first = await bench.launch({ xs: [1, 2] });
    expect(first.executed).toHaveLength(4);
    const second = await bench.launch({ xs: [2, 3] });
    expect(second.executed.toSorted()).toEqual(['load {"x":3}', 'many {"x":3}']);
    expect(second.output).toEqual({
      a: [2, 3, 3, 4],
      b: [
        [2, 2],
        [3, 3],
      ],
    });
    expect(second.counts).toEqual({ completed: 2, reused: 2 });
  });

  test("makes one of equal items in a run, and all of them where it is not asked for", async () => {
    bench.write(CACHED);
    expect((await bench.launch({ xs: [5, 5, 5] })).executed.toSorted()).toEqual(['load {"x":5}', 'many {"x":5}']);
  });

  test("does not answer for other code", async () => {
    bench.write(CACHED);
    await bench.launch({ xs: [1] });
    bench.write(CACHED.replace("[x, x]", "[x, -x]"));
    expect((await bench.launch({ xs: [1] })).executed).toEqual(['load {"x":1}']);
  });

  test("makes it again where the first one failed", async () => {
    bench.write(`${HEAD}
let tries = 0;
const load = node({ id: "load", cache: true, concurrency: 1 }, async ({ x }: { x: number }) => { note("load", { x }); if (tries++ === 0) throw new Error("no"); return x; });
export const flow = workflow({ name: "flow" }, async ({ xs }: { xs: number[] }) => (await load({ x: xs }).settled()).map((one) => one.status));
`);
    const made = await bench.launch({ xs: [1, 1, 1] });
    expect(made.executed).toHaveLength(2);
    expect(made.output).toEqual(["failed", "ok", "ok"]);
  });
});

test("run --reuse latest takes over what holds of the newest run, and executes what the plan announced", async () => {
  bench.write(LISTS);
  await bench.launch({ xs: [1, 2, 3] });
  const made = await bench.launch({ xs: [2, 3, 4] }, { reuse: "latest" });
  expect(made.executed.toSorted()).toEqual(['double {"x":4}', 'odd {"x":8}']);
  expect(made.reuse).toMatchObject({ kind: "reuse", items: 5, unmet: [] });
});

test("a forked parent forks its children", async () => {
  const NESTED = `${HEAD}
const inner = node({ id: "inner" }, async ({ x }: { x: number }) => { note("inner", { x }); return x + 1; });
const outer = node({ id: "outer" }, async ({ x }: { x: number }) => { note("outer", { x }); return x; });
export const child = workflow({ name: "child", out: "one" }, ({ x }: { x: number }) => outer({ x: inner({ x }) }));
export const flow = workflow({ name: "flow" }, ({ xs }: { xs: number[] }) => runSubgraph({ workflow: child, input: { x: xs } }));
`;
  bench.write(NESTED);
  const first = await bench.launch({ xs: [1, 2] }, { target: `${bench.file}#flow` });
  expect(first.error).toBeUndefined();
  bench.write(NESTED.replace("return x; }", "return x + 0 * 2; }"));
  const made = await bench.fork({ run: first.runId, kind: "fork" });
  expect(made.executed.toSorted()).toEqual(['outer {"x":2}', 'outer {"x":3}']);
  expect(made.output).toEqual([2, 3]);
  const { runs } = await bench.store.runs({ parent: made.runId });
  expect(runs.map((run) => run.origin?.kind)).toEqual(["fork", "fork"]);
});

test("a value by hand that cannot stand for a list is refused before anything starts", async () => {
  bench.write(`${HEAD}
const many = node({ id: "many", out: "many" }, async ({ x }: { x: number }) => { note("many", { x }); return [x, x + 1]; });
const next = node({ id: "next" }, async ({ x }: { x: number }) => { note("next", { x }); return x; });
export const flow = workflow({ name: "flow" }, ({ x }: { x: number }) => next({ x: many({ x }) }));
`);
  const { runId } = await bench.launch({ x: 1 });
  const address = `${runId}.1.0`;
  await expect(bench.fork({ run: runId, kind: "fork", set: [{ address, value: 1 }] })).rejects.toMatchObject({
    code: "WG4043",
  });
  const made = await bench.fork({ run: runId, kind: "fork", set: [{ address, value: [2, 5, 6] }] });
  expect(made).toMatchObject({ executed: ['next {"x":5}', 'next {"x":6}'], output: [2, 5, 6] });
});
