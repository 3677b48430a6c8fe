/**
 * Nodes in a shuffled list, called in that order: nobody could have drawn the graph before. It is the one that was recorded.
 *
 * `WORKGRAPH_GRAPH_SEEDS=1000 vitest run test/graph/weird-case.test.ts` tries a thousand seeds.
 */
import { expect, test } from "vitest";
import { readGraph } from "../../src/app/operations/read-graph.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import { node, workflow } from "../../src/index.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { crash, ofType, resume, run } from "../authoring/flow.ts";

const SEEDS = Number(process.env["WORKGRAPH_GRAPH_SEEDS"] ?? 50);
const IDS = ["ask", "bake", "cut", "dig", "eat", "fold", "grow"] as const;

/** New definitions; `executed` gets the ids of nodes in the order they were executed. */
function shuffled(executed: string[]): ReturnType<typeof workflow> {
  const nodes = IDS.map((id) =>
    node({ id }, async ({ before }: { before: string }) => {
      executed.push(id);
      return `${before} ${id}`;
    }),
  );
  return workflow({ name: "weird" }, async () => {
    const order = [...nodes];
    for (let i = order.length - 1; i > 0; i--) {
      const other = Math.floor(Math.random() * (i + 1));
      [order[i], order[other]] = [order[other]!, order[i]!];
    }
    let text = "";
    for (const each of order) text = await each({ before: text });
    return text;
  }) as never;
}

test("the recorded order is the executed one, and the graph says observed", { timeout: 600_000 }, async () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const executed: string[] = [];
    const store = openMemoryStore();
    const { runId } = await run(shuffled(executed), {}, { store });
    const graph = await readGraph({ store } as Workspace, { run: runId });
    expect(graph.label).toBe("observed");
    expect(graph.calls.map((call) => call.node)).toEqual(executed);
    expect(graph.edges.map(({ from, to, kind }) => [from, to, kind])).toEqual(
      executed.slice(1).map((_, i) => [i + 1, i + 2, "dashed"]),
    );
    expect(graph.calls.map(({ ends }) => ends)).toEqual(executed.map((_, i) => (i === 0 ? undefined : ["before"])));
    orders.add(executed.join(" "));
    await store.close();
  }
  expect(orders.size).toBeGreaterThan(SEEDS * 0.9);
});

test("a crash in the middle keeps the order", { timeout: 600_000 }, async () => {
  for (let seed = 0; seed < Math.max(10, SEEDS / 5); seed++) {
    const before: string[] = [];
    const after: string[] = [];
    const last = 2 + (seed % 5);
    const at = await crash(shuffled(before), {}, ({ events }) =>
      events.some(({ event }) => event.type === "item.completed" && event.call === last),
    );
    const end = await (await resume(shuffled(after), at)).end();
    const calls = ofType(end.events, "call.created").map((event) => event.node);
    expect(end.value).toBe(` ${calls.join(" ")}`);
    expect(before).toEqual(calls.slice(0, last));
    // The one whose result was not committed ran again.
    expect(after).toEqual(calls.slice(last - 1));
  }
});
