/**
 * Replay does not depend on how fast a store reads: generated programs are cut off and gone on with on a store that answers
 * each read of values some turns later, chosen by seed.
 *
 * `WORKGRAPH_SEEDS=5000` runs more of them; `WORKGRAPH_SEED=17` runs one.
 */
import { expect, test } from "vitest";
import { filter, node, workflow, zipBy } from "../../src/index.ts";
import { seededRandom } from "../../src/base/random.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { EventStore, Store } from "../../src/store/store.ts";
import { memoryStore, resume, run } from "../authoring/flow.ts";
import { evaluate } from "../oracle/evaluate.ts";
import { generateProgram } from "../oracle/generate.ts";
import { build, runIn, type Ended } from "../semantics/bridge.ts";
import { Crash, crashingAt } from "../semantics/crashing-store.ts";
import { differ, differOutput, disagreement, openCalls, seedsFrom } from "../semantics/property.ts";

const SEEDS = seedsFrom(30_000, 60);

/** Reads of values come 0 to 3 turns late. */
function slowly(inner: EventStore, seed: number): EventStore {
  const random = seededRandom(`slow reads ${seed}`);
  return new Proxy(inner, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function") return member;
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      if (key !== "values" && key !== "list") return method;
      return async (...args: unknown[]): Promise<unknown> => {
        for (let turns = Math.floor(random() * 4); turns > 0; turns--)
          await new Promise((resolve) => setImmediate(resolve));
        return method(...args);
      };
    },
  });
}

test(
  "a run that crashed comes to the same, however late values are read",
  { timeout: 20_000 + SEEDS.length * 500 },
  async () => {
    for (const seed of SEEDS) {
      const program = generateProgram(seed);
      const expected = evaluate(program);
      const random = seededRandom(`crashes of ${seed}`);
      const store = openMemoryStore();
      const slow = slowly(store, seed);
      const events = expected.executed.length * 2 + program.statements.length * 2;
      let runId: string | undefined;
      let end: Ended | undefined;
      let variables = {};
      for (let crashes = 0; end === undefined; crashes++) {
        const incarnation = build(program, "watch");
        const seq = runId === undefined ? 1 : ((await store.run(runId))?.seq ?? 0);
        const at = crashes < 3 ? seq + 1 + Math.floor(random() * events) : Infinity;
        try {
          end = await runIn({
            store: crashingAt(slow, at).store,
            incarnation,
            ...(runId === undefined ? {} : { runId }),
            onRun: (run) => (runId = run.runId),
          });
          ({ variables } = incarnation);
        } catch (error) {
          if (!(error instanceof Crash))
            throw new Error(
              disagreement(program, [
                `after ${crashes} crashes: ${String(error)}`,
                ...(await openCalls(store, runId!)),
              ]),
            );
          store.flushSync();
        }
      }
      const actual = { variables, executed: expected.executed, status: end.status };
      const differences = [...differ({ expected, actual, observer: "watch" }), ...differOutput(program, expected, end)];
      expect(differences, disagreement(program, differences)).toEqual([]);
      await store.close();
    }
  },
);

test("an item whose place zipBy makes anew waits for it, though a filter has decided about it before", async () => {
  let broken = true;
  const list = node({ id: "list", out: "many" }, async ({ n }: { n: number }) =>
    Array.from({ length: n }, (_, i) => i),
  );
  const parts = node({ id: "parts", out: "many" }, async ({ x }: { x: number }) => [x, x + 10]);
  const both = node({ id: "both" }, async ({ a, b }: { a: number; b: number }) => {
    if (broken && a === 1) throw new Error("not yet");
    return a * 100 + b;
  });
  const flow = workflow({ name: "zipped" }, () => {
    const all = list({ n: 3 });
    const [, right] = zipBy(all, all, (x) => String(x));
    return both({ a: parts({ x: right }), b: filter(right, () => true) });
  });
  const store = memoryStore();
  const failed = await run(flow, {}, { store });
  expect(failed.status).toBe("failed");
  broken = false;
  const end = await (await resume(flow, { runId: failed.runId, store: slowly(store, 3) as Store })).end();
  expect([end.status, end.value]).toEqual(["completed", [0, 1000, 101, 1101, 202, 1202]]);
});
