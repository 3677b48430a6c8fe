/**
 * A recorded run as a test.
 *
 * Owns: the modes, and what is compared in each. Leaves to runtime/replay.ts: following a log; to recorded-engine.ts: answers.
 *
 * R1. "strict": the function is run over the recorded log by the runtime's own replay. No node executes. It has to make the recorded
 *     calls in their order with the recorded plain arguments, and to end as it did.
 * R2. "structural": a new run that is given the recorded answers by node, call and item, whatever its items are given. Compared are the
 *     status and the graph: calls, edges, items and their statuses.
 * R3. "inputs": a new run of the recorded input, with its chance and time, in which nodes execute or are scripted. Compared is the
 *     status; everything else is in `run`.
 * R4. The code is what the test imported. Its version is not known, and not compared with the recorded one.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "../base/clock.ts";
import type { Workflow } from "../define/workflow.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { DivergenceReport } from "../model/divergence-report.ts";
import { graphText } from "../model/graph-text.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { divergenceReport } from "../runtime/divergence-report.ts";
import type { Engine } from "../runtime/engine.ts";
import { RateLimiter } from "../runtime/rate-limit.ts";
import { readRecorded } from "../runtime/read-recorded.ts";
import { Replay, type FunctionEnd, type ReplayOutcome } from "../runtime/replay.ts";
import { Values } from "../runtime/values.ts";
import { parseFixture, takeInFixture, type RunFixture } from "../store/fixture.ts";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import { runGraph } from "../store/run-graph.ts";
import type { Store } from "../store/store.ts";
import { RecordedChildRuns, RecordedEngine, RecordedItems } from "./recorded-engine.ts";
import type { TestRun } from "./test-run.ts";
import type { TestOptions } from "./test-options.ts";
import { runWorkflow } from "./test-workflow.ts";

export type FixtureMode = "strict" | "structural" | "inputs";

export interface FixtureOptions extends Pick<TestOptions, "nodes" | "models" | "failures" | "limitMs"> {
  /** What has to be as it was recorded; default "strict". Scripts are for "inputs" only. */
  readonly mode?: FixtureMode;
}

/** One thing that is not as it was recorded. */
export interface FixtureDifference {
  readonly what: "call" | "status" | "graph";
  readonly recorded: string;
  readonly now: string;
}

export interface FixtureReplay<Output = unknown> {
  readonly mode: FixtureMode;
  /** Everything that the mode compares is as it was recorded. */
  readonly matches: boolean;
  readonly differences: readonly FixtureDifference[];
  /** In "strict": the report of the divergence, with likely causes. */
  readonly divergence?: DivergenceReport;
  /** In the other modes: the run that was made. */
  readonly run?: TestRun<Output>;
  /** What differs, in lines for a test's message; empty when nothing does. */
  readonly text: string;
}

/** Any workflow: its input comes from the fixture. */
export interface ReplayedWorkflow<Output> extends Pick<Workflow<object, Output>, "definition"> {
  readonly "~types"?: { readonly output: Output };
}

/**
 * Replays a recorded run against the workflow as it is now.
 *
 * @param fixture as `workgraph fixture RUN FILE` wrote it: the file, or what was read from it.
 * @throws WorkgraphError WG1156 a fixture that cannot be read or was edited; WG1159 one of another workflow, or one that this mode
 *   cannot follow.
 * @example
 * const replay = await replayFixture(researchPipeline, new URL("./research.fixture.json", import.meta.url));
 * expect(replay.text).toBe(""); // or what differs, line by line
 */
export async function replayFixture<Output>(
  flow: ReplayedWorkflow<Output>,
  fixture: string | URL | RunFixture,
  options: FixtureOptions = {},
): Promise<FixtureReplay<Output>> {
  const read = await readFixture(fixture);
  if (read.workflow !== flow.definition.name) {
    throw new WorkgraphError(
      "WG1159",
      `the fixture is of workflow "${read.workflow}", not of "${flow.definition.name}"`,
      {
        hint: "give the workflow that was recorded, or record this one",
      },
    );
  }
  const store = openMemoryStore({ clock: systemClock });
  try {
    await takeInFixture(store, read);
    const { mode = "strict" } = options;
    return mode === "strict"
      ? await strict(flow, read, store)
      : await anew(flow, { fixture: read, store, mode, options });
  } finally {
    await store.close();
  }
}

async function readFixture(fixture: string | URL | RunFixture): Promise<RunFixture> {
  if (typeof fixture === "object" && !(fixture instanceof URL)) return fixture;
  const file = fixture instanceof URL ? fileURLToPath(fixture) : fixture;
  return parseFixture(await readFile(file, "utf8"), file);
}

/** R1. */
async function strict<Output>(
  { definition }: ReplayedWorkflow<Output>,
  fixture: RunFixture,
  store: Store,
): Promise<FixtureReplay<Output>> {
  const runId = fixture.run;
  const recorded = await readRecorded(store, runId);
  if (recorded.reopenedSeq < Infinity) {
    throw new WorkgraphError(
      "WG1159",
      `run ${runId} of the fixture was resumed after it had failed: its log is not that of one pass`,
      {
        hint: 'replay it with mode "structural", or make a fixture of a run that was not resumed',
      },
    );
  }
  const outcome = await new Replay({
    runId,
    definition,
    input: JSON.stringify(fixture.input),
    store,
    values: new Values(store, runId),
    engine: NO_ENGINE,
    limiter: new RateLimiter(systemClock),
    recorded,
    seed: fixture.seed,
    startedAt: fixture.clock,
    above: [],
    maxCalls: Number.MAX_SAFE_INTEGER,
    maxAwaitBytes: Number.MAX_SAFE_INTEGER,
    until: endOf(fixture),
  }).follow();
  return strictReplay(outcome, { definition, fixture, store });
}

/** How the function ended, where the log says it; otherwise it is followed as far as the log goes. */
function endOf({ events }: RunFixture): { readonly end: FunctionEnd } | { readonly deliveries: number } {
  const last = events.at(-1);
  if (last?.event.type === "run.completed") return { end: { text: JSON.stringify(last.value) } };
  // With WG2006 the function had returned, and items that nobody handled made it a failed run.
  if (last?.event.type !== "run.failed" || last.event.error.code === "WG2006") return { deliveries: Infinity };
  const { name, message } = last.event.error;
  return { end: { thrown: Object.assign(new Error(message), { name }) } };
}

async function strictReplay(
  outcome: ReplayOutcome,
  of: {
    readonly definition: WorkflowDefinition;
    readonly fixture: RunFixture;
    readonly store: Store;
  },
): Promise<FixtureReplay<never>> {
  if (outcome.kind === "same") return { mode: "strict", matches: true, differences: [], text: "" };
  if (outcome.kind === "lost") return lost(of.fixture);
  const { definition, fixture, store } = of;
  const { mismatch } = outcome as Extract<ReplayOutcome, { readonly kind: "differs" }>;
  const divergence = await divergenceReport(mismatch, {
    runId: fixture.run,
    definition,
    version: fixture.version,
    store,
    foundBy: "replay-check",
  });
  const differences = [{ what: "call" as const, recorded: shown(divergence.recorded), now: shown(divergence.now) }];
  const causes = divergence.causes.map((cause) => `  perhaps: ${cause.text}`);
  return {
    mode: "strict",
    matches: false,
    differences,
    divergence,
    text: [...differences.map(lineOf), ...causes].join("\n"),
  };
}

/** A call behind all recorded ones is not compared by itself: what is noticed is that nothing answers it. */
function lost({ events }: RunFixture): FixtureReplay<never> {
  const last = events.at(-1);
  const recorded =
    last?.event.type === "run.failed"
      ? `the run failed: ${last.event.error.name}: ${last.event.error.message}`
      : `the function returned ${JSON.stringify(last?.value)}`;
  const now = "the function waits for something that the fixture does not have: a further call, or what is no handle";
  const difference = { what: "call" as const, recorded, now };
  return { mode: "strict", matches: false, differences: [difference], text: lineOf(difference) };
}

function shown(asked: DivergenceReport["now"]): string {
  switch (asked.what) {
    case "call": {
      const site = asked.site ? ` at line ${asked.site.line}` : "";
      return `a call of "${asked.node}"${site}${asked.args === undefined ? "" : ` with ${asked.args}`}`;
    }
    case "returned":
      return asked.text === undefined ? "the function returned" : `the function returned ${asked.text}`;
    case "threw":
      return asked.text === undefined ? "the function threw" : `the function threw ${asked.text}`;
    case "nothing":
      return "no further call";
  }
}

/** R2, R3. */
async function anew<Output>(
  flow: ReplayedWorkflow<Output>,
  of: {
    readonly fixture: RunFixture;
    readonly store: Store;
    readonly mode: "structural" | "inputs";
    readonly options: FixtureOptions;
  },
): Promise<FixtureReplay<Output>> {
  const { fixture, store, mode } = of;
  const { mode: _, ...scripts } = of.options;
  const chance = { seed: fixture.seed, startedAt: fixture.clock };
  const input = JSON.stringify(fixture.input);
  const items = mode === "structural" ? await RecordedItems.of(store, fixture.run) : undefined;
  const run = await runWorkflow<Output>(flow, {
    input,
    options:
      mode === "structural"
        ? { ...chance, ...(scripts.limitMs === undefined ? {} : { limitMs: scripts.limitMs }) }
        : { ...chance, ...scripts },
    ...(items && {
      answering: {
        engine: (at) => new RecordedEngine(items, at),
        children: (into) => new RecordedChildRuns(items, into),
      },
    }),
  });
  const differences: FixtureDifference[] = [];
  if (run.status !== fixture.status) {
    const why = run.error ? `: ${run.error.message}` : "";
    differences.push({ what: "status", recorded: fixture.status, now: `${run.status}${why}` });
  }
  if (mode === "structural") {
    const recorded = graphText(await runGraph(store, (await store.run(fixture.run))!), "text");
    if (recorded !== run.graphText) differences.push({ what: "graph", recorded, now: run.graphText });
  }
  return { mode, matches: differences.length === 0, differences, run, text: differences.map(lineOf).join("\n") };
}

function lineOf({ what, recorded, now }: FixtureDifference): string {
  if (what !== "graph") return `${what}: recorded ${recorded}; now ${now}`;
  const [before, after] = [recorded.trimEnd().split("\n"), now.trimEnd().split("\n")];
  const gone = before.filter((line) => !after.includes(line)).map((line) => `  recorded ${line}`);
  const come = after.filter((line) => !before.includes(line)).map((line) => `  now      ${line}`);
  return ["graph:", ...gone, ...come].join("\n");
}

/** A replay asks no engine for anything. */
const NO_ENGINE: Engine = {
  attempt: () => Promise.reject(new Error("a replay executes nothing")),
  define: () => undefined,
  forget: () => undefined,
};
