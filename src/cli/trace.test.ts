/** `trace`, `explain`, `coverage`, `shapes` and `graph --ghosts`, as somebody types them. */
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CommandProcess, workgraph } from "./fixtures/workgraph-process.ts";

// Several processes a test.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const FLOW = `import { setTimeout as wait } from "node:timers/promises";
import { node, workflow } from "agentic-workgraph";
const list = node({ id: "list", out: "many", whole: ["sizes"] }, async ({ sizes }: { sizes: number[] }) => sizes);
const slow = node({ id: "slow" }, async ({ size }: { size: number }) => { await wait(size); return { size }; });
const post = node({ id: "post" }, async ({ one }: { one: { size: number } }) => one.size);
const sum = node({ id: "sum", gather: ["all"] }, async ({ all }: { all: number[] }) => all.length);
export const main = workflow({ name: "main" }, async ({ sizes }: { sizes: number[] }) => {
  const done = await slow({ size: list({ sizes }) });
  if (done.length > 3) {
    return sum({ all: post({ one: done.slice(1) }) });
  }
  const posted = post({ one: done });
  return sum({ all: posted });
});
export const stuck = workflow({ name: "stuck" }, () => { for (;;); });
export const leaves = workflow({ name: "leaves" }, () => process.exit(3));
`;

/** What only reads. */
const commands = new CommandProcess();
let cwd: string;
beforeAll(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), "workgraph-trace-")));
  await writeFile(join(cwd, "package.json"), '{"name": "sample", "type": "module"}');
  await writeFile(join(cwd, "flow.workflow.ts"), FLOW);
  for (const sizes of ["1,2", "3", "50,150,400"])
    await workgraph(["run", "main", "--sizes", sizes, "--quiet"], { cwd });
});
afterAll(async () => {
  await commands.end();
  await rm(cwd, { recursive: true, force: true });
});

describe("trace", () => {
  test("tells what is possible, where it stopped, and what recorded runs of this version lead one to expect", async () => {
    const { stdout, exitCode } = await commands.workgraph(["trace", "main", "--sizes", "1,2"], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("nothing was executed");
    expect(stdout).toMatch(/slow +items +flow\.workflow\.ts:8 +size <- list +\[expected: 3 of 3 runs, median 2 items/);
    expect(stdout).toContain(
      'stop 1: flow.workflow.ts:8: waits for "slow": "slow" gives what only its execution tells',
    );
    expect(stdout).toContain("also called: post at flow.workflow.ts:12, in 3 of 3 runs");
    const { document } = await commands.json(["runs"], { cwd });
    expect(document.runs).toHaveLength(3);
  });

  test("keeps what is possible apart from what is expected", async () => {
    const words = ["trace", "main", "--sizes", "1", "--result", 'slow={"size":1}', "--result", "list=[1,2,3,4]"];
    const { document } = await commands.json(words, { cwd });
    expect(document).toMatchObject({
      label: "possible",
      sampled: false,
      stops: [],
      expected: { label: "expected", runs: 3 },
    });
    expect((document.samples as object[])[0]).toMatchObject({ end: "returned", returns: ["sum"] });
    const { calls } = document.possible as { calls: { node: string; site: { line: number } }[] };
    expect(calls.map(({ node, site }) => [node, site.line])).toEqual([
      ["list", 8],
      ["slow", 8],
      ["post", 10],
      ["sum", 10],
    ]);
    expect(Object.keys(calls[0]!)).not.toContain("runs");
    const mermaid = await commands.workgraph(["trace", "main", "--sizes", "1", "--mermaid"], { cwd });
    expect(mermaid.stdout).toMatch(/title: possible: main[\s\S]*flowchart TD[\s\S]*:::possible/);
  });

  test("ends code that loops, and says when code ends its process", async () => {
    const stuck = await commands.json(["trace", "stuck", "--timeout", "1500ms"], { cwd });
    expect(stuck.document).toMatchObject({ error: { code: "WG3070" } });
    const leaves = await commands.json(["trace", "leaves"], { cwd });
    expect(leaves.document).toMatchObject({
      error: { code: "WG3072", message: expect.stringContaining("3") as string },
    });
    expect(leaves.exitCode).not.toBe(0);
  });
});

test("explain numbers the graph breaks of a run with the overlap each cost", async () => {
  const { document } = await commands.json(["explain", "latest"], { cwd });
  expect(document).toMatchObject({ label: "observed", workflow: "main" });
  const breaks = document.breaks as {
    no: number;
    line: number;
    nodes: string[];
    passed: number;
    items: number;
    overlapMs: number;
  }[];
  expect(breaks).toMatchObject([{ no: 1, line: 8, kind: "await", nodes: ["slow"], passed: 1, items: 3 }]);
  // Items are there after 50, 150 and 400 ms; the next call took them one by one.
  expect(breaks[0]!.overlapMs).toBeGreaterThan(250);
  expect(breaks[0]!.overlapMs).toBeLessThan(700);
  const { stdout } = await commands.workgraph(["explain", "main"], { cwd });
  expect(stdout).toMatch(
    /^1 graph break of "main"[\s\S]*1\. flow\.workflow\.ts:8 in main {2}await {2}"slow"[\s\S]*lost overlap \d+/,
  );
  const unrun = await commands.workgraph(["explain", "flow.workflow.ts#stuck"], { cwd });
  expect(unrun.stdout).toContain("no run of it is recorded");
});

test("coverage, shapes and ghosts say what runs reached, and in which branch the rest stands", async () => {
  const coverage = await commands.workgraph(["coverage", "main"], { cwd });
  expect(coverage.stdout).toContain('4 of 6 call sites of "main"');
  expect(coverage.stdout).toMatch(/0 of 3 +0 +post +flow\.workflow\.ts:10 +in if \(done\.length > 3\), line 9/);
  const ghosts = await commands.workgraph(["graph", "latest", "--ghosts"], { cwd });
  expect(ghosts.stdout).toMatch(/not reached in this run: 2 call sites[\s\S]*post {2}flow\.workflow\.ts:10 {2}in if/);
  await workgraph(["run", "main", "--sizes", "1,1,1,1", "--quiet"], { cwd });
  const shapes = await commands.workgraph(["shapes", "main"], { cwd });
  expect(shapes.stdout).toMatch(
    /^2 shapes in 4 runs of "main" \(version \w+\); first differ at flow\.workflow\.ts:1[02]/,
  );
  const { document } = await commands.json(["coverage", "main", "--version", "nothex"], { cwd });
  expect(document).toMatchObject({ error: { code: "WG3074" } });
});
