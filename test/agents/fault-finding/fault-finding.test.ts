/**
 * One strategy, which reads nothing but answers of tools, names the node, the item and the line at which a fault was planted.
 *
 * The hand-written cases always run; of the generated ones 10. All 200 (about 2 minutes):
 *   FAULTS=200 npx vitest run test/agents/fault-finding
 * FAULTS_FROM=n begins at another seed, FAULTS_REPORT=1 prints the figures and what was missed. docs/agents.md tells them.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Bench, summary, type Outcome } from "./bench.ts";
import { HAND_WRITTEN } from "./hand-written.ts";
import { faultCase, type Known } from "./injector.ts";
import { compareThenErrors, lastFailedItem, MAX_BYTES, MAX_CALLS, type Strategy } from "./strategy.ts";

const GENERATED = Number(process.env["FAULTS"] ?? 10);
const FROM = Number(process.env["FAULTS_FROM"] ?? 0);
vi.setConfig({ testTimeout: 60_000 + GENERATED * 3_000 });

const bench = new Bench();
let known: Known;
beforeAll(async () => {
  await bench.open();
  known = await bench.known();
});
afterAll(() => bench.close());

const share = (outcomes: readonly Outcome[]): number =>
  outcomes.filter(({ isFound }) => isFound).length / outcomes.length;

async function outcomesOf(
  cases: Parameters<Bench["run"]>[0][],
  from: number,
): Promise<Record<"ours" | "last", Outcome[]>> {
  const all: Record<"ours" | "last", Outcome[]> = { ours: [], last: [] };
  for (const [index, one] of cases.entries()) {
    const ran = await bench.run(one, from + index);
    all.ours.push(await bench.look(ran, compareThenErrors));
    all.last.push(await bench.look(ran, lastFailedItem));
  }
  if (process.env["FAULTS_REPORT"] !== undefined)
    process.stdout.write(`${summary(all.ours)}\nthe last failed item: ${summary(all.last).split("\n")[0]}\n`);
  return all;
}

describe("hand-written faults", () => {
  test("nine of ten are found; the last failed item is seldom it", async () => {
    expect(HAND_WRITTEN.length).toBeGreaterThanOrEqual(30);
    const { ours, last } = await outcomesOf([...HAND_WRITTEN], 0);
    expect(share(ours), summary(ours)).toBeGreaterThanOrEqual(0.9);
    expect(share(last), summary(last)).toBeLessThan(0.4);
    expect(Math.max(...ours.map(({ calls }) => calls))).toBeLessThanOrEqual(MAX_CALLS);
    expect(Math.max(...ours.map(({ bytes }) => bytes))).toBeLessThanOrEqual(MAX_BYTES);
  });
});

describe("generated faults", () => {
  test("nine of ten are found; the last failed item is seldom it", async () => {
    const cases = Array.from({ length: GENERATED }, (_, index) => faultCase(FROM + index, known));
    const { ours, last } = await outcomesOf(cases, 1_000 + FROM);
    expect(share(ours), summary(ours)).toBeGreaterThanOrEqual(0.9);
    expect(share(last), summary(last)).toBeLessThan(0.4);
  });

  test("a seed makes the same case again", () => {
    expect(faultCase(7, known)).toEqual(faultCase(7, known));
  });
});

describe("the bench can say no", () => {
  test("to an answer that is off by a line, an item or a node, and to one that costs too much", async () => {
    const ran = await bench.run(HAND_WRITTEN[0]!, 900);
    const { said, isFound } = await bench.look(ran, compareThenErrors);
    expect(isFound).toBe(true);
    const wrong: readonly Strategy[] = [
      async () => ({ ...said, line: said.line! + 1 }),
      async () => ({ ...said, item: `${said.item!.slice(0, -1)}7` }),
      async () => ({ ...said, node: "other" }),
      async (run, ask) => {
        for (let n = 0; n <= MAX_CALLS; n++) await ask("runs_show", { run });
        return said;
      },
    ];
    for (const strategy of wrong) expect((await bench.look(ran, strategy)).isFound).toBe(false);
  });

  test("to a strategy that is long or knows the kinds", () => {
    const text = readFileSync(new URL("./strategy.ts", import.meta.url), "utf8");
    expect(text.split("\n").length).toBeLessThan(150);
    expect(text).not.toMatch(/orders|pages|essay|albums|weights|sensors|thrown error|hidden clock/);
  });
});
