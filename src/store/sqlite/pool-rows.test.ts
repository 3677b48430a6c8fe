/** Pools that several processes share; two stores on one folder stand for two processes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock, type Clock } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { PoolSlots } from "../pool-slots.ts";
import type { Store } from "../store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

let dir: string;
let stores: Store[];

/** Who waits is waited for within a time, which a busy machine may let pass between two lines. */
let now = 1_790_000_000_000;
const clock: Clock = { ...systemClock, now: () => ++now };

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "workgraph-pools-"));
  const open = (): Promise<Store> => openSqliteStore({ dir, clock });
  stores = [await open(), await open(), await open()];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const ask = (index: number, using: number, want: number, slots = 4): ReturnType<Store["leasePool"]> =>
  stores[index]!.leasePool({ pool: "p", slots, using, want });

test("who comes second waits for what the first uses, and then both get their share", async () => {
  expect(await ask(0, 0, 8)).toEqual({ granted: 4, contended: false });
  expect(await ask(1, 0, 8)).toEqual({ granted: 0, contended: true });
  expect(await ask(0, 4, 8)).toEqual({ granted: 4, contended: true });
  expect(await ask(0, 3, 8)).toEqual({ granted: 3, contended: true });
  expect(await ask(1, 0, 8)).toMatchObject({ granted: 1 });
  expect(await ask(0, 1, 8)).toMatchObject({ granted: 2 });
  expect(await ask(1, 1, 8)).toMatchObject({ granted: 2 });
  expect(await ask(0, 0, 0)).toMatchObject({ granted: 0 });
  expect(await ask(1, 2, 8)).toEqual({ granted: 4, contended: false });
});

test("one slot goes in turn to those who wait for it", async () => {
  expect(await ask(0, 0, 9, 1)).toMatchObject({ granted: 1 });
  expect(await ask(1, 0, 9, 1)).toMatchObject({ granted: 0 });
  expect(await ask(2, 0, 9, 1)).toMatchObject({ granted: 0 });
  expect(await ask(0, 0, 9, 1)).toMatchObject({ granted: 0 });
  expect(await ask(2, 0, 9, 1)).toMatchObject({ granted: 0 });
  expect(await ask(1, 0, 9, 1)).toMatchObject({ granted: 1 });
  expect(await ask(1, 0, 9, 1)).toMatchObject({ granted: 0 });
  expect(await ask(0, 0, 9, 1)).toMatchObject({ granted: 0 });
  expect(await ask(2, 0, 9, 1)).toMatchObject({ granted: 1 });
});

test("what a dead process held is free", async () => {
  const plain = new DatabaseSync(join(dir, "workgraph.db"));
  plain.exec("INSERT INTO pool_lease VALUES ('p', 'dead', 4, 4, 9, 0, 0)");
  plain.close();
  expect(await ask(0, 0, 2)).toEqual({ granted: 4, contended: false });
});

test("what a closed store held is free", async () => {
  await ask(0, 0, 4);
  await stores[0]!.close();
  expect(await ask(1, 0, 4)).toEqual({ granted: 4, contended: false });
});

test("the smallest number of slots that somebody names counts", async () => {
  expect(await ask(0, 0, 1, 2)).toMatchObject({ granted: 2 });
  expect(await ask(0, 1, 1, 2)).toMatchObject({ granted: 2 });
  await ask(1, 0, 9, 10);
  expect(await ask(0, 1, 1, 2)).toMatchObject({ granted: 1 });
  expect(await ask(1, 0, 9, 10)).toMatchObject({ granted: 1 });
});

test("never more are in use than there are, whoever takes and gives back, and everybody gets on", async () => {
  const random = seededRandom(3);
  const pools = stores.map((store) => new PoolSlots(store));
  let inUse = 0;
  let most = 0;
  const done = [0, 0, 0];
  const work = async (index: number): Promise<void> => {
    const release = await pools[index]!.acquire({ pool: "p", slots: 3 });
    most = Math.max(most, ++inUse);
    for (let turns = Math.floor(random() * 6); turns >= 0; turns--)
      await new Promise((resolve) => setImmediate(resolve));
    inUse--;
    done[index]!++;
    release();
    release();
  };
  await Promise.all(Array.from({ length: 60 }, (_, n) => work(n % 3)));
  expect(most).toBe(3);
  expect(done).toEqual([20, 20, 20]);
});

test("who gives up waiting is out of the line", async () => {
  const pool = new PoolSlots(stores[0]!);
  const release = await pool.acquire({ pool: "p", slots: 1 });
  const abort = new AbortController();
  const waiting = pool.acquire({ pool: "p", slots: 1, signal: abort.signal });
  const behind = pool.acquire({ pool: "p", slots: 1 });
  abort.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(pool.acquire({ pool: "p", slots: 1, signal: abort.signal })).rejects.toThrow("enough");
  release();
  (await behind)();
});

test("alone on a pool, taking and giving back writes once", async () => {
  const plain = new DatabaseSync(join(dir, "workgraph.db"));
  const version = (): unknown => plain.prepare("PRAGMA data_version").get();
  const pool = new PoolSlots(stores[0]!);
  (await pool.acquire({ pool: "p", slots: 2 }))();
  const before = version();
  for (let n = 0; n < 200; n++) (await pool.acquire({ pool: "p", slots: 2 }))();
  expect(version()).toEqual(before);
  plain.close();
});
