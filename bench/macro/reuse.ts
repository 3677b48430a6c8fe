/** Taking results over: a fork of 100,000 items that all hold, and a fan-out whose items ask the cache against one that does not. */
import { setTimeout } from "node:timers/promises";
import { openWorkgraph } from "agentic-workgraph";
import { inTemporaryFolder } from "../harness/folder.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";
import { cached, uncached } from "../workflows/fan-out-cached.ts";

const ITEMS = 100_000;
const FORKS = 3;
const ROUNDS = 5;
const SMALL = 20_000;

await inTemporaryFolder(async (data) => {
  const wg = await openWorkgraph({ data });
  let first = 0;

  /** Ms; `values` "new": nothing like it is recorded. */
  async function launch(which: typeof cached, n: number, values: "new" | "same", reuse?: "latest"): Promise<number> {
    if (values === "new") first += n;
    await setTimeout(100);
    const begin = performance.now();
    const run = await wg.launch(which, { n, first }, reuse ? { reuse } : {});
    await run.result();
    return performance.now() - begin;
  }

  const source = await wg.launch(uncached, { n: ITEMS, first: 0 });
  await source.result();
  const forks: { readonly runId: string; readonly ms: number }[] = [];
  for (let round = 0; round < FORKS; round++) {
    await setTimeout(100);
    const begin = performance.now();
    const fork = await wg.fork(source.runId);
    await fork.result();
    forks.push({ runId: fork.runId, ms: performance.now() - begin });
  }

  first = ITEMS;
  for (const which of [uncached, cached]) await launch(which, SMALL, "new");
  const rounds: { readonly plain: number; readonly asked: number; readonly missed: number; readonly hit: number }[] =
    [];
  for (let round = 0; round < ROUNDS; round++) {
    const plain = await launch(uncached, SMALL, "new");
    const asked = await launch(uncached, SMALL, "new", "latest");
    const missed = await launch(cached, SMALL, "new");
    rounds.push({ plain, asked, missed, hit: await launch(cached, SMALL, "same") });
  }
  await wg.close();

  for (const { runId } of forks) {
    const { status, counts, output } = readRun(runId, data);
    const isWhole = status === "completed" && counts["reused"] === ITEMS + 2 && output === ITEMS;
    require(isWhole, `${runId}: ${status} ${JSON.stringify(counts)}`);
  }

  const seconds = forks.map(({ ms }) => ms / 1000);
  print({
    measure: "fork that reuses 100,000 items",
    value: median(seconds),
    unit: "s",
    bar: "<= 3 s",
    met: median(seconds) <= 3,
    runs: FORKS,
    spread: spread(seconds),
  });
  for (const [name, of] of [
    ["fan-out of 20,000 that asks another run in vain", rounds.map(({ asked, plain }) => asked / plain)],
    ["fan-out of 20,000 that asks the cache in vain", rounds.map(({ missed, plain }) => missed / plain)],
    ["fan-out of 20,000 that the cache answers", rounds.map(({ hit, plain }) => hit / plain)],
  ] as const) {
    print({
      measure: name,
      value: median(of),
      unit: "x",
      limit: median(rounds.map(({ plain }) => plain)),
      limitUnit: "ms without",
      bar: "<= 1.5x without",
      met: median(of) <= 1.5,
      runs: ROUNDS,
      spread: spread(of),
    });
  }
});
