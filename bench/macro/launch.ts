/** A launch over HTTP: from the request to the first item, in a runner process that is warm. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inInstalledProject } from "../harness/installed.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";
import { whileServed, type Served } from "../harness/served.ts";

const ROUNDS = 7;
/** Until the next warm process stands. */
const WARM_MS = 1_500;
const BAR_MS = 150;
/** As in cold-start.ts: what a busy or slow machine makes of the other one. */
const BAR_RATIO = 4;

await inInstalledProject(async ({ dir, bin }) => {
  const mark = join(dir, "first-item");
  const data = join(dir, "data");
  const source = readFileSync(join(dir, "hello.ts"), "utf8");
  // A workflow for each round: a process that is warm has loaded none of them.
  for (let round = 0; round < ROUNDS; round++) {
    writeFileSync(join(dir, `hello-${round}.workflow.ts`), source.replace('name: "hello"', `name: "hello-${round}"`));
  }
  const rounds: { readonly nodeMs: number; readonly first: number; readonly warm: number; readonly again: number }[] =
    [];
  const first = await served(async (launch) => inTurn((round) => launch(`hello-${round}`)));
  // A server that has just started has no process that knows one of them.
  const later = await served(async (launch) =>
    inTurn(async (round) => ({ warm: await launch(`hello-${round}`), again: await launch(`hello-${round}`) })),
  );
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({ nodeMs: nodeMs(), first: first[round]!, ...later[round]! });
  for (const [measure, of] of [
    ["launch, code never run before", (round: (typeof rounds)[number]) => round.first],
    ["launch, warm runner", (round: (typeof rounds)[number]) => round.warm],
    ["launch, runner that has executed the workflow", (round: (typeof rounds)[number]) => round.again],
  ] as const) {
    const times = rounds.map(of);
    const ratios = rounds.map((round) => of(round) / round.nodeMs);
    print({
      measure,
      value: median(times),
      unit: "ms to the first item",
      limit: median(rounds.map((round) => round.nodeMs)),
      limitUnit: "ms, node -e 0",
      ratio: median(ratios),
      bar: `<= ${BAR_MS} ms, or <= ${BAR_RATIO}x node -e 0`,
      met: median(times) <= BAR_MS || median(ratios) <= BAR_RATIO,
      runs: ROUNDS,
      spread: spread(times),
    });
  }

  function served<T>(use: (launch: (name: string) => Promise<number>) => Promise<T>): Promise<T> {
    return whileServed({ dir, bin }, { data, env: { FIRST_ITEM_FILE: mark } }, (server) =>
      use((name) => launch(name, server)),
    );
  }

  async function launch(name: string, server: Served): Promise<number> {
    await sleep(WARM_MS);
    rmSync(mark, { force: true });
    const begin = performance.timeOrigin + performance.now();
    const runId = await server.launch(name, { name: "Ada" });
    await fetch(new URL(`/api/runs/${runId}/wait`, server.url));
    require(readRun(runId, data).output === "Hello, Ada!", runId);
    return Number(readFileSync(mark, "utf8")) - begin;
  }
});

async function inTurn<T>(each: (round: number) => Promise<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await each(round));
  return all;
}

function nodeMs(): number {
  const begin = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - begin;
}
