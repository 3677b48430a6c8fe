/** Child runs in a plan: what is announced for three levels of runs is what executes, item by item. */
import picocolors from "picocolors";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { certainItems, type ReusePlan, type RunPlan } from "../../src/model/reuse-plan.ts";
import { planText } from "../../src/cli/reuse-text.ts";
import { Workbench, type Made } from "./workbench.ts";

const PLAIN = picocolors.createColors(false);

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

/** A root over two shelves, each with a child run per book; nodes before, between and behind. */
const FAMILY = `import { node, workflow, runSubgraph } from "agentic-workgraph";
const note = (id: string, input: object): void => void (globalThis as { reuseLedger?: string[] }).reuseLedger?.push(\`\${id} \${JSON.stringify(input)}\`);
const PAGE = 10;
function pages(x: number): number {
  return x * PAGE;
}
function weight(x: number): number {
  return x + 1;
}
function label(x: number): string {
  return "#" + x;
}
const open = node({ id: "open" }, async ({ x }: { x: number }) => { note("open", { x }); return x + 100; });
const count = node({ id: "count" }, async ({ x }: { x: number }) => { note("count", { x }); return pages(x); });
const parity = node({ id: "parity" }, async ({ x }: { x: number }) => { note("parity", { x }); return x % 2; });
const book = workflow({ name: "book", out: "one" }, async ({ x }: { x: number }) => {
  const opened = await open({ x });
  return { pages: count({ x: opened }), odd: parity({ x: opened }) };
});
const list = node({ id: "list", out: "many" }, async ({ shelf }: { shelf: number }) => { note("list", { shelf }); return [shelf * 2, shelf * 2 + 1]; });
const weigh = node({ id: "weigh" }, async ({ of }: { of: { pages: number } }) => { note("weigh", { of }); return weight(of.pages); });
const total = node({ id: "total", gather: ["xs"] }, async ({ xs }: { xs: number[] }) => { note("total", { xs }); return xs.reduce((a, b) => a + b, 0); });
const shelf = workflow({ name: "shelf", out: "one" }, ({ shelf }: { shelf: number }) =>
  total({ xs: weigh({ of: runSubgraph({ workflow: book, input: { x: list({ shelf }) } }) }) }));
const tag = node({ id: "tag" }, async ({ x }: { x: number }) => { note("tag", { x }); return label(x); });
export const library = workflow({ name: "library" }, ({ shelves }: { shelves: number[] }) =>
  tag({ x: runSubgraph({ workflow: shelf, input: { shelf: shelves } }) }));
`;

/** Places of the tree by the items above them: \`2.0 > 1.1\`. */
interface Announced {
  readonly certain: readonly string[];
  readonly perhaps: readonly string[];
}

function announced(plan: RunPlan, above = ""): Announced {
  const certain = plan.executes.map(({ place, node }) => `${above}${place} ${node}`);
  const perhaps = plan.dependents.flatMap(({ kind, call, node, items }) =>
    kind === "node" ? items.map((item) => `${above}${call}.${item} ${node}`) : [],
  );
  for (const child of plan.children) {
    const below = announced(child, `${above}${child.place} > `);
    certain.push(...below.certain);
    perhaps.push(...below.perhaps);
  }
  return { certain, perhaps };
}

/** The same of a run that was made. */
async function executed(runId: string, above = ""): Promise<readonly string[]> {
  const { store } = bench;
  const calls = new Map((await store.calls(runId)).map(({ call, event }) => [call, event]));
  const { items } = await store.items(runId, { limit: 10_000 });
  const found = items
    .filter(({ call, status }) => calls.get(call)!.kind === "node" && status !== "reused")
    .map(({ call, item }) => `${above}${call}.${item} ${calls.get(call)!.node}`);
  const { runs } = await store.runs({ parent: runId, limit: 100 });
  for (const { runId: child, parent } of runs)
    found.push(...(await executed(child, `${above}${parent!.call}.${parent!.item} > `)));
  return found.toSorted();
}

async function again(
  edit: readonly [string, string],
): Promise<Announced & { readonly made: Made; readonly plan: ReusePlan }> {
  bench.write(FAMILY);
  const first = await bench.launch({ shelves: [1, 2] });
  expect(first.error).toBeUndefined();
  const [from, to] = edit;
  expect(FAMILY.split(from)).toHaveLength(2);
  bench.write(FAMILY.replace(from, to));
  const plan = await bench.plan({ run: first.runId, kind: "reuse" });
  const made = await bench.launch({ shelves: [1, 2] }, { reuse: "latest" });
  expect(made.status).toBe("completed");
  expect(plan).toMatchObject({ kind: "reuse", workflow: "library" });
  return { ...announced(plan), plan, made };
}

const SAID: readonly (readonly [string, readonly [string, string], readonly [number, number]])[] = [
  ["of the lowest runs", ["x * PAGE", "x * PAGE + 1"], [4, 8]],
  ["of the runs between", ["return x + 1;", "return x + 2;"], [4, 4]],
  ["of the run above all", ['"#" + x', '"no. " + x'], [2, 0]],
];

describe("a plan looks into child runs", () => {
  test.each(SAID)("after an edit of a helper %s, what is announced is what executes", async (_of, edit, sizes) => {
    const { certain, perhaps, plan, made } = await again(edit);
    expect([certain.length, perhaps.length]).toEqual(sizes);
    expect(certainItems(plan)).toBe(certain.length);
    expect([...certain, ...perhaps].toSorted()).toEqual(await executed(made.runId));
    expect(made.executed).toHaveLength(certain.length + perhaps.length);
    expect(made.reuse).toMatchObject(plan.reused.items > 0 ? { kind: "reuse" } : {});
  });

  test("after an edit that changes nothing, all of it is reused, and the time of the child runs is counted", async () => {
    const { certain, perhaps, plan, made } = await again(["const PAGE = 10;", "// ten\nconst PAGE = 10;"]);
    expect([certain, perhaps, made.executed]).toEqual([[], [], []]);
    expect(plan.children.map(({ place, run, children }) => [place, run !== undefined, children.length])).toEqual([
      ["1.0", true, 2],
      ["1.1", true, 2],
    ]);
    const all = { open: 4, count: 4, parity: 4, list: 2, weigh: 4, total: 2, tag: 2 };
    expect(plan.reused).toMatchObject({ items: 22, nodes: all });
    expect(made.reuse).toMatchObject({ items: 22, inChildRuns: 20, savedMs: plan.reused.savedMs });
    expect(await executed(made.runId)).toEqual([]);
    expect(planText(plan, PLAIN)).toContain("shelf 1.0, 1.1, 2 child runs: nothing executes");
  });

  test("what comes out equal in a child run stops the wave there, in the run above as well", async () => {
    const { certain, perhaps, made } = await again(["return x % 2;", "return (x + 2) % 2;"]);
    expect(certain).toEqual([
      "1.0 > 2.0 > 3.0 parity",
      "1.0 > 2.1 > 3.0 parity",
      "1.1 > 2.0 > 3.0 parity",
      "1.1 > 2.1 > 3.0 parity",
    ]);
    expect(perhaps).toHaveLength(8);
    expect(await executed(made.runId)).toEqual(certain);
    expect(made.reuse).toMatchObject({ items: 18, inChildRuns: 16 });
  });

  test("a child run whose input is still to be made is planned as it was: nothing executes that was not announced", async () => {
    const CHAIN = `${FAMILY.slice(0, FAMILY.indexOf("const list ="))}
const both = workflow({ name: "both", out: "one" }, ({ x }: { x: number }) => {
  const first = runSubgraph({ workflow: book, id: "first", input: { x } });
  return runSubgraph({ workflow: book, id: "second", input: { x: weigh({ of: first }) } });
});
const weigh = node({ id: "weigh" }, async ({ of }: { of: { pages: number; odd: number } }) => { note("weigh", { of }); return weight(of.pages); });
export const chain = workflow({ name: "chain" }, ({ x }: { x: number }) => runSubgraph({ workflow: both, input: { x } }));
`;
    const target = { target: `${bench.file}#chain` };
    bench.write(CHAIN);
    const { runId } = await bench.launch({ x: 1 }, target);
    bench.write(CHAIN.replace("return pages(x);", "return pages(x) + 7;"));
    const plan = await bench.plan({ run: runId, kind: "fork" });
    const { certain, perhaps } = announced(plan);
    expect(certain).toEqual(["1.0 > 1.0 > 2.0 count"]);
    expect(plan.children[0]!.children.map(({ node, supposed = false }) => [node, supposed])).toEqual([
      ["first", false],
      ["second", true],
    ]);
    const made = await bench.fork({ run: runId, kind: "fork" });
    expect([...certain, ...perhaps].toSorted()).toEqual(await executed(made.runId));
    expect(made.executed).toHaveLength(5);
    expect(planText(plan, PLAIN)).toContain("may execute, if it is given something else:\n          open 1.0  ");
  });

  test("says each run in its place", async () => {
    const { plan } = await again(["x * PAGE", "x * PAGE + 1"]);
    const said = planText(plan, PLAIN).replaceAll(/01[0-9A-Z]{24}/g, "RUN");
    expect(said).toContain(`executes 4 items for certain (4 of them in child runs):
  shelf 1.0, child run of shelf from RUN, changed code
    reuses 5 items (list 1, open 2, parity 2)
      book 2.0, child run of book from RUN, changed code
        reuses 2 items (open 1, parity 1)
        executes 1 item for certain:
          count 2.0  its code changed
`);
    expect(said).toContain(`    2 calls depend on those; what comes out equal goes no further:
      weigh 3.0, 3.1 waits for book`);
  });

  test("plans a child run that nothing stood for, and more of them than run at once", async () => {
    bench.write(FAMILY);
    const first = await bench.launch({ shelves: [1] });
    const shelves = Array.from({ length: 20 }, (_, i) => i);
    const plan = await bench.plan({ run: first.runId, kind: "fork", input: { shelves } });
    expect(plan.children).toHaveLength(20);
    // What is in a list that is still to be made, nobody knows.
    expect(plan.children[5]).toMatchObject({
      place: "1.5",
      executes: [{ node: "list", place: "1.0", because: { kind: "new" } }],
      dependents: [
        { node: "book", kind: "subgraph", items: [] },
        { node: "weigh", items: [] },
        { node: "total", items: [0] },
      ],
    });
  });

  test("a call of a workflow that is named executes all that is below it", async () => {
    bench.write(FAMILY);
    const first = await bench.launch({ shelves: [1, 2] });
    const request = { run: first.runId, kind: "fork" as const, from: [`${first.runId}.1.1`] };
    const plan = await bench.plan(request);
    expect(announced(plan).certain).toEqual(["1.1 > 1.0 list"]);
    const made = await bench.fork(request);
    expect(made.executed.toSorted()).toEqual(
      first.executed
        .filter((noted) => /"shelf":2|"x":(4|5|104|105)\b|"pages":10[45]0|\[1041,1051\]/.test(noted))
        .toSorted(),
    );
    expect(made.reuse).toMatchObject({ unmet: [] });
  });

  test("would be found out if it left a level out", async () => {
    const { plan, made } = await again(["x * PAGE", "x * PAGE + 1"]);
    const children = plan.children.map((child) => ({ ...child, children: [] }));
    const { certain, perhaps } = announced({ ...plan, children });
    expect([...certain, ...perhaps].toSorted()).not.toEqual(await executed(made.runId));
  });
});
