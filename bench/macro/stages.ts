/**
 * 200 items through three nodes, 5 to 50 ms in each, 16 slots a node: makespan over the bound, and over a pool by hand.
 *
 * The bound no schedule goes below: per node, its work over its slots, after the shortest way to it and before the shortest
 * way from it; the largest of the three.
 */
import { setTimeout as delay } from "node:timers/promises";
import { openWorkgraph } from "agentic-workgraph";
import { inTemporaryFolder } from "../harness/folder.ts";
import { seededUnit } from "../harness/seeded.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";
import { threeStages } from "../workflows/three-stages.ts";

const ROUNDS = 5;
const ITEMS = 200;
const SLOTS = 16;
const [SHORTEST_MS, LONGEST_MS] = [5, 50];

type Waits = readonly [number, number, number];

function waitsOf(seed: number): Waits[] {
  const unit = seededUnit(seed);
  const wait = (): number => SHORTEST_MS + Math.floor(unit() * (LONGEST_MS - SHORTEST_MS + 1));
  return Array.from({ length: ITEMS }, () => [wait(), wait(), wait()]);
}

function boundMs(waits: readonly Waits[]): number {
  const stages = [0, 1, 2].map((stage) => {
    const work = waits.reduce((sum, item) => sum + item[stage]!, 0);
    const before = Math.min(...waits.map((item) => sum(item.slice(0, stage))));
    const after = Math.min(...waits.map((item) => sum(item.slice(stage + 1))));
    return work / SLOTS + before + after;
  });
  return Math.max(...stages);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Slots handed from one holder to the next, first come first served. */
class Slots {
  #free = SLOTS;
  readonly #waiting: (() => void)[] = [];

  async take(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

/** What one would write by hand, recording nothing. */
async function poolMs(waits: readonly Waits[]): Promise<number> {
  const begin = performance.now();
  const stages = [new Slots(), new Slots(), new Slots()];
  await Promise.all(
    waits.map(async (item) => {
      for (const [stage, slots] of stages.entries()) {
        await slots.take();
        await delay(item[stage]);
        slots.give();
      }
    }),
  );
  return performance.now() - begin;
}

await inTemporaryFolder(async (data) => {
  const wg = await openWorkgraph({ data });
  const runs: string[] = [];

  async function runMs(waits: readonly Waits[]): Promise<number> {
    const text = JSON.stringify(waits.map(([first, second, third]) => ({ first, second, third })));
    const begin = performance.now();
    const run = await wg.launch(threeStages, { text });
    await run.result();
    runs.push(run.runId);
    return performance.now() - begin;
  }

  await runMs(waitsOf(0));
  const rounds: { readonly ms: number; readonly poolMs: number; readonly boundMs: number }[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const waits = waitsOf(round);
    rounds.push({ poolMs: await poolMs(waits), ms: await runMs(waits), boundMs: boundMs(waits) });
  }
  await wg.close();

  for (const runId of runs) {
    const { status, counts, output } = readRun(runId, data);
    const whole = Array.isArray(output) && output.length === ITEMS;
    require(status === "completed" &&
      counts["completed"] === 3 * ITEMS + 1 &&
      whole, `${runId}: ${status} ${JSON.stringify(counts)}`);
  }

  const overBound = rounds.map((round) => round.ms / round.boundMs);
  print({
    measure: "three stages, makespan over the bound",
    value: median(rounds.map((round) => round.ms)),
    unit: "ms",
    limit: median(rounds.map((round) => round.boundMs)),
    limitUnit: "ms, the bound",
    ratio: median(overBound),
    bar: "<= 1.30x the bound",
    met: median(overBound) <= 1.3,
    runs: ROUNDS,
    spread: spread(overBound),
  });
  const overPool = rounds.map((round) => round.ms / round.poolMs);
  print({
    measure: "three stages, makespan over a pool by hand",
    value: median(rounds.map((round) => round.ms)),
    unit: "ms",
    limit: median(rounds.map((round) => round.poolMs)),
    limitUnit: "ms, the pool",
    ratio: median(overPool),
    bar: "<= 1.03x the pool",
    met: median(overPool) <= 1.03,
    runs: ROUNDS,
    spread: spread(overPool),
  });
});
