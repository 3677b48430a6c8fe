/**
 * Generated programs, run for real and held against the oracle: values, order, failures, who executed with what, status.
 *
 * `WORKGRAPH_SEEDS=5000` runs more of them; `WORKGRAPH_SEED=17` runs one.
 */
import { describe, test } from "vitest";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { evaluate } from "../oracle/evaluate.ts";
import { generateProgram } from "../oracle/generate.ts";
import { build, runIn, type Observer } from "./bridge.ts";
import { differ, differOutput, disagreement, seedsFrom } from "./property.ts";

const SEEDS = seedsFrom(0, 300);

describe.each<Observer>(["watch", "settle", "none"])("with an observer that would %s", (observer) => {
  test("generated programs come to what the oracle says", async () => {
    for (const seed of SEEDS) {
      const program = generateProgram(seed);
      const expected = evaluate(program);
      const store = openMemoryStore();
      const incarnation = build(program, observer);
      const end = await runIn({ store, incarnation }).catch((error: unknown) => {
        throw disagreement(program, [String(error)]);
      });
      const actual = {
        // Without an observer only what the run gives out is seen.
        variables: observer === "none" ? expected.variables : incarnation.variables,
        executed: end.executions,
        status: end.status,
      };
      const differences = [...differ({ expected, actual, observer }), ...differOutput(program, expected, end)];
      if (differences.length > 0) throw disagreement(program, differences);
      await store.close();
    }
  });
});
