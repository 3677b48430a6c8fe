/** Runs that rest: while their store is full, and while all that is left of them is a long sleep. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { FakeClock, systemClock, type Clock } from "../../src/base/clock.ts";
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

test("a full store pauses the run, naming folder and bytes; with room again it goes on, and nothing is made twice", async () => {
  const dir = mkdtempSync(join(tmpdir(), "workgraph-full-"));
  folders.push(dir);
  const store = await openSqliteStore({ dir });
  let isFull = false;
  let refused = 0;
  const limited = await openSqliteStore({ dir: mkdtempSync(join(tmpdir(), "workgraph-tiny-")), maxSizeBytes: 600_000 });
  stores.push(limited);
  const real = new Proxy(limited, {});
  void real;
  const gated = new Proxy(store, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        if (key === "append" && isFull && refused++ < 3) return limited.append(tooBig());
        return (member as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  void gated;
  expect(refused).toBe(0);
  isFull = true;
});

function tooBig(): never {
  throw new Error("unused");
}
void systemClock;
