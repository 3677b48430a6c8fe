/**
 * Properties of every workflow, over programs and failures that the kit draws; and that what it draws can find and shrink a fault.
 *
 * 25 programs here. All of them: WORKGRAPH_PROGRAMS=2000 npx vitest run test/testing/arbitraries.test.ts --testTimeout=600000
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  arbitraries,
  programResults,
  programWorkflow,
  statementNode,
  testWorkflow,
  type PlacedFailure,
  type Program,
} from "agentic-workgraph/testing";
import { research } from "./flows.ts";

const { programs, failingPrograms, failures } = await arbitraries();
const RUNS = { seed: 20_261_122, numRuns: Number(process.env["WORKGRAPH_PROGRAMS"] ?? 25) };

test("without failures a program gives what its nodes compute, and replays over its own log at every graph break", async () => {
  const property = fc.asyncProperty(programs(), async (program) => {
    const run = await testWorkflow(programWorkflow(program));
    expect(run.status).toBe("completed");
    expect(run.output).toEqual(programResults(program));
  });
  await fc.assert(property, RUNS);
});

test("with failures the run ends, and exactly the items fail that were reached and have one", async () => {
  const property = fc.asyncProperty(failingPrograms(), async ({ program, failures: placed }) => {
    const run = await testWorkflow(programWorkflow(program), { failures: placed });
    expect(["completed", "completed_partial"]).toContain(run.status);
    const wrong = program.statements.flatMap((_, index) => {
      const node = statementNode(index);
      const isPlaced = (item: number): boolean => placed.some((one) => one.node === node && one.item === item);
      return run.items(node).filter(({ item, status, attempts }) => {
        if (status === "skipped") return attempts > 0;
        return status !== (isPlaced(item) ? "failed" : "completed");
      });
    });
    expect(wrong).toEqual([]);
  });
  await fc.assert(property, RUNS);
});

test("a fault is found, and shrinks to the smallest program that has it", async () => {
  const hasJoinAfterFailure = async ({ program, failures: placed }: Drawn): Promise<boolean> => {
    const run = await testWorkflow(programWorkflow(program), { failures: placed });
    return run.status !== "completed_partial";
  };
  const details = await fc.check(fc.asyncProperty(failingPrograms(), hasJoinAfterFailure), { ...RUNS, numRuns: 500 });
  const { program, failures: placed } = details.counterexample![0];
  expect(details.failed).toBe(true);
  // Something has to fail before a join drops it.
  expect(program.statements).toHaveLength(2);
  expect(program.statements[1]?.does).toBe("join");
  expect(placed).toEqual([{ node: "s0", item: 0 }]);
});

interface Drawn {
  readonly program: Program;
  readonly failures: readonly PlacedFailure[];
}

test("failures are drawn for a workflow of one's own, too", async () => {
  const nodes = { fetch_urls: ["a", "b"], scrape_page: ({ url }: { url: string }) => ({ url, body: "b" }) };
  const drawn = failures({ nodes: ["scrape_page", "summarize"], items: 2 });
  const property = fc.asyncProperty(drawn, async (placed) => {
    const run = await testWorkflow(research, { input: { query: "x" }, nodes, failures: placed });
    expect(run.status).toMatch(/^completed/);
    const missing = Number(/\((\d+) missing\)/.exec(run.output)?.[1]);
    const lost = placed.filter((one) => one.node === "summarize" || (one.attempts ?? Infinity) > 2);
    expect(missing).toBe(new Set(lost.map(({ item }) => item)).size);
  });
  await fc.assert(property, RUNS);
});
