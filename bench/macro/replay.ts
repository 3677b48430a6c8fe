/** 100,000 recorded items, all awaited, replayed by a resume: from asking for it to the first node that runs. */
import { setTimeout } from "node:timers/promises";
import { openWorkgraph } from "agentic-workgraph";
import { inTemporaryFolder } from "../harness/folder.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";
import { replayed } from "../workflows/replayed.ts";

const ROUNDS = 5;
const ITEMS = 100_000;

interface Outside {
  replayLeave?: boolean;
  replayedAt?: number;
}

await inTemporaryFolder(async (data) => {
  const outside = globalThis as Outside;
  const seconds: number[] = [];
  const runIds: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const wg = await openWorkgraph({ data });
    outside.replayLeave = false;
    const failed = await wg.launch(replayed, { n: ITEMS });
    await failed.result().catch(() => undefined);
    await wg.close();
    await setTimeout(100);

    outside.replayLeave = true;
    const again = await openWorkgraph({ data });
    const begin = performance.now();
    const run = await again.resume(failed.runId);
    const output = await run.result();
    seconds.push((outside.replayedAt! - begin) / 1000);
    require(output === ITEMS, `the resume gave ${String(output)}`);
    runIds.push(run.runId);
    await again.close();
  }
  for (const runId of runIds) {
    const { status, counts } = readRun(runId, data);
    require(status === "completed" &&
      counts["completed"] === ITEMS + 2, `${runId}: ${status} ${JSON.stringify(counts)}`);
  }
  print({
    measure: "replay of 100,000 recorded items",
    value: median(seconds),
    unit: "s, resume to the first node",
    bar: "<= 2 s",
    met: median(seconds) <= 2,
    runs: ROUNDS,
    spread: spread(seconds),
  });
});
