/** 1,000 runs of three nodes at once: runs per second. */
import { setTimeout } from "node:timers/promises";
import { openWorkgraph } from "agentic-workgraph";
import { floorMs } from "../harness/floor.ts";
import { inTemporaryFolder } from "../harness/folder.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";
import { threeNodes } from "../workflows/three-nodes.ts";

const ROUNDS = 5;
const RUNS = 1_000;
/** One row for the run, one per item. */
const ROWS = 4 * RUNS;

await inTemporaryFolder(async (data) => {
  const wg = await openWorkgraph({ data });
  const runIds: string[] = [];

  async function launchAll(): Promise<number> {
    await setTimeout(100);
    const begin = performance.now();
    const runs = await Promise.all(
      Array.from({ length: RUNS }, async (_, n) => {
        const run = await wg.launch(threeNodes, { n });
        require((await run.result()) === (n + 1) * 2 + 3, `run ${n} gave another result`);
        return run;
      }),
    );
    const ms = performance.now() - begin;
    for (const run of runs) runIds.push(run.runId);
    return ms;
  }

  const cold = await launchAll();
  await floorMs(ROWS, 64);
  const rounds: { readonly ms: number; readonly floorMs: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const floor = await floorMs(ROWS, 64);
    rounds.push({ floorMs: floor, ms: await launchAll() });
  }
  const { total } = await wg.runs({ status: "completed", limit: 1 });
  await wg.close();

  require(total === RUNS * (ROUNDS + 1), `${total} runs are completed`);
  for (const runId of [runIds[0]!, runIds[RUNS]!, runIds.at(-1)!]) {
    const { status, counts } = readRun(runId, data);
    require(status === "completed" && counts["completed"] === 3, `${runId}: ${status} ${JSON.stringify(counts)}`);
  }

  const perSecond = rounds.map((round) => (RUNS * 1000) / round.ms);
  print({
    measure: "1,000 runs of 3 nodes at once",
    value: median(perSecond),
    unit: "runs/s",
    limit: median(rounds.map((round) => (RUNS * 1000) / round.floorMs)),
    limitUnit: "times four rows/s, one commit per 64 rows",
    ratio: median(rounds.map((round) => round.ms / round.floorMs)),
    bar: ">= 10,000 runs/s",
    met: median(perSecond) >= 10_000,
    runs: ROUNDS,
    spread: spread(perSecond),
    firstRunsPerS: (RUNS * 1000) / cold,
  });
});
