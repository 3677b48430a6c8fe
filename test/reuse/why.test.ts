/** Why an item ran, asked of every kind of item; and of all items of random forks. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { why, type WhyReason } from "../../src/app/operations/why.ts";
import { below, edit, generate, seeded } from "./program.ts";
import { render } from "./render.ts";
import { Workbench } from "./workbench.ts";

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

const FLOW = `import { node, workflow } from "agentic-workgraph";
const FACTOR = 2;
function scale(x: number): number {
  return x * FACTOR;
}
const double = node({ id: "double" }, async ({ x }: { x: number }) => scale(x));
const next = node({ id: "next" }, async ({ x }: { x: number }) => x + 1);
const send = node({ id: "send", effect: true }, async ({ x }: { x: number }) => x);
const read = node({ id: "read" }, async ({ x }: { x: number }, { scratchpad }) => (await scratchpad.get("k")) ?? x);
const sum = node({ id: "sum", gather: ["all"] }, async ({ all }: { all: number[] }) => all.length);
const shaky = node({ id: "shaky" }, async ({ x }: { x: number }) => { if (x > 0) throw new Error("no"); return x; });
export const flow = workflow({ name: "flow" }, async ({ xs }: { xs: number[] }) => {
  const doubled = double({ x: xs });
  const last = next({ x: doubled });
  const sent = send({ x: xs });
  const had = read({ x: xs });
  await shaky({ x: xs }).settled();
  return { last, sent, had, counted: sum({ all: last }) };
});
`;

async function reasons(runId: string, place: string): Promise<readonly WhyReason[]> {
  const workspace = { project: bench.project, store: bench.store, close: async () => undefined };
  return (await why(workspace, { item: `${runId}.${place}` })).reasons;
}

describe("why an item ran", () => {
  test("the first run has nothing to compare with", async () => {
    bench.write(FLOW);
    const { runId } = await bench.launch({ xs: [1] });
    expect(await reasons(runId, "1.0")).toEqual([{ kind: "first run" }]);
  });

  test("the lines that changed, of the helper that the node reaches", async () => {
    bench.write(FLOW);
    const { runId } = await bench.launch({ xs: [1] });
    bench.write(FLOW.replace("return x * FACTOR;", "// twice\n  return x * FACTOR + 1;"));
    const made = await bench.fork({ run: runId, kind: "fork" });
    const [code, ...more] = await reasons(made.runId, "1.0");
    expect(more).toEqual([]);
    expect(code).toMatchObject({
      kind: "code",
      packages: [],
      hunks: [
        {
          file: "flow.ts",
          line: 4,
          name: "scale",
          before: ["  return x * FACTOR;"],
          after: ["  // twice", "  return x * FACTOR + 1;"],
        },
      ],
    });
  });

  test("the parameter that was given something else, before and now", async () => {
    bench.write(FLOW);
    const { runId } = await bench.launch({ xs: [1, 2] });
    const made = await bench.fork({ run: runId, kind: "fork", input: { xs: [1, 5] } });
    expect(await reasons(made.runId, "1.1")).toEqual([
      { kind: "input", changes: [{ param: "x", before: "2", now: "5" }] },
    ]);
    expect(await reasons(made.runId, "2.1")).toMatchObject([
      { kind: "input", changes: [{ param: "x", before: "4", now: "10", node: "double" }] },
    ]);
  });

  test("the elements of a gathered set that are others, new or gone, and only those", async () => {
    bench.write(FLOW);
    const { runId } = await bench.launch({ xs: [1, 2, 3] });
    const changesOf = async (run: string): Promise<unknown> => {
      const [input] = await reasons(run, "6.0");
      return input?.kind === "input" ? input.changes : input;
    };
    const made = await bench.fork({ run: runId, kind: "fork", input: { xs: [1, 5, 3] } });
    expect(await changesOf(made.runId)).toMatchObject([
      {
        param: "all",
        node: "next",
        gathered: {
          total: 1,
          elements: [{ address: `${made.runId}.2.1`, path: "x[1]", before: "5", now: "11" }],
        },
      },
    ]);
    const shorter = await bench.fork({ run: runId, kind: "fork", input: { xs: [1] } });
    expect(await changesOf(shorter.runId)).toMatchObject([
      { gathered: { total: 2, elements: [{ address: `${runId}.2.1`, before: "5" }, { before: "7" }] } },
    ]);
    const longer = await bench.fork({ run: runId, kind: "fork", input: { xs: [1, 2, 3, 4, 5, 6, 7, 8, 9] } });
    const [{ gathered }] = (await changesOf(longer.runId)) as [{ gathered: { total: number; elements: object[] } }];
    expect([gathered.total, gathered.elements.length]).toEqual([6, 5]);
    expect(gathered.elements[0]).toEqual({ address: `${longer.runId}.2.3`, path: "x[3]", now: "9" });
  });

  test("the item that it was reused from, and the one that was made", async () => {
    bench.write(FLOW);
    const { runId } = await bench.launch({ xs: [1] });
    const second = await bench.fork({ run: runId, kind: "fork" });
    const third = await bench.fork({ run: second.runId, kind: "fork" });
    expect(await reasons(third.runId, "1.0")).toEqual([
      { kind: "reused", from: [`${second.runId}.1.0`, `${runId}.1.0`] },
    ]);
  });

  test("what it read, that it has an effect, that it failed before", async () => {
    bench.write(FLOW);
    const { runId } = await bench.launch({ xs: [1] });
    const made = await bench.fork({ run: runId, kind: "fork" });
    expect(await reasons(made.runId, "3.0")).toEqual([{ kind: "never reused", reads: ["effect"] }]);
    expect(await reasons(made.runId, "4.0")).toEqual([{ kind: "never reused", reads: ["scratchpad"] }]);
    expect(await reasons(made.runId, "5.0")).toEqual([{ kind: "failed before", address: `${runId}.5.0` }]);
  });

  test("that it was named, or its value given; that nobody asked", async () => {
    bench.write(FLOW);
    const { runId } = await bench.launch({ xs: [1] });
    const named = await bench.fork({ run: runId, kind: "fork", from: ["double"] });
    expect(await reasons(named.runId, "1.0")).toEqual([{ kind: "named", names: ["double"] }]);
    const set = await bench.fork({ run: runId, kind: "fork", set: [{ address: `${runId}.1.0`, value: 9 }] });
    expect(await reasons(set.runId, "1.0")).toEqual([{ kind: "set" }]);
    const again = await bench.launch({ xs: [1] });
    expect(await reasons(again.runId, "2.0")).toMatchObject([{ kind: "input" }]);
    expect(await reasons((await bench.launch({ xs: [1] })).runId, "2.0")).toEqual([{ kind: "not asked" }]);
  });

  test("has an answer for every item of random forks, and a reason where it was made", async () => {
    for (let seed = 100; seed < 103; seed++) {
      const random = seeded(seed);
      const program = generate(random);
      bench.write(render(program));
      const books = { target: `${bench.file}#books` };
      await bench.launch({ n: program.book }, books);
      const { runId } = await bench.launch({ xs: program.input }, { target: `${bench.file}#flow` });
      const changed = edit(program, random).program;
      bench.write(render(changed));
      if (changed.printings > 0) await bench.launch({ n: changed.book }, books);
      const made = await bench.fork({ run: runId, kind: "fork", input: { xs: changed.input } });
      const { items } = await bench.store.items(made.runId, { limit: 10_000 });
      for (const { call, item, status } of items) {
        if (below(random, 3) > 0 || (status !== "completed" && status !== "reused")) continue;
        const kinds = (await reasons(made.runId, `${call}.${item}`)).map(({ kind }) => kind);
        expect(kinds.length, `seed ${seed}, ${call}.${item}`).toBeGreaterThan(0);
        expect(kinds.includes("reused"), `seed ${seed}, ${call}.${item}: ${kinds.join()}`).toBe(status === "reused");
        expect(kinds).not.toContain("not asked");
      }
    }
  });
});
