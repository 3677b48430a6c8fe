/**
 * What a simulation says of a run, against the run that really had it.
 *
 * R1. Both are real runs, on a clock that is turned ms by ms: how busy the machine is decides nothing. Predicted and measured agree
 *     within a factor of 1.15.
 */
import { expect, test } from "vitest";
import { profile } from "../../src/app/operations/profile.ts";
import { FakeClock } from "../../src/base/clock.ts";
import { node, workflow } from "../../src/index.ts";
import { memoryStore, start, type Flow } from "../authoring/flow.ts";
import { workspaceOf } from "./log.ts";

const FACTOR = 1.15;
const clock = new FakeClock();
const pause = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(resolve, ms));

/** @param concurrency of the node that takes most of the time */
function pipeline(concurrency: number, breaks: "await" | "no await" = "no await"): Flow {
  const list = node({ id: "list", out: "many" }, async () => [30, 45, 60, 20, 80, 35, 50, 25, 40, 30, 55, 65]);
  const fetch = node({ id: "fetch", concurrency }, async ({ ms }: { ms: number }) => {
    await pause(ms);
    return { ms };
  });
  const parse = node({ id: "parse" }, async ({ page }: { page: { ms: number } }) => {
    await pause(100 - page.ms);
    return page.ms;
  });
  const sum = node({ id: "sum", gather: ["all"] }, async ({ all }: { all: number[] }) => {
    await pause(20);
    return all.length;
  });
  return breaks === "no await"
    ? workflow({ name: "pipeline" }, () => sum({ all: parse({ page: fetch({ ms: list() }) }) }))
    : workflow({ name: "pipeline" }, async () => {
        const pages = await fetch({ ms: list() });
        return sum({ all: parse({ page: pages }) });
      });
}

async function took(flow: Flow, ask: Omit<Parameters<typeof profile>[1], "run"> = {}) {
  const store = memoryStore(clock);
  const started = await start(flow, {}, { store, clock });
  let isOver = false;
  const ended = started.end().finally(() => (isOver = true));
  while (!isOver) await clock.advance(1);
  const { runId } = await ended;
  return profile(workspaceOf(store), { run: runId, ...ask });
}

test("a higher limit, a lower limit and a break less take as long as they are said to", async () => {
  const two = await took(pipeline(2), { limits: ["fetch=6"] });
  const six = await took(pipeline(6), { limits: ["fetch=2"] });
  const broken = await took(pipeline(4, "await"), { withoutBreaks: ["fetch"] });
  const four = await took(pipeline(4));
  const pairs = [
    [two.whatIf!.predictedMs, six.durationMs],
    [six.whatIf!.predictedMs, two.durationMs],
    [broken.whatIf!.predictedMs, four.durationMs],
  ] as const;
  for (const [predictedMs, measuredMs] of pairs) {
    expect(predictedMs).toBeLessThan(measuredMs * FACTOR);
    expect(predictedMs).toBeGreaterThan(measuredMs / FACTOR);
  }
  for (const { whatIf } of [two, six, broken]) {
    expect(whatIf!.unfinished).toEqual([]);
    expect(whatIf!.modelMs).toBeLessThan(whatIf!.measuredMs * FACTOR);
    expect(whatIf!.modelMs).toBeGreaterThan(whatIf!.measuredMs / FACTOR);
  }
  expect(broken.whatIf!.limits).toContainEqual({ node: "fetch", limit: 4, from: "seen" });
  // The changes matter: an answer that repeats what was measured is wrong.
  expect(two.durationMs).toBeGreaterThan(six.durationMs * 1.2);
  expect(broken.whatIf!.predictedMs).toBeLessThan(broken.whatIf!.modelMs * 0.9);
});
