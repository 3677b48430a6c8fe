/** `workgraph run` of a one-file workflow in a new process, from the built package: to the first item, and to the end. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inInstalledProject } from "../harness/installed.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";

const ROUNDS = 9;

interface Start {
  readonly firstItemMs: number;
  readonly endMs: number;
}

await inInstalledProject(async ({ dir, bin }) => {
  const mark = join(dir, "first-item");

  function start(data: string): Start {
    const env = { ...process.env, FIRST_ITEM_FILE: mark };
    const begin = performance.timeOrigin + performance.now();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [bin, "run", "hello.ts", "--name", "Ada", "--quiet", "--json", "--data", data],
      { cwd: dir, env, encoding: "utf8" },
    );
    const end = performance.timeOrigin + performance.now();
    require(status === 0, stderr);
    const { runId } = JSON.parse(stdout) as { runId: string };
    require(readRun(runId, data).output === "Hello, Ada!", runId);
    return { firstItemMs: Number(readFileSync(mark, "utf8")) - begin, endMs: end - begin };
  }

  function nodeMs(): number {
    const begin = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    return performance.now() - begin;
  }

  start(join(dir, "warm-up"));
  const rounds: { readonly nodeMs: number; readonly first: Start; readonly again: Start }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const data = join(dir, `data-${round}`);
    rounds.push({ nodeMs: nodeMs(), first: start(data), again: start(data) });
  }
  for (const [name, of] of [
    ["cold start, code never run before", (round: (typeof rounds)[number]) => round.first],
    ["cold start, code already stored", (round: (typeof rounds)[number]) => round.again],
  ] as const) {
    const times = rounds.map((round) => of(round).firstItemMs);
    const ratios = rounds.map((round) => of(round).firstItemMs / round.nodeMs);
    print({
      measure: name,
      value: median(times),
      unit: "ms to the first item",
      limit: median(rounds.map((round) => round.nodeMs)),
      limitUnit: "ms, node -e 0",
      ratio: median(ratios),
      bar: "<= 400 ms, or <= 8x node -e 0",
      met: median(times) <= 400 || median(ratios) <= 8,
      runs: ROUNDS,
      spread: spread(times),
      endMs: median(rounds.map((round) => of(round).endMs)),
    });
  }
});
