/** What `diff` says of runs whose difference is known, one kind at a time. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { diff } from "../../src/app/operations/diff.ts";
import { diffText } from "../../src/cli/diff-text.ts";
import { Workbench } from "../reuse/workbench.ts";

const HEAD = 'import { node, runSubgraph, workflow } from "agentic-workgraph";\n';

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

const plain = (text: string): string => text;
const colors = new Proxy({}, { get: () => plain }) as Parameters<typeof diffText>[1];

function nested(body: string): string {
  return `${HEAD}const twice = node({ id: "twice" }, async ({ n }: { n: number }) => ${body});
const total = node({ id: "total", gather: ["ns"] }, async ({ ns }: { ns: number[] }) => ns.length);
export const part = workflow({ name: "part" }, ({ n }: { n: number }) => { twice({ n }); return n; });
export const flow = workflow({ name: "flow" }, ({ ns }: { ns: number[] }) =>
  total({ ns: runSubgraph({ workflow: part, input: { n: ns } }) }));
`;
}

const MAPPED = `${HEAD}const twice = node({ id: "twice" }, async ({ n }: { n: number }) => n * 2);
export const flow = workflow({ name: "flow" }, ({ ns }: { ns: number[] }) => twice({ n: ns }));
`;

const target = (): { readonly target: string } => ({ target: `${bench.file}#flow` });

test("a run and its fork differ in nothing", async () => {
  bench.write(MAPPED);
  const first = await bench.launch({ ns: [1, 2] });
  const fork = await bench.fork({ run: first.runId, kind: "fork" });
  const answer = await diff(bench, { a: first.runId, b: fork.runId });
  expect(answer).toMatchObject({ isSame: true, itemsTotal: 0 });
  expect(diffText(answer, colors)).toContain("nothing differs but time");
});

test("a difference in a child run is found although its parent came to the same", async () => {
  bench.write(nested("n * 2"));
  const first = await bench.launch({ ns: [1, 2] }, target());
  bench.write(nested("n * 3"));
  const second = await bench.launch({ ns: [1, 2] }, target());
  expect(second.output).toBe(first.output);
  const { first: found } = await diff(bench, { a: first.runId, b: second.runId });
  expect(found).toMatchObject({
    what: "result",
    node: "twice",
    before: "2",
    now: "3",
    cause: { kind: "code", node: "twice" },
  });
  expect(found?.b).not.toContain(second.runId);
});

test("items are aligned by what they were given: one in front differs alone", async () => {
  bench.write(MAPPED);
  const first = await bench.launch({ ns: [5, 6, 7] });
  const second = await bench.launch({ ns: [4, 5, 6, 7] });
  const answer = await diff(bench, { a: first.runId, b: second.runId });
  expect(answer.items).toMatchObject([{ b: `${second.runId}.1.0`, change: "only in b", now: "8" }]);
  expect(answer.first?.cause).toMatchObject({ kind: "input", changes: [{ path: "$.ns[0]", now: 4 }] });
});

test("of each node it is told how many of its items differ, however few of them are listed", async () => {
  bench.write(MAPPED);
  const first = await bench.launch({ ns: [1, 2, 3, 4] });
  bench.write(MAPPED.replace("n * 2", "n * 3"));
  const second = await bench.launch({ ns: [1, 2, 3, 4] });
  const answer = await diff(bench, { a: first.runId, b: second.runId, limit: 1 });
  expect(answer).toMatchObject({ itemsTotal: 4, nodes: [{ node: "twice", differing: 4 }] });
  expect(answer.items).toHaveLength(1);
});

test("a result that was given by hand is said to be", async () => {
  bench.write(MAPPED);
  const first = await bench.launch({ ns: [1] });
  const fork = await bench.fork({ run: first.runId, kind: "fork", set: [{ address: `${first.runId}.1.0`, value: 9 }] });
  expect((await diff(bench, { a: first.runId, b: fork.runId })).first?.cause.kind).toBe("by hand");
});

test("versions are compared without runs, by the beginning of their hash", async () => {
  bench.write(MAPPED);
  const first = await bench.launch({ ns: [1] });
  bench.write(MAPPED.replace("n * 2", "n * 3"));
  const second = await bench.launch({ ns: [1] });
  const sides = [first, second].map(({ version }) => `flow@${version.slice(0, 10)}`);
  const answer = await diff(bench, { a: sides[0]!, b: sides[1]! });
  expect(answer).toMatchObject({
    isSame: false,
    code: { nodes: [{ node: "twice", change: "changed" }], isFunctionOther: false },
  });
  expect(answer.code?.files[0]?.hunks[0]?.lines).toContain(
    '+const twice = node({ id: "twice" }, async ({ n }: { n: number }) => n * 3);',
  );
  await expect(diff(bench, { a: "flow@0000", b: sides[0]! })).rejects.toMatchObject({ code: "WG4061" });
});

test("a run that was forgotten has nothing to compare", async () => {
  bench.write(MAPPED);
  const [first, second] = [await bench.launch({ ns: [1] }), await bench.launch({ ns: [2] })];
  await bench.store.forget(first.runId);
  await expect(diff(bench, { a: first.runId, b: second.runId })).rejects.toMatchObject({ code: "WG4060" });
});
