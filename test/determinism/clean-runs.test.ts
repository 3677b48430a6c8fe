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
import { RateLimiter } from "../../src/runtime/rate-limit.ts";
import { startRun } from "../../src/runtime/start.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { generateProgram } from "../oracle/generate.ts";
import { build } from "../semantics/bridge.ts";
import { disagreement, seedsFrom } from "../semantics/property.ts";

const SEEDS = seedsFrom(40_000, 20);

test("a program without hidden non-determinism is never found at odds with its log", async () => {
  const clock = systemClock;
  for (const seed of SEEDS) {
    const program = generateProgram(seed);
    const observer = (["watch", "settle", "none"] as const)[seed % 3]!;
    const store = openMemoryStore();
    const started = await startRun(
      build(program, observer).definition,
      { version: "unversioned", input: "{}" },
      {
        store,
        clock,
        engine: new LocalEngine({ clock }),
        limiter: new RateLimiter(clock),
        replayEach: "graph break",
        replayCheck: { reload: async () => build(program, observer).definition },
      },
    );
    if (!started.created) throw new Error("a run without idempotency key is always new");
    const end = await started.run.ended;
    const said = disagreement(program, [JSON.stringify(end.diverged ?? end.replay ?? end.error)]);
    expect(end.replay, said).toBeUndefined();
    expect(end.diverged, said).toBeUndefined();
    expect(["completed", "completed_partial", "failed"], said).toContain(end.status);
    await store.close();
  }
});
