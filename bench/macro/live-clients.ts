/**
 * What a hundred clients that follow a run of 100,000 items cost the process that runs it: its time with them over its time with
 * one, in turns. Runner, server and clients are processes of their own.
 *
 * R1. The run begins when all clients are there, and says itself how long it took.
 * R2. Nobody is let off: each client has every event once and in order (stream-clients.ts R1), also when it took longer than the run.
 * R3. Clients and server share the cores with the runner. What that alone costs is measured in turns, too: one client, and as many
 *     processes that do nothing but spin as there are cores, which is the most that server and clients can take.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { follow } from "../harness/following.ts";
import { inInstalledProject } from "../harness/installed.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";
import { whileServed, type Served } from "../harness/served.ts";

const ROUNDS = Number(process.env["LIVE_ROUNDS"] ?? 5);
const ITEMS = Number(process.env["LIVE_ITEMS"] ?? 100_000);
const CLIENTS = Number(process.env["LIVE_CLIENTS"] ?? 100);
const BAR = 2;
/** Of /proc/PID/stat. */
const TICK_MS = 10;

interface Turn {
  readonly ms: number;
  /** CPU time of the server while the run ran and its clients read. */
  readonly serverCpuMs: number;
  readonly clientCpuMs: number;
  readonly drops: number;
  readonly megabytes: number;
  /** From the end of the run until all clients had everything. */
  readonly behindMs: number;
}

await inInstalledProject(async (project) => {
  const data = join(project.dir, "data");
  let files = 0;

  async function turn(server: Served, clients: number): Promise<Turn> {
    const file = join(project.dir, `go-${files++}`);
    const runId = await server.launch("gated-fan-out", { file, n: ITEMS, waitMs: 0 });
    const before = cpuMs(server.pid);
    const following = follow(server, runId, clients);
    await following.connected;
    writeFileSync(file, "");
    const { events, drops, megabytes, cpuMs: clientCpuMs, endedAt } = await following.report;
    const serverCpuMs = cpuMs(server.pid) - before;
    const { output } = readRun(runId, data) as { output: { count: number; ms: number } };
    require(output.count === ITEMS && events > ITEMS, `${runId}: ${JSON.stringify(output)}, ${events} events`);
    const answer = await fetch(new URL(`/api/runs/${runId}`, server.url));
    const ended = Date.parse(((await answer.json()) as { endedAt: string }).endedAt);
    return { ms: output.ms, serverCpuMs, clientCpuMs, drops, megabytes, behindMs: endedAt - ended };
  }

  await whileServed(project, { data, file: "gated.ts" }, async (server) => {
    await turn(server, 1);
    const rounds: { readonly one: Turn; readonly many: Turn; readonly spun: Turn }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const one = await turn(server, 1);
      const many = await turn(server, CLIENTS);
      rounds.push({ one, many, spun: await spinning(() => turn(server, 1)) });
    }
    const ratios = rounds.map(({ one, many }) => many.ms / one.ms);
    const of = (which: "one" | "many", what: keyof Turn): number => median(rounds.map((round) => round[which][what]));
    print({
      measure: `run of ${ITEMS} items with ${CLIENTS} clients over one with one`,
      value: median(ratios),
      unit: "x the time",
      limit: median(rounds.map(({ one, spun }) => spun.ms / one.ms)),
      limitUnit: `x with one client and ${availableParallelism()} processes that spin`,
      bar: `<= ${BAR}x`,
      met: median(ratios) <= BAR,
      runs: ROUNDS,
      spread: spread(ratios),
      oneMs: of("one", "ms"),
      manyMs: of("many", "ms"),
      serverCpuMsOne: of("one", "serverCpuMs"),
      serverCpuMsMany: of("many", "serverCpuMs"),
      clientCpuMsMany: of("many", "clientCpuMs"),
      megabytesSent: of("many", "megabytes"),
      drops: of("many", "drops"),
      behindMsOne: of("one", "behindMs"),
      behindMsMany: of("many", "behindMs"),
    });
  });
});

async function spinning<T>(use: () => Promise<T>): Promise<T> {
  const spinners = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
  );
  try {
    return await use();
  } finally {
    for (const spinner of spinners) spinner.kill("SIGKILL");
  }
}

/** User and system time of a process and its threads. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
