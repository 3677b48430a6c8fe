/**
 * No false alarm: generated programs, which decide nothing by chance of their own, are replayed at every graph break and checked
 * when they end, in the definitions that ran and in new ones.
 *
 * 20 programs by default. `WORKGRAPH_SEEDS=200 npx vitest run test/determinism/clean-runs.test.ts` runs 200; `WORKGRAPH_SEED=17`
 * runs one.
 */
import { expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { LocalEngine } from "../../src/engines/local/local-engine.ts";
import { node, workflow } from "../../src/index.ts";
import type { WorkflowDefinition } from "../../src/model/definition.ts";
import { RateLimiter } from "../../src/runtime/rate-limit.ts";
import type { RunEnd } from "../../src/runtime/run-options.ts";
import { startRun } from "../../src/runtime/start.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { generateProgram } from "../oracle/generate.ts";
import { build } from "../semantics/bridge.ts";
import { disagreement, seedsFrom } from "../semantics/property.ts";
import { programs } from "./fixtures/programs.ts";

const SEEDS = seedsFrom(40_000, 20);

async function checked(definition: WorkflowDefinition, anew: () => WorkflowDefinition): Promise<RunEnd> {
  const clock = systemClock;
  const store = openMemoryStore();
  const started = await startRun(
    definition,
    { version: "unversioned", input: "{}" },
    {
      store,
      clock,
      engine: new LocalEngine({ clock }),
      limiter: new RateLimiter(clock),
      replayEach: "graph break",
      replayCheck: { reload: async () => anew(), maxEvents: Infinity, maxDeliveries: Infinity },
    },
  );
  if (!started.created) throw new Error("a run without idempotency key is always new");
  const end = await started.run.ended;
  await store.close();
  return end;
}

test(
  "a program without hidden non-determinism is never found at odds with its log",
  { timeout: 20_000 + SEEDS.length * 500 },
  async () => {
    for (const seed of SEEDS) {
      const program = generateProgram(seed);
      const observer = (["watch", "settle", "none"] as const)[seed % 3]!;
      const anew = (): WorkflowDefinition => build(program, observer).definition;
      const end = await checked(anew(), anew);
      const said = disagreement(program, [JSON.stringify(end.diverged ?? end.replay ?? end.error)]);
      expect(end.replay, said).toBeUndefined();
      expect(end.diverged, said).toBeUndefined();
      expect(["completed", "completed_partial", "failed"], said).toContain(end.status);
    }
  },
);

/** Replays of every prefix of a long one take minutes. */
const LONG: readonly string[] = ["1000 equal", "100 equal", "until good"];

test.each(Object.keys(programs).filter((name) => !LONG.includes(name)))(
  "%s is never at odds with its log",
  async (name) => {
    const { definition } = programs[name]!;
    const { replay, diverged, status } = await checked(definition, () => definition);
    expect({ replay, diverged }).toEqual({});
    expect(status).toBe(name === "unawaited" ? "failed" : "completed");
  },
);

test("the same check finds a planted fault", async () => {
  let turn = 0;
  const flow = workflow({ name: "planted" }, async () => {
    await echo({ value: 1 });
    return echo({ value: turn++ });
  });
  expect((await checked(flow.definition, () => flow.definition)).diverged?.foundBy).toBe("always-replay");
});
const echo = node({ id: "echo" }, async ({ value }: { value: number }) => value);
