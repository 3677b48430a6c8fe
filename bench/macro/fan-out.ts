/** 1 -> N -> gather of no-op items with 64 slots: us per item over the floor, and the worst lag of the event loop. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { openWorkgraph } from "agentic-workgraph";
import { floorMs } from "../harness/floor.ts";
import { inTemporaryFolder } from "../harness/folder.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";
import { fanOut } from "../workflows/fan-out.ts";

const SMALL_ROUNDS = 9;
const LARGE_ROUNDS = 5;
const WARM_UP_ROUNDS = 3;
const SLOTS = 64;

interface Round {
  readonly floorUs: number;
  readonly us: number;
  readonly lagMs: number;
}

await inTemporaryFolder(async (data) => {
  const wg = await openWorkgraph({ data });
  const runs = new Map<string, number>();

  async function launch(n: number): Promise<{ readonly us: number; readonly lagMs: number }> {
    // Rows of what came before may still be on their way from the log to the database file.
    await setTimeout(100);
    const lag = monitorEventLoopDelay({ resolution: 1 });
    lag.enable();
    const begin = performance.now();
    const run = await wg.launch(fanOut, { n });
    await run.result();
    const us = ((performance.now() - begin) * 1000) / n;
    lag.disable();
    runs.set(run.runId, n);
    return { us, lagMs: lag.max / 1e6 };
  }

  async function rounds(n: number, count: number): Promise<Round[]> {
    const measured: Round[] = [];
    for (let round = 0; round < count; round++) {
      const floorUs = ((await floorMs(n, SLOTS)) * 1000) / n;
      measured.push({ floorUs, ...(await launch(n)) });
    }
    return measured;
  }

  const cold = await launch(10_000);
  await rounds(10_000, WARM_UP_ROUNDS - 1);
  const small = await rounds(10_000, SMALL_ROUNDS);
  const large = await rounds(100_000, LARGE_ROUNDS);
  await setTimeout(100);
  const idle = monitorEventLoopDelay({ resolution: 1 });
  idle.enable();
  await setTimeout(1000);
  idle.disable();
  await wg.close();

  for (const [runId, n] of runs) {
    const { status, counts, output } = readRun(runId, data);
    require(status === "completed" &&
      counts["completed"] === n + 2 &&
      output === n, `${runId}: ${status} ${JSON.stringify(counts)} ${String(output)}`);
  }

  for (const [name, of] of [
    ["fan-out of 10,000", small],
    ["fan-out of 100,000", large],
  ] as const) {
    const ratios = of.map((round) => round.us / round.floorUs);
    print({
      measure: name,
      value: median(of.map((round) => round.us)),
      unit: "us per item",
      limit: median(of.map((round) => round.floorUs)),
      limitUnit: "us per row",
      ratio: median(ratios),
      bar: "<= 3x the floor",
      met: median(ratios) <= 3,
      runs: of.length,
      spread: spread(ratios),
      ...(of === small ? { firstRunUs: cold.us } : {}),
    });
  }
  const smallUs = median(small.map((round) => round.us));
  const growth = large.map((round) => round.us / smallUs);
  print({
    measure: "fan-out, an item of 100,000 over one of 10,000",
    value: median(growth),
    unit: "x",
    bar: "<= 1.2x",
    met: median(growth) <= 1.2,
    runs: LARGE_ROUNDS,
    spread: spread(growth),
  });
  for (const [name, of] of [
    ["fan-out of 10,000, worst event-loop lag", small],
    ["fan-out of 100,000, worst event-loop lag", large],
  ] as const) {
    const lags = of.map((round) => round.lagMs);
    print({
      measure: name,
      value: median(lags),
      unit: "ms",
      limit: idle.max / 1e6,
      limitUnit: "ms, idle",
      bar: "<= 20 ms",
      met: median(lags) <= 20,
      runs: lags.length,
      spread: spread(lags),
    });
  }
});
