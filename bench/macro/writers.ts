/**
 * Twenty processes that write to one data folder at once, each a `workgraph run` of its own: how long an event loop was held in a
 * commit at most (commit-meter.ts).
 *
 * R1. They begin together, when all are there, and are metered from then on.
 * R2. Beside it stands the same with a data folder for each: twenty processes share the cores there, too, and no lock.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Metered, Timed } from "../harness/commit-meter.ts";
import { inInstalledProject } from "../harness/installed.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";

const ROUNDS = Number(process.env["WRITERS_ROUNDS"] ?? 2);
const WRITERS = 20;
const BAR_MS = 60;
const METER = fileURLToPath(new URL("../harness/commit-meter.ts", import.meta.url));

/** What each of them runs. */
const ALL = [
  { name: "items that wait", workflow: "gatedFanOut", input: { n: 4_000, waitMs: 60 } },
  { name: "items at once", workflow: "gatedFanOut", input: { n: 10_000, waitMs: 0 } },
  { name: "calls one by one", workflow: "gatedChain", input: { n: 500 } },
] as const;
const KINDS = ALL.filter(({ name }) => name.includes(process.env["WRITERS_KIND"] ?? ""));

interface Round {
  /** The longest first. */
  readonly holds: readonly Timed[];
  readonly waits: readonly Timed[];
  readonly commits: number;
  readonly refused: number;
  /** From the start of all to the end of the last. */
  readonly ms: number;
}

const NOTHING: Timed = { at: 0, ms: 0, withoutCoreMs: 0 };

await inInstalledProject(async ({ dir, bin }) => {
  const database = pathToFileURL(join(dir, "node_modules/agentic-workgraph/dist/store/sqlite/database.js")).href;
  let rounds = 0;

  async function round(kind: (typeof KINDS)[number], folders: "shared" | "own"): Promise<Round> {
    const place = join(dir, `round-${rounds++}`);
    const meters = join(place, "meters");
    mkdirSync(meters, { recursive: true });
    const file = join(place, "go");
    const input = JSON.stringify({ ...kind.input, file });
    const writers = Array.from({ length: WRITERS }, (_, n) => {
      const data = join(place, folders === "shared" ? "data" : `data-${n}`);
      return writer({ kind, input, data, meters });
    });
    const all = Promise.all(writers);
    let failed = false;
    all.catch(() => (failed = true));
    while (readdirSync(place).filter((name) => name.startsWith("go.")).length < WRITERS && !failed) await sleep(20);
    const begin = Date.now();
    writeFileSync(file, "");
    const runs = await all;
    const ms = Date.now() - begin;
    for (const { runId, data } of runs.slice(0, 2)) {
      const { status, output } = readRun(runId, data) as { status: string; output: { count: number } };
      require(status === "completed" && output.count === kind.input.n, `${runId}: ${status} ${JSON.stringify(output)}`);
    }
    const found = readdirSync(meters).map((name) => JSON.parse(readFileSync(join(meters, name), "utf8")) as Metered);
    require(found.length === WRITERS, `${found.length} processes were metered`);
    const longest = (what: "holds" | "waits"): readonly Timed[] =>
      found
        .flatMap((metered) => metered[what])
        .filter(({ at }) => at >= begin)
        .toSorted((a, b) => b.ms - a.ms);
    const sum = (what: "commits" | "refused"): number => found.reduce((all, metered) => all + metered[what], 0);
    return { holds: longest("holds"), waits: longest("waits"), commits: sum("commits"), refused: sum("refused"), ms };
  }

  async function writer(of: {
    readonly kind: (typeof KINDS)[number];
    readonly input: string;
    readonly data: string;
    readonly meters: string;
  }): Promise<{ readonly runId: string; readonly data: string }> {
    const args = [bin, "run", `gated.ts#${of.kind.workflow}`, of.input, "--json", "--data", of.data];
    const child = spawn(process.execPath, ["--import", METER, ...args], {
      cwd: dir,
      env: { ...process.env, METER_DATABASE: database, METER_FOLDER: of.meters },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
    const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
    require(exitCode === 0 && existsSync(of.data), `a process ended with ${exitCode}: ${text}`);
    const { runId } = JSON.parse(text) as { runId: string };
    return { runId, data: of.data };
  }

  for (const kind of KINDS) {
    const shared: Round[] = [];
    const own: Round[] = [];
    for (let n = 0; n < ROUNDS; n++) {
      own.push(await round(kind, "own"));
      shared.push(await round(kind, "shared"));
    }
    const longest = (of: readonly Round[], what: "holds" | "waits"): Timed =>
      of.flatMap((one) => one[what].slice(0, 1)).toSorted((a, b) => b.ms - a.ms)[0] ?? NOTHING;
    const held = longest(shared, "holds");
    const onCore = shared.flatMap(({ holds }) => holds.map(({ ms, withoutCoreMs }) => ms - withoutCoreMs));
    print({
      measure: `${WRITERS} writing processes, ${kind.name}: longest an event loop was held in a commit`,
      value: held.ms,
      unit: "ms",
      limit: longest(own, "holds").ms,
      limitUnit: "ms with a data folder each",
      bar: `<= ${BAR_MS} ms`,
      met: held.ms <= BAR_MS,
      runs: ROUNDS,
      spread: spread(shared.map((one) => longest([one], "holds").ms)),
      ofThatWithoutCoreMs: held.withoutCoreMs,
      longestOnCoreMs: Math.max(0, ...onCore),
      longestWaitMs: longest(shared, "waits").ms,
      commits: median(shared.map(({ commits }) => commits)),
      refused: median(shared.map(({ refused }) => refused)),
      ms: median(shared.map(({ ms }) => ms)),
      msWithFolderEach: median(own.map(({ ms }) => ms)),
    });
  }
});
