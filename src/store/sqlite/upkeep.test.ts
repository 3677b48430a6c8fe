import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Held } from "../held-run.contract.ts";
import { callCreated, hold, itemCompleted, itemFailed, newRun, runStarted } from "../held-run.contract.ts";
import type { Store } from "../store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

let root: string;
let dir: string;
let store: Store;
let held: Held;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "workgraph-upkeep-"));
  dir = join(root, ".workgraph");
  store = await openSqliteStore({ dir });
  held = await hold(store, newRun("r1"));
  await held.append([runStarted, callCreated(1)]);
  for (let item = 0; item < 20; item++) await held.append([itemCompleted(1, item, `"value ${item}"`)]);
  await held.append([itemCompleted(1, 20, `"${"b".repeat(20_000)}"`), itemFailed(1, 21)]);
});
afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

function change(sql: string): void {
  const plain = new DatabaseSync(join(dir, "workgraph.db"));
  plain.exec(sql);
  plain.close();
}

test("health tells sizes, schema, free room and whether it can be written", async () => {
  const health = await store.health();
  expect(health).toMatchObject({ file: join(dir, "workgraph.db"), writable: true });
  expect(health.sizeBytes).toBeGreaterThan(4096);
  expect(health.walBytes).toBeGreaterThan(0);
  expect(health.schema).toBe(
    readdirSync(new URL("./", import.meta.url)).filter((name) => name.endsWith(".sql")).length,
  );
  expect(health.freeBytes).toBeGreaterThan(1024);
  const reader = await openSqliteStore({ dir, readOnly: true });
  expect(await reader.health()).toMatchObject({ writable: false });
  await reader.close();
});

describe("a copy", () => {
  test("holds everything as it stood at one moment, while the run goes on", async () => {
    const file = join(root, "copies", "workgraph.db");
    let going = true;
    const writing = (async () => {
      for (let item = 100; going; item++) {
        await held.append([itemCompleted(1, item, `"${"later ".repeat(200)}"`)]);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const { sizeBytes } = await store.backup(file);
    going = false;
    await writing;
    expect(sizeBytes).toBeGreaterThan(4096);
    const copy = await openSqliteStore({ dir: join(root, "copies") });
    expect(await copy.verify("r1")).toBeUndefined();
    const row = await copy.run("r1");
    expect(row).toMatchObject({ status: "interrupted" });
    expect(row!.seq).toBeGreaterThanOrEqual(25);
    expect(row!.seq).toBeLessThanOrEqual((await store.run("r1"))!.seq);
    expect(row!.counts.completed).toBe(row!.seq - 4);
    expect((await copy.errorGroups()).total).toBe(1);
    expect((await copy.search({ text: "boom" })).hits).toHaveLength(1);
    const { epoch } = await copy.acquire("r1");
    await copy.release("r1", epoch);
    await copy.close();
  });

  test("replaces nothing, and what cannot be written leaves nothing behind", async () => {
    const there = join(root, "there.db");
    writeFileSync(there, "mine");
    await expect(store.backup(there)).rejects.toMatchObject({ code: "WG5064" });
    await expect(store.backup(join(there, "below.db"))).rejects.toMatchObject({ code: "WG5064" });
    expect(readdirSync(root).toSorted()).toEqual([".workgraph", "there.db"]);
    expect(existsSync(there)).toBe(true);
  });
});

describe("what damage has left", () => {
  test("of an intact run is everything", async () => {
    expect(await store.salvage("r1")).toEqual({ validTo: 25, missingValues: [] });
    await expect(store.salvage("no")).rejects.toMatchObject({ code: "WG5001" });
  });

  test("is what stands before a changed block, and can be read", async () => {
    change("UPDATE log SET body = replace(body, 'value 9', 'value 8') WHERE body LIKE '%\"value 9\"%'");
    const fresh = await openSqliteStore({ dir });
    const salvage = await fresh.salvage("r1");
    expect(salvage).toEqual({
      validTo: 12,
      lost: { fromSeq: 13, toSeq: 25, reason: "its bytes do not match its hash" },
      missingValues: [],
    });
    const events = await fresh.events("r1", { limit: salvage.validTo });
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
    await expect(fresh.events("r1")).rejects.toMatchObject({ code: "WG5002" });
    await fresh.close();
  });

  test("is what stands before a gap, or before an end that is missing", async () => {
    change("DELETE FROM log WHERE id % 268435456 IN (7, 8)");
    expect(await store.salvage("r1")).toMatchObject({
      validTo: 6,
      lost: { fromSeq: 7, toSeq: 25, reason: "events 7 to 8 are missing" },
    });
    change("DELETE FROM log WHERE id % 268435456 > 5");
    expect(await store.salvage("r1")).toMatchObject({
      validTo: 5,
      lost: { fromSeq: 6, toSeq: 25, reason: "its end is missing" },
    });
    change("DELETE FROM log");
    expect(await store.salvage("r1")).toMatchObject({ validTo: 0, lost: { fromSeq: 1 } });
  });

  test("names the values that are gone", async () => {
    change("DELETE FROM blob");
    expect(await store.salvage("r1")).toMatchObject({ validTo: 25, missingValues: [{ seq: 24 }] });
  });
});
