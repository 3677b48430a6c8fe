/** CPU-bound items in worker threads beside the same items in one thread: how many times faster, in one process. */
import { availableParallelism } from "node:os";
import { openWorkgraph } from "agentic-workgraph";
import { inTemporaryFolder } from "../harness/folder.ts";
import { median, print, require, spread } from "../harness/report.ts";
import { placed, threaded } from "../workflows/threads.ts";

const ROUNDS = 5;
const INPUT = { items: 64, rounds: 3_000_000 };

await inTemporaryFolder(async (data) => {
  const wg = await openWorkgraph({ data });
  async function ms(flow: typeof placed): Promise<readonly [ms: number, result: string]> {
    const begin = performance.now();
    const run = await wg.launch(flow, INPUT);
    const result = JSON.stringify(await run.result());
    return [performance.now() - begin, result];
  }
  // Threads are started and code is compiled.
  await ms(threaded);
  await ms(placed);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [one, expected] = await ms(placed);
    const [many, result] = await ms(threaded);
    require(result === expected, "threads gave another result");
    ratios.push(one / many);
  }
  await wg.close();
  const cores = availableParallelism();
  print({
    measure: "64 CPU-bound items, thread: true",
    value: median(ratios),
    unit: "times faster than in one thread",
    limit: cores,
    limitUnit: "cores",
    ratio: median(ratios.map((ratio) => cores / ratio)),
    bar: ">= 1.7 on two cores",
    met: median(ratios) >= 1.7,
    runs: ROUNDS,
    spread: spread(ratios),
  });
});
