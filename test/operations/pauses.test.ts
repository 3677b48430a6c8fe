/** Runs that rest: while their store is full, and while all that is left of them is a long sleep. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { FakeClock, type Clock } from "../../src/base/clock.ts";
import { sleep } from "../../src/define/combinators.ts";
import { node } from "../../src/define/node.ts";
import { workflow } from "../../src/define/workflow.ts";
import { LocalEngine } from "../../src/engines/local/local-engine.ts";
import { RateLimiter } from "../../src/runtime/rate-limit.ts";
import type { Run } from "../../src/runtime/run.ts";
import type { Pausing, PauseNews } from "../../src/runtime/run-options.ts";
import { resumeRun, startRun, type RunEnvironment } from "../../src/runtime/start.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import type { WorkflowDefinition } from "../../src/model/definition.ts";

const folders: string[] = [];
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function environment(store: Store, clock: Clock, pausing: Pausing): RunEnvironment {
  stores.push(store);
  return { store, clock, pausing, limiter: new RateLimiter(clock), engine: new LocalEngine({ clock }) };
}

async function start(definition: WorkflowDefinition, given: RunEnvironment): Promise<Run> {
  const started = await startRun(definition, { version: "unversioned", input: "{}" }, given);
  if (!started.created) throw new Error("an older run has its id");
  return started.run;
}

async function typesOf(store: Store, runId: string): Promise<readonly string[]> {
  const events = await store.events(runId, { limit: 10_000, values: "none" });
  return events.map(({ event }) => event.type).filter((type) => type.startsWith("run."));
}

const work = node({ id: "work" }, ({ n }: { n: number }) => n + 1);
const naps = workflow({ name: "naps" }, async () => {
  await work({ n: 1 });
  await sleep("10m");
  return work({ n: 2 });
});

async function advance(clock: FakeClock, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 500) {
    await clock.advance(500);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

test("a run of which a long sleep is left reads paused until it is over, and goes on in its process", async () => {
  const clock = new FakeClock();
  const store = openMemoryStore({ clock });
  const news: PauseNews[] = [];
  const run = await start(
    naps.definition,
    environment(store, clock, { sleeps: "wait", told: (one) => news.push(one) }),
  );
  await advance(clock, 5_000);
  expect((await store.run(run.runId))?.status).toBe("paused");
  expect(news).toEqual([{ runId: run.runId, reason: "sleep", until: expect.any(Number) as number }]);
  await advance(clock, 600_000);
  expect(await run.ended).toMatchObject({ status: "completed", output: "3" });
  expect(await typesOf(store, run.runId)).toEqual([
    "run.created",
    "run.started",
    "run.paused",
    "run.resumed",
    "run.completed",
  ]);
});

test("left to others it ends as paused, and whoever wakes it later goes on where it was", async () => {
  const clock = new FakeClock();
  const store = openMemoryStore({ clock });
  const given = environment(store, clock, { sleeps: "leave" });
  const run = await start(naps.definition, given);
  await advance(clock, 5_000);
  expect(await run.ended).toMatchObject({ status: "paused" });
  const row = await store.run(run.runId);
  expect([row?.status, row?.owner]).toEqual(["paused", undefined]);
  const last = (await store.events(run.runId)).at(-1)?.event;
  expect(last).toMatchObject({ type: "run.paused", reason: "sleep" });
  await advance(clock, 600_000);
  const again = await resumeRun(naps.definition, run.runId, given);
  await advance(clock, 2_000);
  expect(await again.ended).toMatchObject({ status: "completed", output: "3" });
});

test("a short sleep, and a long one beside work, is no pause", async () => {
  const clock = new FakeClock();
  const store = openMemoryStore({ clock });
  const slow = node({ id: "slow" }, async (_: object, ctx) => {
    await new Promise<void>((resolve) => clock.setTimer(resolve, 400_000));
    return ctx.attempt;
  });
  const beside = workflow({ name: "beside" }, async () => {
    const long = sleep("6m");
    const made = slow({});
    await sleep("50s");
    await long;
    return made;
  });
  const run = await start(beside.definition, environment(store, clock, { sleeps: "leave" }));
  await advance(clock, 420_000);
  expect(await run.ended).toMatchObject({ status: "completed" });
  expect(await typesOf(store, run.runId)).toEqual(["run.created", "run.started", "run.completed"]);
});

/** Takes up so much of a store that is limited to LIMIT_BYTES that a few results fit, and gives it back. */
const LIMIT_BYTES = 2_000_000;
const JUNK_BYTES = 1_500_000;

async function limitedStore(): Promise<{ readonly dir: string; readonly store: Store; readonly makeRoom: () => void }> {
  const dir = mkdtempSync(join(tmpdir(), "workgraph-full-"));
  folders.push(dir);
  await (await openSqliteStore({ dir })).close();
  const other = new DatabaseSync(join(dir, "workgraph.db"), { timeout: 10_000 });
  other.exec("CREATE TABLE junk (bytes BLOB)");
  other.prepare("INSERT INTO junk VALUES (zeroblob(?))").run(JUNK_BYTES);
  const makeRoom = (): void => {
    other.exec("DELETE FROM junk");
    other.close();
  };
  return { dir, store: await openSqliteStore({ dir, maxSizeBytes: LIMIT_BYTES }), makeRoom };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(5);
}

test("a full store pauses the run, naming folder and bytes; with room again it goes on, and nothing is made twice", async () => {
  const { dir, store, makeRoom } = await limitedStore();
  const count = 60;
  const made: number[] = [];
  const fat = node({ id: "fat", concurrency: 8 }, async ({ n }: { n: number }, ctx) => {
    await setTimeout(n % 4);
    ctx.log.info(`made ${n}`);
    made.push(n);
    return { n, text: randomBytes(15_000).toString("base64") };
  });
  const list = Array.from({ length: count }, (_, n) => n);
  const flow = workflow({ name: "flow" }, async () => (await fat({ n: list })).map(({ n }) => n));
  const clock = new FakeClock();
  const news: PauseNews[] = [];
  const run = await start(
    flow.definition,
    environment(store, clock, { sleeps: "leave", told: (one) => news.push(one) }),
  );
  let ended = false;
  const over = run.ended.finally(() => (ended = true));
  await until(() => news.length > 0 || ended);
  const [told] = news;
  if (told?.reason !== "store-full") throw new Error(`it was told ${told?.reason}`);
  expect(told.error.message).toContain(dir);
  expect(told.error.message).toMatch(/the store has \d+ bytes, \d+ are free on its disk/);
  expect(made.length).toBeLessThan(count);
  // It is tried again and again, and is still full.
  for (let second = 0; second < 3; second++) {
    await clock.advance(1_000);
    await setTimeout(10);
  }
  expect(news).toHaveLength(1);
  makeRoom();
  while (!ended) {
    await clock.advance(1_000);
    await setTimeout(2);
  }
  expect(await over).toMatchObject({ status: "completed", output: JSON.stringify(list) });
  expect(made.toSorted((a, b) => a - b)).toEqual(list);
  expect(news.map(({ reason }) => reason)).toEqual(["store-full", "room"]);
  expect(await store.verify(run.runId)).toBeUndefined();
});
