/**
 * Generated programs, run for real and held against the oracle: values, order, failures, who executed with what, status.
 *
 * `WORKGRAPH_SEEDS=5000` runs more of them; `WORKGRAPH_SEED=17` runs one.
 */
import { describe, expect, test } from "vitest";
import { LocalEngine } from "../../src/engines/local/local-engine.ts";
import { Domain } from "../../src/runtime/domain.ts";
import { Failures } from "../../src/runtime/failure.ts";
import { ItemCall } from "../../src/runtime/item-call.ts";
import { ListOutput, Output } from "../../src/runtime/output.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { evaluate } from "../oracle/evaluate.ts";
import { generateProgram } from "../oracle/generate.ts";
import type { Program } from "../oracle/program.ts";
import { build, runIn, type Observer } from "./bridge.ts";
import { differ, differOutput, disagreement, seedsFrom } from "./property.ts";

const SEEDS = seedsFrom(0, 300);

async function differences(program: Program, observer: Observer): Promise<string[]> {
  const expected = evaluate(program);
  const store = openMemoryStore();
  const incarnation = build(program, observer);
  try {
    const end = await runIn({ store, incarnation });
    const actual = {
      // Without an observer only what the run gives out is seen.
      variables: observer === "none" ? expected.variables : incarnation.variables,
      executed: end.executions,
      status: end.status,
    };
    return [...differ({ expected, actual, observer }), ...differOutput(program, expected, end)];
  } catch (error) {
    return [String(error)];
  } finally {
    await store.close();
  }
}

describe.each<Observer>(["watch", "settle", "none"])("with an observer that would %s", (observer) => {
  test("generated programs come to what the oracle says", async () => {
    for (const seed of SEEDS) {
      const program = generateProgram(seed);
      const found = await differences(program, observer);
      expect(found, disagreement(program, found)).toEqual([]);
    }
  });
});

/** Breaks one method of the runtime until the function it gives is called. */
function broken<T extends object, K extends keyof T & string>(
  prototype: T,
  method: K,
  by: (original: T[K]) => T[K],
): () => void {
  const original = prototype[method];
  prototype[method] = by(original);
  return () => {
    prototype[method] = original;
  };
}

type ItemCallInside = { gatheredMembers(gathered: { output: Output }, ordinal: number): readonly number[] };

describe("a fault in the runtime is found:", () => {
  const faults: Readonly<Record<string, () => () => void>> = {
    "the last item of a list is lost": () =>
      broken(
        Output.prototype,
        "members",
        (members) =>
          function (this: Output) {
            return members.call(this).slice(0, -1);
          },
      ),
    "a list gives the value of the neighbour": () =>
      broken(
        ListOutput.prototype,
        "valueKey",
        (valueKey) =>
          function (this: ListOutput, ordinal: number) {
            return valueKey.call(this, ordinal > 0 && !this.domain.isTombstone(ordinal - 1) ? ordinal - 1 : ordinal);
          },
      ),
    "lists are in the order in which they came to be": () =>
      broken(
        Domain.prototype,
        "pathOrder",
        () =>
          function (this: Domain) {
            return Uint32Array.from({ length: this.length }, (_, ordinal) => ordinal);
          },
      ),
    "a failed item is taken for one that was left out": () =>
      broken(
        ItemCall.prototype,
        "cellOf",
        (cellOf) =>
          function (this: ItemCall, ordinal: number) {
            const cell = cellOf.call(this, ordinal);
            return cell === "failed" ? "absent" : cell;
          },
      ),
    "each item gathers the whole set": () =>
      broken(
        ItemCall.prototype as unknown as ItemCallInside,
        "gatheredMembers",
        () => (gathered) => gathered.output.members(),
      ),
    "no failure is left unhandled": () => broken(Failures.prototype, "unhandled", () => () => []),
    "nothing handles a failure": () => broken(Failures.prototype, "handle", () => () => undefined),
    "an attempt is made twice": () =>
      broken(
        LocalEngine.prototype,
        "attempt",
        (attempt) =>
          async function (this: LocalEngine, request, channel) {
            await attempt.call(this, request, channel);
            return attempt.call(this, request, channel);
          },
      ),
  };

  test.each(Object.entries(faults))("%s", async (_name, plant) => {
    const repair = plant();
    try {
      let found = 0;
      for (let seed = 0; seed < 120 && found === 0; seed++) {
        found += (await differences(generateProgram(seed), seed % 2 === 0 ? "settle" : "watch")).length;
      }
      expect(found).toBeGreaterThan(0);
    } finally {
      repair();
    }
  });
});
