/**
 * Traces of real files. What a trace of a workflow without awaits says is compared with what runs of it record, over generated
 * programs: WORKGRAPH_TRACE_PROGRAMS=300 vitest run src/runner/trace-workflow.test.ts (default 12).
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { seededRandom } from "../base/random.ts";
import { runLines, tracedProject, traceLines, type TracedProject } from "./fixtures/traced-project.ts";

/** Generated programs. */
const programs = Number(process.env["WORKGRAPH_TRACE_PROGRAMS"] ?? 12);

vi.setConfig({ testTimeout: 30_000 + programs * 1_000 });

const FLOW = `import { node, workflow, filter, race, sleep, runSubgraph } from "agentic-workgraph";
import { z } from "zod";
let executed = 0;
const load = node({ id: "load", out: "many" }, async ({ q }: { q: string }) => (executed++, [q, q, q]));
const work = node({ id: "work" }, async ({ x }: { x: string }) => (executed++, x + "!"));
const judge = node({ id: "judge", output: z.object({ good: z.boolean(), why: z.string() }) }, async ({ x }: { x: string }) => ({ good: x.length > 2, why: x }));
const join = node({ id: "join", gather: ["xs"] }, async ({ xs }: { xs: string[] }) => xs.join());
export const plain = workflow({ name: "plain" }, ({ q }: { q: string }) => join({ xs: work({ x: load({ q }) }) }));
export const breaks = workflow({ name: "breaks" }, async ({ q }: { q: string }) => {
  const all = load({ q });
  work({ x: q });
  const values = await all;
  return values.length > 2 ? work({ x: all }) : join({ xs: all });
});
export const chooses = workflow({ name: "chooses" }, async ({ q }: { q: string }) => {
  const found = await judge({ x: work({ x: q }) });
  if (found.good) return work({ x: q });
  return join({ xs: load({ q }) });
});
export const loops = workflow({ name: "loops" }, async ({ q }: { q: string }) => {
  for (let round = 0; ; round++) {
    const { good } = await judge({ x: q });
    if (good) return work({ x: q });
  }
});
export const filters = workflow({ name: "filters" }, async ({ q }: { q: string }) => {
  const kept = await filter(judge({ x: load({ q }) }), (one) => one.good);
  return kept.length > 0 ? work({ x: q }) : q;
});
export const raw = workflow({ name: "raw" }, async ({ q }: { q: string }) => {
  const text = await work({ x: q });
  const checked = await judge({ x: text });
  return checked.good;
});
export const misaligned = workflow({ name: "misaligned" }, ({ q }: { q: string }) => {
  const pair = node2({ x: load({ q }), y: load({ q }) });
  return pair;
});
const node2 = node({ id: "pair" }, async ({ x, y }: { x: string; y: string }) => x + y);
export const races = workflow({ name: "races" }, async ({ q }: { q: string }) => (await race([work({ x: q }), sleep("1h")])) ?? "late");
export const naps = workflow({ name: "naps" }, async ({ q }: { q: string }) => { await sleep("10h"); return work({ x: q }); });
export const untracked = workflow({ name: "untracked" }, async () => { await new Promise(() => undefined); });
export const endless = workflow({ name: "endless" }, async ({ q }: { q: string }) => { for (;;) work({ x: q }); });
const child = workflow({ name: "child" }, ({ q }: { q: string }) => work({ x: q }));
export const parent = workflow({ name: "parent" }, async ({ q }: { q: string }) => { const made = await runSubgraph({ workflow: child, input: { q } }); return work({ x: made }); });
export const counts = workflow({ name: "counts" }, async () => { if (executed > 0) throw new Error("a node was executed"); });
`;

let project: TracedProject;
beforeAll(async () => {
  project = await tracedProject(FLOW);
});
afterAll(() => project.close());

describe("a trace", () => {
  test("of a workflow without awaits has every call and edge, and executes nothing", async () => {
    const traced = await project.trace("plain", { input: { q: "a" } });
    expect(traced).toMatchObject({ workflow: "plain", path: "flow.ts", input: { from: "given" }, notFollowed: 0 });
    expect(traced.samples).toHaveLength(1);
    expect(traced.samples[0]).toMatchObject({ end: "returned", returns: ["join"], stops: [], decisions: [] });
    expect(traceLines(traced.samples[0]!)).toEqual(["1 load@8", "2 work@8 <- 1 x", "3 join@8 <- 2 xs"]);
    expect((await project.trace("counts")).samples[0]?.end).toBe("returned");
    expect((await project.store.runs()).total).toBe(0);
  });

  test("stops at the first await that nothing can answer, and says where and why", async () => {
    const { samples } = await project.trace("breaks", { input: { q: "a" } });
    expect(samples[0]?.end).toBe("stopped");
    expect(samples[0]?.stops).toMatchObject([
      {
        node: "load",
        kind: "node",
        by: "then",
        site: { file: "flow.ts", line: 12 },
        why: '"load" gives what only its execution tells',
      },
    ]);
    expect(traceLines(samples[0]!)).toEqual(["1 load@10", "2 work@11"]);
  });

  test("goes on with a sample that was given, a list for a many node", async () => {
    const three = await project.trace("breaks", { input: { q: "a" }, values: { load: ["1", "2", "3"] } });
    expect(traceLines(three.samples[0]!)).toEqual(
      ["1 load@10", "2 work@11", "3 work@13 <- 1 x after 1"].map(withoutOpened),
    );
    const one = await project.trace("breaks", { input: { q: "a" }, values: { load: ["1"] } });
    expect(one.samples[0]?.calls.map((call) => call.node)).toEqual(["load", "work", "join"]);
    await expect(project.trace("breaks", { input: { q: "a" }, values: { laod: 1 } })).rejects.toMatchObject({
      code: "WG3071",
      hint: 'Did you mean "load"?',
    });
  });

  test("tries the values that a schema leaves, though what comes before has none", async () => {
    const { samples } = await project.trace("chooses", { input: { q: "a" } });
    expect(
      samples.map((sample) => sample.decisions.map(({ node, value, examples }) => [node, value, examples])),
    ).toEqual([
      [["judge", { good: true, why: "example" }, ["why"]]],
      [["judge", { good: false, why: "example" }, ["why"]]],
    ]);
    expect(samples.map((sample) => sample.calls.map((call) => call.node))).toEqual([
      ["work", "judge", "work"],
      ["work", "judge", "load", "join"],
    ]);
    expect(samples.every((sample) => sample.end === "returned")).toBe(true);
  });

  test("of a loop until good follows a bounded number of rounds", async () => {
    const { samples } = await project.trace("loops", { input: { q: "a" } });
    expect(samples.map((sample) => sample.calls.filter((call) => call.node === "judge").length)).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(samples.at(-1)).toMatchObject({
      end: "stopped",
      stops: [{ why: expect.stringContaining("6 results were chosen") as string }],
    });
  });

  test("runs a filter's predicate on chosen values only", async () => {
    const { samples } = await project.trace("filters", { input: { q: "a" } });
    expect(samples.map((sample) => sample.calls.map((call) => call.node))).toEqual([
      ["load", "judge", "filter", "work"],
      ["load", "judge", "filter"],
    ]);
  });

  test.each([
    ["raw", "only its execution tells"],
    ["races", "which of its entrants wins"],
    ["parent", 'the output of a run of "child"'],
  ])("does not guess: %s stops", async (exportName, why) => {
    const { samples } = await project.trace(exportName, { input: { q: "a" } });
    expect(samples).toHaveLength(1);
    expect(samples[0]).toMatchObject({ end: "stopped", stops: [{ why: expect.stringContaining(why) as string }] });
  });

  test("sleeps no time, tells lists that do not align, calls without end, and waits that no handle ends", async () => {
    expect((await project.trace("naps", { input: { q: "a" } })).samples[0]).toMatchObject({ end: "returned" });
    const misaligned = await project.trace("misaligned", { input: { q: "a" } });
    expect(misaligned.samples[0]).toMatchObject({ end: "threw", error: { code: "WG1001", site: { file: "flow.ts" } } });
    const endless = await project.trace("endless", { input: { q: "a" } });
    expect(endless.samples[0]).toMatchObject({ end: "threw", error: { code: "WG3007" } });
    expect((await project.trace("untracked")).samples[0]?.end).toBe("untracked");
  });

  test("makes an example of an input that is not given, and says so", async () => {
    expect((await project.trace("plain")).input).toEqual({ from: "example", value: { q: "example" } });
    await expect(project.trace("plain", { input: { x: 1 } })).rejects.toMatchObject({ code: "WG1014" });
  });
});

describe("a trace with the results of a run", () => {
  test("of this version is the graph of that run", async () => {
    const run = await project.run("breaks", { q: "abc" });
    const traced = await project.trace("breaks", { from: run });
    expect(traced).toMatchObject({
      input: { from: "run", value: { q: "abc" } },
      from: { run, match: "exact", unmatched: 0 },
    });
    expect(traced.samples[0]?.end).toBe("returned");
    expect(traceLines(traced.samples[0]!)).toEqual(runLines(await project.store.calls(run)));
  });

  test("of another version takes them as far as calls are the same", async () => {
    const run = await project.run("raw", { q: "abc" });
    await project.rewrite(
      FLOW.replace("return checked.good;", "return checked.good ? load({ q }) : judge({ x: q + text });"),
    );
    const traced = await project.trace("raw", { from: run });
    await project.rewrite(FLOW);
    expect(traced.from).toEqual({ run, match: "by call", unmatched: 1 });
    expect(traced.samples[0]).toMatchObject({ end: "returned", stops: [] });
    expect(traced.samples[0]?.calls.map((call) => call.node)).toEqual(["work", "judge", "load"]);
  });

  test("of another workflow is refused", async () => {
    const run = await project.run("plain", { q: "a" });
    await expect(project.trace("breaks", { from: run })).rejects.toMatchObject({ code: "WG3073" });
  });
});

describe("the awaits of a run", () => {
  test("are all found again with their places and segments", async () => {
    const run = await project.run("breaks", { q: "abc" });
    const replayed = await project.awaits(run);
    expect(replayed?.diverged).toBeUndefined();
    expect(replayed?.awaits).toMatchObject([
      { by: "then", call: 1, node: "load", asked: 0, segments: [1], site: { file: "flow.ts" } },
      { node: "work" },
    ]);
  });
});

test("an await is led back to its line however the bundler moved it", async () => {
  await project.rewrite(`${FLOW}
async function lazy(x: string) {
  return work({ x });
}
export const moved = workflow({ name: "moved" }, async ({ q }: { q: string }) => {
  const all = load({ q });
  const once = work({ x: q });
  const values = await all;
  if ((await once).length > 100) return 1;
  const [a, b] = await Promise.all([
    work({ x: "1" }),
    work({ x: "2" }),
  ]);
  const judged = await judge({ x: a + b });
  if (judged.good) work({ x: q });
  for await (const x of load({ q })) work({ x });
  const lazily = await lazy(q);
  const settled = load({ q });
  const cells = await settled.settled();
  const last = work({ x: lazily + cells.length });
  return values.length > 2 ? last : once;
});`);
  const first = FLOW.split("\n").length + 1;
  const run = await project.run("moved", { q: "abc" });
  const replayed = await project.awaits(run);
  await project.rewrite(FLOW);
  const lines = replayed?.awaits.map(({ node, site, place }) => [node, site!.line - first, place === undefined]);
  expect(lines).toEqual([
    ["load", 6, false],
    ["work", 7, false],
    ["work", 8, false],
    ["work", 8, false],
    ["judge", 12, false],
    ["load", 14, false],
    ["work", 1, false],
    ["load", 17, false],
    ["work", 19, false],
  ]);
});

/** An edge that also opened the segment is told once. */
function withoutOpened(line: string): string {
  return line.replace(" <- 1 x after 1", " <- 1 x");
}

interface Generated {
  readonly source: string;
  /** In the order of the source. */
  readonly nodes: readonly string[];
}

/** Straight programs: each call takes the input or the handles of calls before it. */
function generated(seed: number): Generated {
  const random = seededRandom(`trace ${seed}`);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const nodes = ["load", "work", "join"];
  const made: { readonly name: string; readonly space: string }[] = [];
  const body: string[] = [];
  const names: string[] = [];
  for (let no = 0; no < 3 + upTo(8); no++) {
    const kind = nodes[upTo(nodes.length)]!;
    const source = made.length > 0 && random() < 0.8 ? made[upTo(made.length)] : undefined;
    const value = source?.name ?? "q";
    const name = `h${no}`;
    if (kind === "load") body.push(`const ${name} = load({ q: ${source?.space === "" ? value : "q"} });`);
    else if (kind === "work") body.push(`const ${name} = work({ x: ${value} });`);
    else body.push(`const ${name} = join({ xs: ${source && source.space !== "" ? value : '["a", "b"]'} });`);
    made.push({ name, space: kind === "load" ? name : kind === "work" ? (source?.space ?? "") : "" });
    names.push(kind);
  }
  body.push(random() < 0.5 ? `return { last: ${made.at(-1)!.name} };` : "return 1;");
  const source = `${FLOW}
export const main = workflow({ name: "main" }, ({ q }: { q: string }) => {
  ${body.join("\n  ")}
});`;
  return { source, nodes: names };
}

test("over generated programs, a trace has the calls and edges that a run records", async () => {
  for (let seed = 0; seed < programs; seed++) {
    const { source, nodes } = generated(seed);
    await project.rewrite(source);
    const traced = await project.trace("main", { input: { q: "abc" } });
    const rows = await project.store.calls(await project.run("main", { q: "abc" }));
    expect(
      traced.samples[0]?.calls.map((call) => call.node),
      `seed ${seed}`,
    ).toEqual(nodes);
    expect(traceLines(traced.samples[0]!), `seed ${seed}\n${source}`).toEqual(runLines(rows));
    // A call that one side lacks, and an edge that leads elsewhere, would show.
    expect(traceLines({ calls: traced.samples[0]!.calls.slice(1) })).not.toEqual(runLines(rows));
  }
  await project.rewrite(FLOW);
});
