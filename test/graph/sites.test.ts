/** Call sites and loop regions of real runs, as the folded graph draws them. */
import { expect, test } from "vitest";
import { readGraph, type ReadGraphOutput } from "../../src/app/operations/read-graph.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import { node, workflow } from "../../src/index.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { run } from "../authoring/flow.ts";

const plus = node({ id: "plus" }, async ({ n }: { n: number }) => n + 1);
const wrap = node({ id: "wrap" }, async ({ n }: { n: { v: number } }) => ({ v: n.v + 1 }));

async function folded(fn: () => unknown): Promise<ReadGraphOutput> {
  const store = openMemoryStore();
  const { runId } = await run(workflow({ name: "flow" }, fn as () => never), {}, { store });
  const graph = await readGraph({ store } as Workspace, { run: runId, shape: "folded" });
  await store.close();
  return graph;
}

const sitesOf = ({ calls }: ReadGraphOutput): readonly (number | undefined)[] =>
  calls.map((call) => call.calls?.length);

test("1,000 iterations draw as one, with the calls, items and time of each", { timeout: 30_000 }, async () => {
  const graph = await folded(async () => {
    let n = 0;
    for (let i = 0; i < 1000; i++) n = await plus({ n });
    return n;
  });
  expect(sitesOf(graph)).toEqual([1000]);
  expect(graph.loops).toMatchObject([{ kind: "loop", iterations: 1000 }]);
  expect(graph.loops?.[0]?.rounds).toHaveLength(1000);
  expect(graph.loops?.[0]?.rounds[41]).toEqual({ calls: [42], items: 1, ms: expect.any(Number) });
});

test("a recursion of depth 50 is one region with its depth, by values or by what only came before", async () => {
  async function down(n: { v: number }, left: number): Promise<number> {
    const next = await wrap({ n });
    return left === 0 ? next.v : down(next, left - 1);
  }
  async function count(n: number): Promise<number> {
    const next = await plus({ n });
    return next >= 50 ? next : count(next);
  }
  for (const graph of [await folded(() => down({ v: 0 }, 49)), await folded(() => count(0))]) {
    expect(sitesOf(graph)).toEqual([50]);
    expect(graph.loops).toMatchObject([{ kind: "recursion", iterations: 50, depth: 50 }]);
  }
});

test("so is one that makes all its calls at once", async () => {
  function spread(left: number): void {
    plus({ n: left });
    if (left > 0) spread(left - 1);
  }
  const graph = await folded(() => spread(49));
  expect(sitesOf(graph)).toEqual([50]);
  expect(graph.loops).toMatchObject([{ kind: "recursion", depth: 50 }]);
});

test("a helper used from two places is two groups, before and after its awaits, in loops and all at once", async () => {
  async function twice(n: number): Promise<number> {
    let at = n;
    for (let i = 0; i < 3; i++) at = await plus({ n: at });
    return at;
  }
  const apart = await folded(async () => {
    await twice(1);
    await twice(2);
  });
  expect(sitesOf(apart)).toEqual([3, 3]);
  expect(apart.calls.map(({ via }) => via?.length)).toEqual([1, 1]);
  expect(apart.loops?.map(({ iterations }) => iterations)).toEqual([3, 3]);
  const together = await folded(async () => {
    await Promise.all([twice(1), twice(2)]);
  });
  expect(sitesOf(together)).toEqual([3, 3]);
});

test("a function without a name that a list is mapped with is one group", async () => {
  const graph = await folded(async () => {
    await Promise.all(
      [1, 2, 3].map(async (n) => {
        const next = await plus({ n });
        return plus({ n: next });
      }),
    );
    return plus({ n: 1 });
  });
  expect(sitesOf(graph)).toEqual([3, 3, 1]);
});

test("a site in a loop is one, though its first call was made before the first await", async () => {
  const graph = await folded(async function named() {
    for (let i = 0; i < 4; i++) await plus({ n: i });
    await plus({ n: 9 });
  });
  expect(sitesOf(graph)).toEqual([4, 1]);
  expect(graph.calls.map(({ via }) => via)).toEqual([undefined, undefined]);
});
