/** SIGKILL at half of 10,000 items, then `workgraph resume`: from the start of that process to its end. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inInstalledProject } from "../harness/installed.ts";
import { readItems, readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";

const ROUNDS = 5;
const ITEMS = 10_000;

await inInstalledProject(async ({ dir, bin }) => {
  const seconds: number[] = [];
  const nodeSeconds: number[] = [];
  let again = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const data = join(dir, `data-${round}`);
    const ledger = join(dir, `ledger-${round}`);
    const env = { ...process.env, WORKGRAPH_DATA: data, LEDGER: ledger };
    const killed = spawnSync(process.execPath, [bin, "run", "ledger.ts", "--n", String(ITEMS), "--quiet"], {
      cwd: dir,
      env: { ...env, KILL_AT: String(ITEMS / 2) },
    });
    require(killed.signal === "SIGKILL", `the run was not killed: ${killed.stderr.toString()}`);
    const { runs } = JSON.parse(
      spawnSync(process.execPath, [bin, "runs", "--json"], { cwd: dir, env, encoding: "utf8" }).stdout,
    ) as { runs: readonly { runId: string; status: string }[] };
    const { runId, status } = runs[0]!;
    require(runs.length === 1 && status === "interrupted", `the run reads as ${status}`);
    const recorded = readItems(runId, { node: "mark", data });

    const nodeBegin = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    nodeSeconds.push((performance.now() - nodeBegin) / 1000);
    const begin = performance.now();
    const resumed = spawnSync(process.execPath, [bin, "resume", runId, "--quiet", "--json"], {
      cwd: dir,
      env,
      encoding: "utf8",
    });
    seconds.push((performance.now() - begin) / 1000);
    require(resumed.status === 0, `the resume ended with ${resumed.status}: ${resumed.stderr}`);

    const executions = new Map<number, number>();
    for (const line of readFileSync(ledger, "utf8").trimEnd().split("\n"))
      executions.set(Number(line), (executions.get(Number(line)) ?? 0) + 1);
    require(executions.size === ITEMS, `${executions.size} items were executed`);
    again += recorded.filter((item) => executions.get(item) !== 1).length;
    const end = readRun(runId, data);
    require(end.status === "completed" &&
      end.counts["completed"] === ITEMS + 2 &&
      end.output === ITEMS, `${end.status} ${JSON.stringify(end.counts)}`);
    require(recorded.length > ITEMS / 4, `only ${recorded.length} items were recorded when the process was killed`);
  }
  print({
    measure: "resume after SIGKILL at half of 10,000",
    value: median(seconds),
    unit: "s, process start to end",
    limit: median(nodeSeconds),
    limitUnit: "s, node -e 0",
    bar: "<= 0.5 s",
    met: median(seconds) <= 0.5,
    runs: ROUNDS,
    spread: spread(seconds),
  });
  print({
    measure: "resume, recorded items executed again",
    value: again,
    unit: "items",
    bar: "0",
    met: again === 0,
    runs: ROUNDS,
    spread: [again, again],
  });
});
