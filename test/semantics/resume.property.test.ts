/**
 * The same programs fail, and are gone on with after what made them fail is gone: what comes out is what a run without
 * failures gives, and no result that was recorded is made again.
 *
 * `WORKGRAPH_SEEDS=5000` runs more of them; `WORKGRAPH_SEED=17` runs one.
 */
import { expect, test } from "vitest";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { evaluate } from "../oracle/evaluate.ts";
import type { Executed, Expected } from "../oracle/expected.ts";
import { generateProgram } from "../oracle/generate.ts";
import { hash, type Program } from "../oracle/program.ts";
import { build, runIn, type Execution } from "./bridge.ts";
import { differ, differOutput, disagreement, openCalls, seedsFrom } from "./property.ts";

const SEEDS = seedsFrom(20_000, 200);

/** Nothing handles a failure: all of them end the run, so all of them are reopened. */
const unhandled = (program: Program): Program => ({
  ...program,
  nodes: program.nodes.map((node) => ({ ...node, onFailed: "fail" })),
  statements: program.statements.filter(({ kind }) => kind !== "settle"),
});

/** Of the nodes that fail at all, about a third goes on to fail until `round`. */
const healedBy = (program: Program, round: number): Program => ({
  ...program,
  nodes: program.nodes.map((node) => ({
    ...node,
    failsOn: hash(`${program.seed} ${node.id}`) % 3 < round ? 0 : node.failsOn,
  })),
});

function expectedOf(program: Program): Expected | undefined {
  try {
    return evaluate(program);
  } catch {
    return undefined; // what it comes to without failures the design leaves open
  }
}

const keyOf = ({ node, input }: Executed): string => `${node}(${input})`;

function countsOf(executions: readonly Executed[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const execution of executions) counts.set(keyOf(execution), (counts.get(keyOf(execution)) ?? 0) + 1);
  return counts;
}

interface Executions {
  readonly expected: Expected;
  readonly recorded: readonly Execution[];
  readonly now: readonly Execution[];
  /** A pair of an item with a failed one is gone when that one has a value: what was executed for it was in vain. */
  readonly pairs: "has pairs" | "no pairs";
}

/** Everything that is needed is there, and nothing was executed for which a result was recorded. */
function differExecuted({ expected, recorded, now, pairs }: Executions): string[] {
  const places = new Set(recorded.map(({ call, item }) => `${call}.${item}`));
  const out = now
    .filter(({ call, item }) => places.has(`${call}.${item}`))
    .map((execution) => `executed again after it was recorded: ${keyOf(execution)}`);
  const [wanted, had, made] = [countsOf(expected.executed), countsOf(recorded), countsOf(now)];
  for (const [key, count] of wanted) {
    if ((had.get(key) ?? 0) + (made.get(key) ?? 0) < count) out.push(`not executed: ${key}`);
  }
  for (const [key, count] of made) {
    const reusable = pairs === "has pairs" ? 0 : (had.get(key) ?? 0);
    if (count > Math.max(0, (wanted.get(key) ?? 0) - reusable)) out.push(`executed without need: ${key}`);
  }
  return out;
}

test("a failed run that is gone on with comes to what a run without the failures gives", async () => {
  let resumed = 0;
  for (const seed of SEEDS) {
    const program = unhandled(generateProgram(seed));
    const rounds = [1, 2, 3].map((round) => healedBy(program, round));
    const expected = rounds.map(expectedOf);
    if (expected.includes(undefined) || expectedOf(program)?.status !== "failed") continue;
    const pairs = program.statements.some(({ kind }) => kind.startsWith("zip") || kind === "cross")
      ? "has pairs"
      : "no pairs";
    const store = openMemoryStore();
    const recorded: Execution[] = [];
    const first = build(program, "watch");
    let end = await runIn({ store, incarnation: first });
    for (const [i, healed] of rounds.entries()) {
      if (end.status !== "failed") break;
      resumed++;
      const fails = new Set<string>();
      const completed = new Set<string>();
      for (const { event } of await store.events(end.runId, { limit: 100_000, values: "none" })) {
        if (event.type === "item.completed") completed.add(`${event.call}.${event.item}`);
      }
      for (const execution of end.executions) {
        if (completed.has(`${execution.call}.${execution.item}`)) recorded.push(execution);
        else fails.add(keyOf(execution));
      }
      const incarnation = build(healed, "watch");
      end = await runIn({ store, incarnation, runId: end.runId }).catch(async (error: unknown) => {
        throw disagreement(program, [`round ${i + 1}`, String(error), ...(await openCalls(store, end.runId))]);
      });
      const now = expected[i]!;
      const differences = [
        ...differ({
          expected: now,
          actual: { variables: incarnation.variables, executed: now.executed, status: end.status },
          observer: "watch",
        }),
        ...differExecuted({ expected: now, recorded, now: end.executions, pairs }),
        ...differOutput(healed, now, end),
      ];
      if (differences.length > 0)
        throw disagreement(program, [`round ${i + 1}; failed before: ${[...fails].join(" ")}`, ...differences]);
    }
    await store.close();
  }
  expect(resumed).toBeGreaterThanOrEqual(SEEDS.length > 1 ? SEEDS.length / 5 : 0);
});
