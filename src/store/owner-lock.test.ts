import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunStatus } from "../model/status.ts";
import { hold, holdAgain, newRun, runStarted, take } from "./held-run.contract.ts";
import { OwnerLock } from "./owner-lock.ts";
import { openSqliteStore } from "./sqlite/sqlite-store.ts";

let dir: string;
const children: ChildProcessByStdio<null, Readable, null>[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "workgraph-owner-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  rmSync(dir, { recursive: true, force: true });
});

function start(mode: "hold" | "append"): ChildProcessByStdio<null, Readable, null> {
  const file = new URL("./sqlite/fixtures/own-a-run.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file, dir, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  return child;
}

async function kill(child: ChildProcessByStdio<null, Readable, null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

describe("the owner lock", () => {
  test("is alive while it is held, also for another store of the same process, and dead after", () => {
    const mine = new OwnerLock(dir, "A");
    const other = new OwnerLock(dir, "B");
    expect(other.isAlive("A")).toBe(false);
    mine.hold();
    mine.hold();
    expect([mine.isAlive("A"), other.isAlive("A"), other.isAlive("B")]).toEqual([true, true, false]);
    other.sweep();
    expect(other.isAlive("A")).toBe(true);
    mine.release();
    expect([mine.isAlive("A"), other.isAlive("A")]).toEqual([false, false]);
    expect(readdirSync(join(dir, "owners"))).toEqual([]);
  });

  test("a lock file that is no database is nobody's and is removed", () => {
    const lock = new OwnerLock(dir, "A");
    lock.hold();
    const odd = join(dir, "owners", "B.db");
    writeFileSync(odd, "not a database at all, but long enough to have a header of a hundred bytes".repeat(10));
    mkdirSync(join(dir, "owners", "C.db"));
    lock.sweep();
    expect(existsSync(odd)).toBe(false);
    expect(lock.isAlive("C")).toBe(false);
    lock.release();
  });
});

describe("two processes on one folder", () => {
  test(
    "a living owner is named, a stopped one still owns, a killed one has died once",
    { timeout: 30_000 },
    async () => {
      const store = await openSqliteStore({ dir });
      await store.createRun(newRun("r1"));
      const child = start("hold");
      await once(child.stdout, "data");
      const refused = { code: "WG5006", message: expect.stringContaining(`pid ${child.pid}`) as string };
      await expect(store.acquire("r1")).rejects.toMatchObject(refused);
      expect(await store.run("r1")).toMatchObject({ owner: { pid: child.pid, alive: true }, ownerDeaths: 0 });
      child.kill("SIGSTOP");
      await expect(store.acquire("r1")).rejects.toMatchObject(refused);
      await kill(child);
      expect(await store.run("r1")).toMatchObject({ owner: { pid: child.pid, alive: false }, ownerDeaths: 0 });
      expect(await store.acquire("r1")).toEqual({ epoch: 2, seq: 1 });
      expect(await store.run("r1")).toMatchObject({ owner: { pid: process.pid, alive: true }, ownerDeaths: 1 });
      await store.close();
    },
  );

  test("this process writes and reads while another writes to a run of its own", { timeout: 30_000 }, async () => {
    const store = await openSqliteStore({ dir });
    await store.createRun(newRun("r1"));
    const child = start("append");
    await once(child.stdout, "data");
    const seen = await take(store.tail("r1"), 50);
    expect(seen.map((event) => event.seq)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    const mine = await hold(store, newRun("r2"));
    for (let n = 0; n < 200; n++) await mine.append([runStarted]);
    expect((await store.run("r2"))?.seq).toBe(201);
    await kill(child);
    expect(await store.verify("r2")).toBeUndefined();
    await store.close();
  });

  test("a run whose owner was killed before its first commit reads as interrupted, and can be taken", async () => {
    const store = await openSqliteStore({ dir });
    await store.createRun(newRun("r1"));
    const child = start("hold");
    await once(child.stdout, "data");
    expect((await store.runs({ status: "queued" })).total).toBe(1);
    await kill(child);
    expect((await store.run("r1"))?.status).toBe("interrupted");
    const totals = ["queued", "running", "interrupted"].map(
      async (status) => (await store.runs({ status: status as RunStatus })).total,
    );
    expect(await Promise.all(totals)).toEqual([0, 0, 1]);
    const held = await holdAgain(store, "r1");
    expect((await store.run("r1"))?.status).toBe("queued");
    await store.release("r1", held.epoch);
    await store.close();
  });

  test("what a killed process had acknowledged is there, whole and in order", { timeout: 30_000 }, async () => {
    const store = await openSqliteStore({ dir });
    await store.createRun(newRun("r1"));
    let said = "";
    const child = start("append");
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.length > 2_000) child.kill("SIGKILL");
    });
    await once(child, "close");
    const acknowledged = Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
    const held = await holdAgain(store, "r1");
    expect(held.seq).toBeGreaterThanOrEqual(acknowledged);
    expect(await store.verify("r1")).toBeUndefined();
    const events = await store.events("r1", { after: 1, limit: 100_000 });
    expect(events.map((event) => event.value)).toEqual(events.map((event) => `${event.seq}`));
    await store.close();
  });
});
