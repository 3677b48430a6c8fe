/**
 * Running a workflow in a test.
 *
 * Owns: what a test says of a run, and reading the run and its child runs when it has ended. Leaves to workbench.ts: running it.
 */
import { nearestName } from "../base/nearest-name.ts";
import type { Workflow } from "../define/workflow.ts";
import { MAX_ITEMS_PER_CALL, type RunId } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { RunEnd } from "../runtime/run-options.ts";
import { readEnd } from "../runtime/children.ts";
import { runGraph } from "../store/run-graph.ts";
import type { RunRow } from "../store/store.ts";
import { encodedInput } from "./input.ts";
import type { TestOptions } from "./test-options.ts";
import { testRun, type TestRun } from "./test-run.ts";
import { Workbench, type Answering } from "./workbench.ts";

/** `input` may be left out where every parameter may. */
export type InputOption<Input extends object> =
  Record<never, never> extends Input ? { readonly input?: Input } : { readonly input: Input };

/**
 * Runs a workflow in memory, to its end: the real runtime with scheduling, retries, timeouts, schemas and recording, with scripts in
 * place of the nodes that are named. A run that fails is a result like any other: look at `status`, `error` and `items`.
 *
 * What executes are the definitions that the test imported. No bundle is made and no version found: `version` reads "unversioned",
 * and what `check` finds in source is not looked for. `onRunFailed` is not started; `cache` reuses nothing; pools do not limit.
 *
 * @throws WorkgraphError WG1150 the run does not end; WG1151 a script for a node that is called otherwise; WG1014 an input that the
 *   schemas refuse.
 * @example
 * const run = await testWorkflow(researchPipeline, {
 *   input: { query: "salt" },
 *   nodes: {
 *     fetch_urls: ["a", "b"],
 *     scrape_page: ({ url }) => (url === "b" ? failing("404") : { url, body: "It keeps." }),
 *   },
 * });
 * expect(run.status).toBe("failed");
 * expect(run.items("scrape_page").map((item) => item.status)).toEqual(["completed", "failed"]);
 */
export async function testWorkflow<Input extends object, Output>(
  flow: Workflow<Input, Output>,
  ...[options]: Record<never, never> extends Input
    ? [options?: TestOptions & InputOption<Input>]
    : [options: TestOptions & InputOption<Input>]
): Promise<TestRun<Output>> {
  const { input = {}, ...rest } = (options ?? {}) as TestOptions & { readonly input?: object };
  const run = await runWorkflow<Output>(flow, { input: await encodedInput(flow.definition, input), options: rest });
  refuseMisspelled(run, rest);
  return run;
}

/** Runs on a bench of its own. @param of.input encoded */
export async function runWorkflow<Output>(
  flow: Pick<Workflow<never, unknown>, "definition">,
  of: { readonly input: string; readonly options: TestOptions; readonly answering?: Answering },
): Promise<TestRun<Output>> {
  const bench = new Workbench(of.options, of.answering);
  const { run, end } = await bench.run(flow.definition, of.input);
  return readRun(bench, { runId: run.runId, end, options: of.options });
}

async function readRun<Output>(
  bench: Workbench,
  of: {
    readonly runId: RunId;
    readonly end: Pick<RunEnd, "status" | "output" | "error" | "diverged">;
    readonly options: TestOptions;
  },
): Promise<TestRun<Output>> {
  const { store } = bench;
  const { runId, end, options } = of;
  const row = (await store.run(runId))!;
  const children: TestRun<unknown>[] = [];
  const { runs } = await store.runs({ parent: runId, limit: 1000 });
  const place = ({ parent }: RunRow): number => (parent?.call ?? 0) * MAX_ITEMS_PER_CALL + (parent?.item ?? 0);
  for (const child of runs.toSorted((a, b) => place(a) - place(b)))
    children.push(
      await readRun(bench, {
        runId: child.runId,
        end: await readEnd(store, child.runId),
        options: { nodes: options.nodes ?? {}, models: options.models ?? {} },
      }),
    );
  return testRun<Output>(
    {
      runId,
      store,
      status: end.status,
      output: end.output,
      error: end.error,
      diverged: end.diverged,
      graph: await runGraph(store, row),
      startedAt: row.createdAt,
      endedAt: row.endedAt ?? bench.now(),
      attempts:
        of.runId === row.root ? bench.engine.attempts : bench.engine.attempts.filter(({ run }) => run === runId),
      scripted: [...Object.keys(options.nodes ?? {}), ...Object.keys(options.models ?? {})],
      questions: bench.models.asked,
      scratchpadKeys: Object.keys(options.scratchpad ?? {}),
    },
    children,
  );
}

/** A script that stood in for nothing, beside a node of nearly that name that was performed as it is. */
function refuseMisspelled(run: TestRun<unknown>, { nodes = {}, failures = [] }: TestOptions): void {
  const called = new Set(allRuns(run).flatMap(({ graph }) => graph.calls.map(({ node }) => node)));
  const unscripted = [...called].filter((node) => !(node in nodes));
  for (const name of new Set([...Object.keys(nodes), ...failures.map(({ node }) => node)])) {
    if (called.has(name)) continue;
    const near = nearestName(name, unscripted);
    if (near === undefined) continue;
    throw new WorkgraphError(
      "WG1151",
      `the script for "${name}" stood in for no node; "${near}" was called, and has none. Did you mean that?`,
      { hint: "scripts and failures name nodes by their id" },
    );
  }
}

function allRuns(run: TestRun<unknown>): readonly TestRun<unknown>[] {
  return [run, ...run.children.flatMap(allRuns)];
}
