/** What `lineage` says of real runs: through lists, failures, combinators, gathers and resumes, to plain values and the input. */
import { expect, test } from "vitest";
import { lineage, type LineageOutput } from "../../src/app/operations/lineage.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import { filter, merge, node, workflow, zipBy } from "../../src/index.ts";
import { crash, ofType, resume, run, type Ended } from "../authoring/flow.ts";

interface Doc {
  readonly id: number;
}
const docs = node({ id: "docs", out: "many" }, async ({ from }: { from: Doc }) =>
  [0, 1, 2, 3].map((id) => ({ id: from.id + id })),
);
const parse = node({ id: "parse" }, async ({ doc }: { doc: Doc }) => {
  if (doc.id === 12) throw new Error("torn");
  return { id: doc.id };
});
const title = node({ id: "title" }, async ({ doc }: { doc: Doc }) => `title ${doc.id}`);
const pair = node({ id: "pair" }, async ({ a, b }: { a: Doc; b: Doc }) => ({ id: a.id + b.id }));
const report = node(
  { id: "report", gather: ["parts"], onFailed: "drop" },
  async ({ parts, label }: { parts: Doc[]; label: string }) => `${label} ${parts.length}`,
);

async function ask(
  end: Pick<Ended, "store" | "runId">,
  at: string,
  direction: "from" | "into" = "from",
): Promise<LineageOutput> {
  return lineage({ store: end.store } as Workspace, { address: `${end.runId}.${at}`, direction });
}

/** Ids without their run. */
const ids = ({ entries, runId }: LineageOutput): readonly string[] =>
  entries.map(({ id }) => (id === runId ? "input" : id.slice(runId.length + 1)));

const flow = workflow({ name: "flow" }, async ({ start }: { start: Doc }) => {
  const all = docs({ from: start }); // 1
  const parsed = parse({ doc: all }); // 2
  const some = filter(parsed, ({ id }) => id !== 11); // 3
  title({ doc: parsed }); // 4
  return report({ parts: some, label: "all" }); // 5
});

test("an item came from one element, by the call before, down to the run's input", async () => {
  const end = await run(flow, { start: { id: 10 } });
  const found = await ask(end, "4.3");
  expect(ids(found)).toEqual(["2.3", "1.0", "1:from", "input"]);
  expect(found.entries[1]?.links).toEqual([{ id: `${end.runId}.2.3`, how: "item", param: "doc", index: 3 }]);
  expect(found.entries.map(({ kind }) => kind)).toEqual(["item", "item", "value", "input"]);
});

test("a gather came from what a filter kept, through the filter, and from the code", async () => {
  const end = await run(flow, { start: { id: 10 } });
  const found = await ask(end, "5.0");
  expect(ids(found).filter((id) => id.startsWith("2."))).toEqual(["2.0", "2.2", "2.3"]);
  expect(found.entries[0]?.links).toMatchObject([{ id: `${end.runId}.5`, how: "gather", through: [`${end.runId}.3`] }]);
  expect(found.entries.find(({ id }) => id.endsWith("5:label"))).toMatchObject({ kind: "value", ends: "code" });
});

test("a failed item influenced what was skipped because of it", async () => {
  const end = await run(flow, { start: { id: 10 } });
  const found = await ask(end, "2.2", "into");
  const skipped = found.entries.find(({ id }) => id === `${end.runId}.4.2`);
  expect(skipped).toMatchObject({ status: "skipped", skippedBecause: [`${end.runId}.2.2`] });
  expect(ids(found)).toEqual(["4.2", "5.0"]);
});

test("what an item influenced is found through merges, pairs by key and objects that were awaited", async () => {
  const through = workflow({ name: "through" }, async () => {
    const all = docs({ from: { id: 0 } }); // 1
    const [even, odd] = [filter(all, ({ id }) => id % 2 === 0), filter(all, ({ id }) => id % 2 === 1)]; // 2, 3
    const [a, b] = zipBy(all, merge(even, odd), ({ id }) => id % 4); // 4 merge, 5
    const pairs = pair({ a, b }); // 6
    const list = await pairs;
    return report({ parts: [list[2]!, list[0]!], label: `${list.length}` }); // 7
  });
  const end = await run(through);
  expect(ids(await ask(end, "6.1"))).toEqual(["1.0", "1:from"]);
  expect((await ask(end, "6.1")).entries[0]?.links).toMatchObject([
    { param: "a", index: 1, through: [`${end.runId}.5`] },
    { param: "b", index: 1, through: [`${end.runId}.5`, `${end.runId}.4`, `${end.runId}.3`] },
  ]);
  expect(ids(await ask(end, "6.2", "into"))).toEqual(["7:parts", "7.0"]);
  expect(ids(await ask(end, "6.1", "into"))).toEqual([]);
  const label = (await ask(end, "7.0")).entries.find(({ id }) => id.endsWith("7:label"));
  expect(label).toMatchObject({ ends: "graph break", after: [`${end.runId}.6`] });
  expect((await ask(end, "7.0")).hint).toContain("pass the handle itself");
});

test("lineage is the same after a crash, and leaves out what a resume superseded", async () => {
  let repaired = false;
  const risky = node({ id: "risky" }, async ({ doc }: { doc: Doc }) => {
    if (!repaired) throw new Error("not yet");
    return doc;
  });
  const choose = workflow({ name: "choose" }, async () => {
    const all = docs({ from: { id: 0 } });
    const tried = risky({ doc: (await all)[1]! });
    try {
      await tried;
    } catch (error) {
      await title({ doc: (await all)[2]! });
      throw error;
    }
    return title({ doc: tried });
  });
  const first = await run(choose);
  expect(first.status).toBe("failed");
  const found = await ask(first, "3.0");
  expect(ids(found)).toEqual(["3:doc", "1.0", "1:from"]);
  repaired = true;
  const again = await (await resume(choose, first)).end();
  const superseded = ofType(again.events, "calls.superseded").flatMap(({ calls }) => calls);
  expect(superseded).toEqual([3]);
  for (const call of superseded) await expect(ask(again, `${call}.0`)).rejects.toMatchObject({ code: "WG3020" });
  const at = await crash(flow, { start: { id: 10 } }, ({ events }) =>
    events.some(({ event }) => event.type === "item.completed" && event.call === 4),
  );
  const resumed = await (await resume(flow, at)).end();
  expect(ids(await ask(resumed, "4.3"))).toEqual(["2.3", "1.0", "1:from", "input"]);
});

test("more than one item, an unknown item and a depth that is none are refused", async () => {
  const end = await run(flow, { start: { id: 10 } });
  await expect(ask(end, "2")).rejects.toMatchObject({ code: "WG3021" });
  await expect(ask(end, "2.9")).rejects.toMatchObject({ code: "WG5041" });
  await expect(lineage({ store: end.store } as Workspace, { address: end.runId })).rejects.toMatchObject({
    code: "WG3021",
  });
  const address = `${end.runId}.4.3`;
  await expect(lineage({ store: end.store } as Workspace, { address, depth: 0 })).rejects.toMatchObject({
    code: "WG3022",
  });
  const page = await lineage({ store: end.store } as Workspace, { address, limit: 2 });
  expect(page).toMatchObject({ total: 4, truncated: true, cursor: "2" });
  const rest = await lineage({ store: end.store } as Workspace, { address, limit: 2, cursor: "2" });
  expect([...ids(page), ...ids(rest)]).toEqual(["2.3", "1.0", "1:from", "input"]);
  expect(await lineage({ store: end.store } as Workspace, { address, depth: 1 })).toMatchObject({
    total: 1,
    cut: true,
  });
});
