/**
 * The same programs, cut off at seeded events and gone on with: the same answer, and nothing recorded executes again.
 *
 * `WORKGRAPH_SEEDS=5000` runs more of them; `WORKGRAPH_SEED=17` runs one.
 */
import { expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { EventStore } from "../../src/store/store.ts";
import { evaluate } from "../oracle/evaluate.ts";
import { generateProgram } from "../oracle/generate.ts";
import type { Program } from "../oracle/program.ts";
import { build, placed, runIn, type Ended, type Execution, type Incarnation, type Observer } from "./bridge.ts";
import { Crash, crashingAt } from "./crashing-store.ts";
import { differ, differOutput, disagreement, openCalls, seedsFrom } from "./property.ts";

const SEEDS = seedsFrom(10_000, 300);
const MOST_CRASHES = 3;

interface Survived {
  readonly end: Ended;
  readonly incarnation: Incarnation;
  /** Executions whose outcome was recorded, and those of the last incarnation. */
  readonly executions: readonly Execution[];
  readonly again: readonly string[];
  readonly crashes: number;
}

/** Runs to the end, with a crash at every event that `nextCrash` names. */
async function survive(
  program: Program,
  of: { readonly store: EventStore; readonly observer: Observer; readonly nextCrash: (seq: number) => number },
): Promise<Survived> {
  const recorded = new Map<string, Execution>();
  const again: string[] = [];
  let runId: string | undefined;
  for (let crashes = 0; ; crashes++) {
    const incarnation = build(program, of.observer);
    const seq = runId === undefined ? 1 : ((await of.store.run(runId))?.seq ?? 0);
    const crashing = crashes < MOST_CRASHES ? crashingAt(of.store, of.nextCrash(seq)) : { store: of.store };
    let end: Ended | undefined;
    try {
      end = await runIn({
        store: crashing.store,
        incarnation,
        ...(runId === undefined ? {} : { runId }),
        onRun: (run) => (runId = run.runId),
      });
    } catch (error) {
      if (!(error instanceof Crash))
        throw new Error(
          disagreement(program, [`after ${crashes} crashes: ${String(error)}`, ...(await openCalls(of.store, runId!))]),
        );
    }
    const executions = placed(incarnation, runId!);
    for (const { call, item, node } of executions) {
      if (recorded.has(`${call}.${item}`))
        again.push(`executed again after it was recorded: ${node}, item ${call}.${item}`);
    }
    if (end) return { end, incarnation, executions: [...recorded.values(), ...executions], again, crashes };
    of.store.flushSync(); // what was on its way before the crash
    const outcomes = await outcomesOf(of.store, runId!);
    for (const execution of executions) {
      const place = `${execution.call}.${execution.item}`;
      if (outcomes.has(place)) recorded.set(place, execution);
    }
  }
}

async function outcomesOf(store: EventStore, runId: string): Promise<ReadonlySet<string>> {
  const outcomes = new Set<string>();
  for (const { event } of await store.events(runId, { limit: 100_000, values: "none" })) {
    if (event.type === "item.completed" || event.type === "item.failed") outcomes.add(`${event.call}.${event.item}`);
  }
  return outcomes;
}

test("a run that crashed, however often, comes to the same and executes nothing recorded again", async () => {
  let crashes = 0;
  for (const seed of SEEDS) {
    const program = generateProgram(seed);
    const expected = evaluate(program);
    const random = seededRandom(`crashes of ${seed}`);
    const observer = (["watch", "settle", "none"] as const)[seed % 3]!;
    const store = openMemoryStore();
    const events = expected.executed.length * 2 + program.statements.length * 2;
    const survived = await survive(program, {
      store,
      observer,
      nextCrash: (seq) => seq + 1 + Math.floor(random() * events),
    });
    crashes += survived.crashes;
    const actual = {
      variables: observer === "none" ? expected.variables : survived.incarnation.variables,
      executed: survived.executions,
      status: survived.end.status,
    };
    const differences = [
      ...survived.again,
      ...differ({ expected, actual, observer }),
      ...differOutput(program, expected, survived.end),
    ];
    expect(differences, disagreement(program, [`after ${survived.crashes} crashes`, ...differences])).toEqual([]);
    await store.close();
  }
  expect(crashes).toBeGreaterThanOrEqual(SEEDS.length > 1 ? SEEDS.length : 0);
});
