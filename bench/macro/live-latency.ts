/**
 * From an event to its bytes at a client of the server, while a run ends 2,000 items a second: in a runner process of the server,
 * and in a process of the command line that the server knows nothing of.
 *
 * R1. The time is the event's own, which is taken before its commit (stream-clients.ts R2): what a commit waits for is in it.
 * R2. A run that was slower than it should be is no measure of this: the bar is missed then, too.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { follow } from "../harness/following.ts";
import { inInstalledProject } from "../harness/installed.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";
import { whileServed, type Served } from "../harness/served.ts";

const ROUNDS = 3;
const PER_SECOND = 2_000;
const ITEMS = 5 * PER_SECOND;
/** Until the first item is due: the client is there by then. */
const IN_MS = 1_500;
const INPUT = { n: ITEMS, perSecond: PER_SECOND, inMs: IN_MS };
const BAR_MS = 50;
/** Of the items that should end in a second. */
const ENOUGH = 0.95;

interface Round {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly longest: number;
  readonly perSecond: number;
}

await inInstalledProject(async (project) => {
  const data = join(project.dir, "data");
  await whileServed(project, { data, file: "paced.ts" }, async (server) => {
    const byServer = (): Promise<string> => server.launch("paced", INPUT);
    const byCommand = (): Promise<string> => commanded(project, { data, server });
    // Processes are warm, and code is compiled.
    await measured(server, byServer);
    const rounds: { readonly server: Round; readonly command: Round }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({ server: await measured(server, byServer), command: await measured(server, byCommand) });
    }
    say(
      "event to client, p95, at 2,000 items/s of a runner",
      rounds.map(({ server: round }) => round),
    );
    say(
      "event to client, p95, at 2,000 items/s of a command",
      rounds.map(({ command }) => command),
    );
  });

  async function measured(server: Served, launch: () => Promise<string>): Promise<Round> {
    const runId = await launch();
    const { delays, delaysMs } = await follow(server, runId, 1).report;
    const recorded = readRun(runId, data);
    require(recorded.output === ITEMS, `${runId} gave ${String(recorded.output)}`);
    require(delays.length >= ITEMS * ENOUGH, `${delays.length} items were seen live`);
    const sorted = delays.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1]!;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), longest: at(1), perSecond: (delays.length * 1000) / delaysMs };
  }
});

/** A run that a process of the command line executes. */
async function commanded(
  { dir, bin }: { readonly dir: string; readonly bin: string },
  at: { readonly data: string; readonly server: Served },
): Promise<string> {
  const runs = async (): Promise<readonly string[]> => {
    const answer = await fetch(new URL("/api/runs?limit=2", at.server.url));
    return ((await answer.json()) as { runs: { runId: string }[] }).runs.map(({ runId }) => runId);
  };
  const [before] = await runs();
  const args = [bin, "run", "paced.ts", JSON.stringify(INPUT), "--quiet", "--data", at.data];
  const child = spawn(process.execPath, args, { cwd: dir, stdio: "ignore" });
  const exit = once(child, "exit");
  for (;;) {
    const [newest] = await runs();
    if (newest !== undefined && newest !== before) return newest;
    await Promise.race([sleep(20), exit]);
    require(child.exitCode === null, "the command ended without a run");
  }
}

function say(measure: string, rounds: readonly Round[]): void {
  const p95 = rounds.map((round) => round.p95);
  const perSecond = median(rounds.map((round) => round.perSecond));
  print({
    measure,
    value: median(p95),
    unit: "ms (p95)",
    bar: `<= ${BAR_MS} ms`,
    met: median(p95) <= BAR_MS && perSecond >= PER_SECOND * ENOUGH,
    runs: rounds.length,
    spread: spread(p95),
    p50: median(rounds.map((round) => round.p50)),
    p99: median(rounds.map((round) => round.p99)),
    longest: Math.max(...rounds.map((round) => round.longest)),
    itemsPerS: perSecond,
  });
}
