/** What is printed of a run depends on its code, not on what finished first. */
import { expect, test } from "vitest";
import { readGraph } from "../../src/app/operations/read-graph.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import { node, workflow } from "../../src/index.ts";
import { graphText } from "../../src/model/graph-text.ts";
import { shapeOf } from "../../src/model/graph/shape.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { run } from "../authoring/flow.ts";
import { generateProgram } from "./generate.ts";
import { run as runProgram } from "./run.ts";

const RUNS = 12;

const wait = (turns: number): Promise<void> =>
  turns === 0 ? Promise.resolve() : new Promise((resolve) => setImmediate(() => resolve(wait(turns - 1))));

/** Anything that JSON can say; a node says what it takes. */
type Text = string | number | object;

const list = node({ id: "list", out: "many" }, async ({ n }: { n: number }) =>
  Array.from({ length: n }, (_, i) => ({ i, name: `n${i}` })),
);
const draft = node(
  { id: "draft", whole: ["x"] },
  async ({ x }: { x: unknown }) => (await wait(Math.floor(Math.random() * 9)), { x }),
);
const judge = node({ id: "judge", whole: ["x"] }, async ({ x, round }: { x: Text; round: number }) => {
  await wait(Math.floor(Math.random() * 9));
  return { good: round > 1, x };
});

async function polish(x: Text): Promise<Text> {
  let text: Text = await draft({ x });
  for (let round = 0; ; round++) {
    const verdict = await judge({ x: text, round });
    if (verdict.good) return text;
    text = await draft({ x: { i: 1 } });
  }
}

const flow = workflow({ name: "flow" }, async () => {
  const items = await list({ n: 4 });
  const [a, b] = [draft({ x: "a" }), draft({ x: "b" })];
  const polished = await Promise.all(items.map((item) => polish(item)));
  const rest = await Promise.all([polish(1), polish(2)]);
  await judge({ x: polished[0]!, round: 9 });
  return [await a, await b, rest.length];
});

async function graphsOf(
  times: number,
): Promise<{ readonly texts: Set<string>; readonly folded: Set<string>; readonly shapes: Set<string> }> {
  const found = { texts: new Set<string>(), folded: new Set<string>(), shapes: new Set<string>() };
  for (let i = 0; i < times; i++) {
    const store = openMemoryStore();
    const { runId } = await run(flow, {}, { store });
    const graph = await readGraph({ store } as Workspace, { run: runId });
    const folded = await readGraph({ store } as Workspace, { run: runId, shape: "folded" });
    found.texts.add(graphText(graph, "text"));
    found.folded.add(graphText(folded, "text"));
    found.shapes.add(shapeOf(graph));
    await store.close();
  }
  return found;
}

test("runs of one shape print the same, byte for byte, though their items take random times", async () => {
  const { texts, folded, shapes } = await graphsOf(RUNS);
  expect([...texts]).toHaveLength(1);
  expect([...folded]).toHaveLength(1);
  expect([...shapes]).toHaveLength(1);
});

test("a helper used from two places is two groups, each with its loop", async () => {
  const { folded } = await graphsOf(1);
  const lines = [...folded].join("").split("\n");
  // draft twice by itself; then first, judge and again of `polish`, once for the list and once for each of the two.
  expect(lines.filter((line) => line.startsWith("loop:"))).toHaveLength(3);
  expect(lines.filter((line) => line.startsWith("judge"))).toHaveLength(4);
});

test("generated programs print the same whatever finishes first", { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= 15; seed++) {
    const texts = new Set<string>();
    for (const pace of [0, 1, 2]) {
      const { store, runId } = await runProgram(generateProgram(seed), pace);
      texts.add(graphText(await readGraph({ store } as Workspace, { run: runId }), "text"));
      await store.close();
    }
    expect([...texts], `seed ${seed}`).toHaveLength(1);
  }
});
