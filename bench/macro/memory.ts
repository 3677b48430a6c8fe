/** 100,000 results of 1 KB that nobody gathers: peak memory of the process of `workgraph run`. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inInstalledProject } from "../harness/installed.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";

const ROUNDS = 3;
const ITEMS = 100_000;
const PROGRAM = fileURLToPath(new URL("../harness/peak-memory.js", import.meta.url));

await inInstalledProject(async ({ dir, bin }) => {
  const file = join(dir, "peak");
  const env = { ...process.env, PEAK_MEMORY_FILE: file };
  function peakMB(args: readonly string[]): { readonly mb: number; readonly stdout: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
      cwd: dir,
      env,
      encoding: "utf8",
    });
    require(status === 0, stderr);
    return { mb: Number(readFileSync(file, "utf8")) / 1024, stdout };
  }

  const peaks: number[] = [];
  const empty: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const data = join(dir, `data-${round}`);
    empty.push(peakMB([]).mb);
    const { mb, stdout } = peakMB([
      bin,
      "run",
      "kilobytes.ts",
      "--n",
      String(ITEMS),
      "--quiet",
      "--json",
      "--data",
      data,
    ]);
    peaks.push(mb);
    const { runId } = JSON.parse(stdout) as { runId: string };
    const { status, counts } = readRun(runId, data);
    require(status === "completed" && counts["completed"] === ITEMS + 1, `${status} ${JSON.stringify(counts)}`);
  }
  print({
    measure: "100,000 results of 1 KB, not gathered, peak RSS",
    value: median(peaks),
    unit: "MB",
    limit: median(empty),
    limitUnit: "MB, node -e 0",
    bar: "<= 150 MB",
    met: median(peaks) <= 150,
    runs: ROUNDS,
    spread: spread(peaks),
  });
});
