/**
 * A run whose owner is dropped at any event comes to what it would have come to, executes nothing again that was recorded, and
 * makes the same calls.
 *
 * 2 events per program by default. `WORKGRAPH_POINTS=300 npx vitest run test/determinism/cut-off.test.ts` cuts at up to 300 events of
 * each, and `WORKGRAPH_POINTS=all` at every one (hours on the program of 1,000 calls).
 */
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { cutOff, faults, whole, type Outcome } from "./cut-off.ts";
import { programs } from "./fixtures/programs.ts";

const POINTS = process.env["WORKGRAPH_POINTS"] === "all" ? Infinity : Number(process.env["WORKGRAPH_POINTS"] ?? 2);

/** Events at which a run of so many is cut: all, or some that chance chooses. Without its first two it has no seed yet. */
function pointsOf(events: number, seed: string): number[] {
  const all = Array.from({ length: Math.max(0, events - 2) }, (_, i) => i + 3);
  if (all.length <= POINTS) return all;
  const random = seededRandom(`points of ${seed}`);
  const chosen = new Set<number>();
  while (chosen.size < POINTS) chosen.add(all[Math.floor(random() * all.length)]!);
  return [...chosen].toSorted((a, b) => a - b);
}

describe.each(Object.keys(programs))("%s", (name) => {
  test(
    "cut off and gone on with, it comes to the same",
    { timeout: Math.min(POINTS, 1e5) * 5000 + 30_000 },
    async () => {
      const expected = await whole(name);
      for (const at of pointsOf(expected.events, name))
        expect(await cutOff(name, at, expected), `cut at event ${at} of ${expected.events}`).toEqual([]);
    },
  );
});

test("a difference is a fault", async () => {
  const expected = await whole("chances");
  const plant = (change: Partial<Outcome>, executedAfter: readonly string[] = []): string[] =>
    faults({
      name: "chances",
      expected,
      actual: { ...expected, ...change },
      before: new Set(["add 1.0"]),
      executedAfter,
    });
  expect(plant({})).toEqual([]);
  expect(plant({ output: "[]" })).toHaveLength(1);
  expect(plant({ status: "failed" })).toHaveLength(1);
  expect(plant({ calls: expected.calls.toReversed() })).toHaveLength(1);
  expect(plant({ executed: expected.executed.slice(1) })).toHaveLength(1);
  expect(plant({}, ["add 1.0"])).toEqual(["executed again: add 1.0"]);
  expect(plant({}, ["add 2.0", "add 2.0"])).toEqual(["executed twice: add 2.0"]);
});
