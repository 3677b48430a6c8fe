/** N calls, each awaited before the next is made: us per call over a commit of one row. */
import { setTimeout } from "node:timers/promises";
import { openWorkgraph } from "agentic-workgraph";
import { floorMs } from "../harness/floor.ts";
import { inTemporaryFolder } from "../harness/folder.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";
import { chain } from "../workflows/chain.ts";

const ROUNDS = 9;
const LONG_ROUNDS = 5;
/** Calls whose times are compared: around the 100th, and up to the 10,000th. */
const EARLY = [50, 150] as const;
const LATE = [9_900, 10_000] as const;

interface Timed {
  readonly us: number;
  /** Epoch ms at which each call's node ran. */
  readonly times: readonly number[];
}

await inTemporaryFolder(async (data) => {
  const wg = await openWorkgraph({ data });
  const runs = new Map<string, number>();

  async function launch(n: number): Promise<Timed> {
    await setTimeout(100);
    const times: number[] = [];
    (globalThis as { chainTimes?: number[] }).chainTimes = times;
    const begin = performance.now();
    const run = await wg.launch(chain, { n });
    await run.result();
    const us = ((performance.now() - begin) * 1000) / n;
    runs.set(run.runId, n);
    return { us, times };
  }

  const cold = await launch(1_000);
  await launch(1_000);
  await floorMs(1_000, 1);
  const rounds: { readonly floorUs: number; readonly us: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const floorUs = ((await floorMs(1_000, 1)) * 1000) / 1_000;
    rounds.push({ floorUs, us: (await launch(1_000)).us });
  }
  const long: Timed[] = [];
  for (let round = 0; round < LONG_ROUNDS; round++) long.push(await launch(10_000));
  await wg.close();

  for (const [runId, n] of runs) {
    const { status, counts, output } = readRun(runId, data);
    require(status === "completed" &&
      counts["completed"] === n &&
      output === n, `${runId}: ${status} ${JSON.stringify(counts)} ${String(output)}`);
  }

  const ratios = rounds.map((round) => round.us / round.floorUs);
  print({
    measure: "chain of 1,000 awaited calls",
    value: median(rounds.map((round) => round.us)),
    unit: "us per call",
    limit: median(rounds.map((round) => round.floorUs)),
    limitUnit: "us per commit of one row",
    ratio: median(ratios),
    bar: "<= 2.5x the floor",
    met: median(ratios) <= 2.5,
    runs: ROUNDS,
    spread: spread(ratios),
    firstRunUs: cold.us,
  });
  const growth = long.map(({ times }) => windowUs(times, LATE) / windowUs(times, EARLY));
  print({
    measure: "chain, call 10,000 over call 100",
    value: median(growth),
    unit: "x",
    bar: "<= 1.2x",
    met: median(growth) <= 1.2,
    runs: LONG_ROUNDS,
    spread: spread(growth),
    usPerCall: median(long.map((one) => one.us)),
    call100Us: median(long.map(({ times }) => windowUs(times, EARLY))),
    call10000Us: median(long.map(({ times }) => windowUs(times, LATE))),
  });
});

/** Median time between the calls of a window: one pause of the machine is not what a call costs. */
function windowUs(times: readonly number[], [from, to]: readonly [number, number]): number {
  return median(times.slice(from, to).map((time, i) => (time - times[from + i - 1]!) * 1000));
}
