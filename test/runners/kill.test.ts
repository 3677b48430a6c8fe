/**
 * Kill -9 of the server, of runners, and of both, while 20 runs are on their way: nothing recorded is lost, changed or executed again,
 * no run reads "running" without a living owner, and all of them come to their end by themselves.
 *
 * 5 kills of each kind by default, with 4 runners. `WORKGRAPH_KILLS=100 WORKGRAPH_RUNNERS=20 npx vitest run test/runners/kill`
 * kills 100 times each with all 20 runs in processes; `WORKGRAPH_SEED=...` chooses other moments.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { audit, type Effect, type Sight } from "../crash/audit.ts";
import { decidedTwice, recordedIn } from "../crash/killed-run.ts";
import { killGroup, lives, RunnerProject, Served } from "./served.ts";
import { falselyRunning } from "./standing.ts";

const KILLS = Number(process.env["WORKGRAPH_KILLS"] ?? 5);
const RUNNERS = Number(process.env["WORKGRAPH_RUNNERS"] ?? 4);
const SEED = process.env["WORKGRAPH_SEED"] ?? "runners";
const RUNS = 20;
const INPUT = { n: 16, ms: 12 };
const ENDING_MS = 500;
/** `work` two at once, and results that wait for their commit: twenty processes write to one store, and an item takes 12 ms. */
const AT_ONCE = 10;
const WORDS = ["--runners", String(RUNNERS)];

let project: RunnerProject;
let server: Served;
/** Ms that each start of a server took. */
let starts: number[];
/** Runs that are followed, with what was seen of each. */
let sights: Map<string, Sight[]>;
/** The output and the values of a run that nobody disturbed. */
let reference: { readonly output: string; readonly recorded: readonly string[] };
let finished: number;

beforeEach(async () => {
  project = new RunnerProject();
  starts = [];
  sights = new Map();
  finished = 0;
  server = await Served.start(project, WORDS);
  const runId = await server.launch("batch", INPUT);
  while ((await project.row(runId)).endedAt === undefined) await sleep(20);
  reference = { output: await outputOf(runId), recorded: (await look(runId)).values };
}, 30_000);
afterEach(() => project.remove());

async function outputOf(runId: string): Promise<string> {
  const { seq } = await project.row(runId);
  return String(await (await project.store()).eventValue(runId, seq));
}

async function look(runId: string): Promise<{ readonly sight: Sight; readonly values: readonly string[] }> {
  const store = await project.store();
  const { recorded, values } = await recordedIn(store, runId);
  const twice = await decidedTwice(store, runId);
  const bad = await store.verify(runId);
  // What is recorded has its line already: lines are counted afterwards.
  const effects = effectsOf(runId).length;
  return { sight: { effects, recorded, twice, ...(bad ? { broken: bad.reason } : {}) }, values };
}

function effectsOf(runId: string): Effect[] {
  return project.lines().filter((line) => String(line["key"]).startsWith(`${runId}.`)) as unknown as Effect[];
}

/** No run stands as running that does not. A process that is being ended has its lock until its last thread is gone. */
async function expectHonest(): Promise<void> {
  for (const { runId, epoch, why } of falselyRunning(await project.rows(), lives)) {
    const stands = async (): Promise<boolean> => {
      const row = await project.row(runId);
      return row.status === "running" && row.epoch === epoch;
    };
    await expect.poll(stands, { message: `${runId}: ${why}`, timeout: ENDING_MS, interval: 10 }).toBe(false);
  }
}

/** Keeps RUNS on their way. */
async function launchMore(): Promise<void> {
  for (const runId of sights.keys()) if ((await project.row(runId)).endedAt !== undefined) await finish(runId);
  await Promise.all(
    Array.from({ length: RUNS - sights.size }, async () => sights.set(await server.launch("batch", INPUT), [])),
  );
}

/** The verdict over a run that has ended. */
async function finish(runId: string): Promise<void> {
  const row = await project.row(runId);
  const { sight, values } = await look(runId);
  const seen = {
    effects: effectsOf(runId),
    sights: [...sights.get(runId)!, sight],
    output: await outputOf(runId),
    status: row.status,
  };
  const rules = { recorded: values, reference, kills: row.ownerDeaths, atOnce: AT_ONCE };
  expect(audit(seen, rules), `seed "${SEED}", run ${runId}`).toEqual([]);
  sights.delete(runId);
  finished++;
}

async function owners(): Promise<readonly number[]> {
  return (await project.rows()).flatMap(({ status, owner }) =>
    status === "running" && owner?.alive === true ? [owner.pid] : [],
  );
}

async function killServer(): Promise<void> {
  await server.kill();
  await expectHonest();
  server = await Served.start(project, WORDS);
  starts.push(server.startMs);
}

const KINDS: Readonly<Record<string, (random: () => number) => Promise<void>>> = {
  "the server": () => killServer(),
  "a runner": async (random) => {
    const pids = await owners();
    const pid = pids[Math.floor(random() * pids.length)];
    if (pid !== undefined) killGroup(pid);
  },
  "the server and its runners": async () => {
    for (const pid of await owners()) killGroup(pid);
    await killServer();
  },
};

describe.each(Object.entries(KINDS))("kill -9 of %s", (name, kill) => {
  test(`${KILLS} times under ${RUNS} runs`, { timeout: 60_000 + KILLS * 15_000 }, async () => {
    const random = seededRandom(`${SEED} ${name}`);
    for (let kills = 0; kills < KILLS; kills++) {
      await launchMore();
      await expect.poll(async () => (await owners()).length, { timeout: 20_000 }).toBeGreaterThan(0);
      await sleep(random() * 250);
      for (const [runId, seen] of sights) seen.push((await look(runId)).sight);
      await kill(random);
      await expectHonest();
    }
    const ended = async (): Promise<boolean> => {
      await expectHonest();
      return (await project.rows()).every(({ endedAt }) => endedAt !== undefined);
    };
    await expect.poll(ended, { timeout: 60_000, interval: 200 }).toBe(true);
    for (const runId of sights.keys()) await finish(runId);
    expect(finished).toBeGreaterThanOrEqual(RUNS);
    if (KILLS >= 20) {
      const slowest = starts.length === 0 ? "" : `, server back within ${Math.round(Math.max(...starts))} ms`;
      process.stdout.write(`${KILLS} kills of ${name}: ${finished} runs, all verdicts zero${slowest}\n`);
    }
  });
});
