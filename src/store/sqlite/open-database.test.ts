import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "../../base/random.ts";
import { isWorkgraphError } from "../../model/workgraph-error.ts";
import {
  callCreated,
  hold,
  holdAgain,
  itemCompleted,
  memoKey,
  itemFailed,
  itemsStarted,
  newRun,
  runStarted,
} from "../held-run.contract.ts";
import type { Store } from "../store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const NEWEST = readdirSync(new URL("./", import.meta.url)).filter((name) => name.endsWith(".sql")).length;

let root: string;
let dir: string;
let file: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "workgraph-open-"));
  dir = join(root, "deep", ".workgraph");
  file = join(dir, "workgraph.db");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function fill(): Promise<void> {
  const store = await openSqliteStore({ dir });
  const held = await hold(store, newRun("r1"));
  await held.append([runStarted, callCreated(1)]);
  for (let first = 0; first < 400; first += 40) {
    const items = Array.from({ length: 40 }, (_, n) => first + n);
    await held.append([itemsStarted(1, items), ...items.map((item) => itemCompleted(1, item, `"value ${item}"`))]);
  }
  await store.stage("r1", held.epoch, { call: 1, item: 0, first: 0, values: ["1", `"${"b".repeat(20_000)}"`] });
  await store.close();
}

/** Everything there is to read, as text; the same for an intact copy. */
async function readAll(store: Store): Promise<string> {
  const items = await store.items("r1", { limit: 1_000 });
  return JSON.stringify([
    await store.runs(),
    await store.events("r1"),
    await store.calls("r1"),
    items,
    await store.values("r1", items.items),
    await store.list("r1", { call: 1, item: 0 }, { first: 0, count: 9 }),
    await store.verify("r1"),
  ]);
}

const refusedBy = (code: string, name: string): object => ({ code, message: expect.stringContaining(name) as string });

describe("opening", () => {
  test("makes the folder and a store with our mark and the newest schema", async () => {
    await (await openSqliteStore({ dir })).close();
    const plain = new DatabaseSync(file);
    expect(plain.prepare("PRAGMA application_id").get()).toEqual({ application_id: 0x776b6772 });
    expect(plain.prepare("PRAGMA user_version").get()).toEqual({ user_version: NEWEST });
    plain.close();
  });

  test("steps of the schema are numbered one after the other", () => {
    const names = readdirSync(new URL("./", import.meta.url)).filter((name) => name.endsWith(".sql"));
    expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, i) => i + 1));
  });

  test("of two stores that make one folder at once both get the same one", async () => {
    const both = await Promise.all([openSqliteStore({ dir }), openSqliteStore({ dir })]);
    await both[0].createRun(newRun("r1"));
    expect((await both[1].run("r1"))?.runId).toBe("r1");
    for (const store of both) await store.close();
  });

  test("a newer schema is refused with both versions, and stays untouched", async () => {
    await (await openSqliteStore({ dir })).close();
    const plain = new DatabaseSync(file);
    plain.exec("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
    plain.close();
    const before = readFileSync(file);
    await expect(openSqliteStore({ dir })).rejects.toMatchObject(
      refusedBy("WG5003", `version 99, this one knows up to ${NEWEST}`),
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("a database of somebody else, a text and an empty file are refused by name", async () => {
    mkdirSync(dir, { recursive: true });
    const plain = new DatabaseSync(file);
    plain.exec("CREATE TABLE mine (x)");
    plain.close();
    await expect(openSqliteStore({ dir })).rejects.toMatchObject(refusedBy("WG5002", file));
    writeFileSync(file, "hello ".repeat(1_000));
    await expect(openSqliteStore({ dir })).rejects.toMatchObject(refusedBy("WG5002", file));
    writeFileSync(file, "");
    await expect(openSqliteStore({ dir })).rejects.toMatchObject(refusedBy("WG5002", "is empty"));
    expect(readFileSync(file, "utf8")).toBe("");
  });

  test("a folder, a link or a lone write-ahead log where a file should be is refused by name", async () => {
    mkdirSync(file, { recursive: true });
    await expect(openSqliteStore({ dir })).rejects.toMatchObject(refusedBy("WG5002", file));
    rmSync(file, { recursive: true });
    symlinkSync("/etc/hostname", file);
    await expect(openSqliteStore({ dir })).rejects.toMatchObject(refusedBy("WG5002", file));
    rmSync(file);
    writeFileSync(`${file}-wal`, "x");
    await expect(openSqliteStore({ dir })).rejects.toMatchObject(refusedBy("WG5002", "workgraph.db-wal"));
    rmSync(`${file}-wal`);
    await (await openSqliteStore({ dir })).close();
    mkdirSync(`${file}-wal`);
    await expect(openSqliteStore({ dir })).rejects.toMatchObject(refusedBy("WG5002", "workgraph.db-wal"));
  });

  test("a file where the folder should be is refused by name", async () => {
    writeFileSync(join(root, "deep"), "");
    await expect(openSqliteStore({ dir })).rejects.toMatchObject({ code: "WG5002" });
  });

  test("another program's exclusive lock is waited for, then named with what to do", async () => {
    await (await openSqliteStore({ dir })).close();
    const plain = new DatabaseSync(file);
    plain.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    await expect(openSqliteStore({ dir, busyMs: 50 })).rejects.toMatchObject(refusedBy("WG5012", file));
    const waiting = openSqliteStore({ dir, busyMs: 10_000 });
    plain.close();
    await (await waiting).close();
  });

  test("read-only: nothing there is said, what is there is read, nothing is written", async () => {
    await expect(openSqliteStore({ dir, readOnly: true })).rejects.toMatchObject({ code: "WG5014" });
    expect(existsSync(dir)).toBe(false);
    await fill();
    const store = await openSqliteStore({ dir, readOnly: true });
    expect((await store.run("r1"))?.status).toBe("interrupted");
    await expect(store.createRun(newRun("r2"))).rejects.toMatchObject({ code: "WG5005" });
    await expect(store.acquire("r1")).rejects.toMatchObject({ code: "WG5005" });
    await store.close();
  });
});

describe("writing", () => {
  test("another connection's write lock delays a commit and fails none", async () => {
    const store = await openSqliteStore({ dir });
    const held = await hold(store, newRun("r1"));
    const plain = new DatabaseSync(file);
    plain.exec("BEGIN IMMEDIATE");
    const appended = held.append([runStarted]);
    let turns = 0;
    for (; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect((await store.run("r1"))?.seq).toBe(1);
    plain.exec("ROLLBACK");
    plain.close();
    await appended;
    expect((await store.run("r1"))?.seq).toBe(2);
    await store.close();
  });

  test("a lock that stays is named, and the run goes on when it is gone", async () => {
    const store = await openSqliteStore({ dir, busyMs: 30 });
    const held = await hold(store, newRun("r1"));
    const plain = new DatabaseSync(file);
    plain.exec("BEGIN IMMEDIATE");
    await expect(held.append([runStarted])).rejects.toMatchObject(refusedBy("WG5012", file));
    plain.close();
    held.seq = 1;
    await held.append([runStarted]);
    expect((await store.run("r1"))?.seq).toBe(2);
    await store.close();
  });

  test("a full store refuses with the folder's name, keeps what was committed, and goes on when there is room", async () => {
    await fill();
    const store = await openSqliteStore({ dir, maxSizeBytes: 300_000 });
    const { epoch, seq } = await store.acquire("r1");
    const append = (value: string): Promise<void> =>
      store.append({ runId: "r1", epoch, expectedSeq: seq, events: [itemCompleted(1, 399, value)] });
    const big = `"${"x".repeat(400_000)}"`;
    await expect(append(big)).rejects.toMatchObject(refusedBy("WG5004", dir));
    expect((await store.run("r1"))?.seq).toBe(seq);
    expect(await store.verify("r1")).toBeUndefined();
    await append('"small"');
    expect((await store.run("r1"))?.seq).toBe(seq + 1);
    await store.close();
  });

  test("a mistake of ours in one run's list undoes that run's commit alone", async () => {
    const store = await openSqliteStore({ dir });
    const held = await hold(store, newRun("r1"));
    const beside = await hold(store, newRun("r2"));
    const broken = held.append([runStarted], { lists: [{ call: 1, item: 0, first: 5, values: ["1"] }] });
    const kept = beside.append([runStarted]);
    await expect(broken).rejects.toThrow("this is a bug in workgraph: a list has 0 elements");
    await kept;
    expect((await store.run("r1"))?.seq).toBe(1);
    expect((await store.run("r2"))?.seq).toBe(2);
    held.seq = 1;
    await held.append([runStarted]);
    expect(await store.verify("r1")).toBeUndefined();
    await store.close();
  });

  test("an owner that lost its run inside another process's commit is refused and writes nothing", async () => {
    const mine = await openSqliteStore({ dir });
    const held = await hold(mine, newRun("r1"));
    const beside = await hold(mine, newRun("r2"));
    const plain = new DatabaseSync(file);
    plain.exec("UPDATE run SET epoch = epoch + 1 WHERE run_id = 'r1'");
    plain.close();
    const lost = held.append([runStarted]);
    const kept = beside.append([runStarted]);
    await expect(lost).rejects.toMatchObject({ code: "WG5009" });
    await kept;
    expect((await mine.events("r1")).length).toBe(1);
    expect((await mine.run("r2"))?.seq).toBe(2);
    await mine.close();
  });
});

describe("damage", () => {
  test("a flipped byte in the log is found by verify, and not given out as an event", async () => {
    await fill();
    const plain = new DatabaseSync(file);
    plain.exec("UPDATE log SET body = replace(body, 'value 77', 'value 78') WHERE body LIKE '%value 77\"%'");
    plain.close();
    const store = await openSqliteStore({ dir });
    expect(await store.verify("r1")).toMatchObject({ reason: "its bytes do not match its hash" });
    await expect(store.events("r1")).rejects.toMatchObject(refusedBy("WG5002", file));
    await store.close();
  });

  test("a block that is rewritten together with its hash breaks the chain at the next one", async () => {
    await fill();
    const plain = new DatabaseSync(file);
    plain.exec("DELETE FROM log WHERE id = (SELECT id FROM log ORDER BY id LIMIT 1 OFFSET 3)");
    plain.close();
    const store = await openSqliteStore({ dir });
    expect(await store.verify("r1")).toMatchObject({ reason: expect.stringContaining("are missing") as string });
    await store.close();
  });

  test(
    "whatever bits are flipped or cut off, it reads as before or is refused by name",
    { timeout: 60_000 },
    async () => {
      await fill();
      const intact = await openSqliteStore({ dir });
      const expected = await readAll(intact);
      await intact.close();
      const bytes = readFileSync(file);
      const random = seededRandom(7);
      const tally = { same: 0, refused: 0 };
      for (let round = 0; round < 120; round++) {
        const copy = join(root, `copy-${round}`);
        cpSync(dir, copy, { recursive: true });
        const broken = Buffer.from(bytes);
        const at = Math.floor(random() * broken.length);
        if (round % 3 === 0) broken[at] = broken[at]! ^ (1 << Math.floor(random() * 8));
        if (round % 3 === 1) broken.fill(0, at - (at % 4096), at - (at % 4096) + 4096);
        const cut = round % 3 === 2 ? broken.subarray(0, at) : broken;
        writeFileSync(join(copy, "workgraph.db"), cut);
        try {
          const store = await openSqliteStore({ dir: copy, busyMs: 100 });
          try {
            expect(await readAll(store), `round ${round}, byte ${at}`).toBe(expected);
            tally.same++;
          } finally {
            await store.close();
          }
        } catch (error) {
          if (!isWorkgraphError(error) || !error.message.includes("workgraph.db")) throw error;
          tally.refused++;
        }
        rmSync(copy, { recursive: true });
      }
      expect(tally.refused).toBeGreaterThan(20);
      expect(tally.same).toBeGreaterThan(5);
    },
  );
});

describe("a store of the first release", () => {
  /** The same content in the tables that release had. */
  async function age(): Promise<void> {
    await fill();
    const old = join(root, "old.db");
    const plain = new DatabaseSync(old);
    plain.exec("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA application_id = 0x776b6772");
    plain.exec(readFileSync(new URL("./0001-log-and-index.sql", import.meta.url), "utf8"));
    plain.exec(`ATTACH '${file}' AS today`);
    const tables = plain.prepare(
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    );
    for (const { name } of tables.all() as { name: string }[]) {
      const columns = (plain.prepare(`PRAGMA main.table_info(${name})`).all() as { name: string }[]).map(
        (row) => row.name,
      );
      plain.exec(`INSERT INTO main.${name} SELECT ${columns.join(", ")} FROM today.${name}`);
    }
    plain.exec("DETACH today; PRAGMA user_version = 1; PRAGMA wal_checkpoint(TRUNCATE)");
    plain.close();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
    cpSync(old, file);
  }

  test("is read, and gone on with, as it was", async () => {
    await age();
    const store = await openSqliteStore({ dir });
    expect(await store.verify("r1")).toBeUndefined();
    expect(await store.run("r1")).toMatchObject({ root: "r1", priority: 0, pinned: false, counts: { completed: 400 } });
    expect((await store.runs({ level: "root" })).total).toBe(1);
    const held = await holdAgain(store, "r1");
    await held.append([itemCompleted(1, 400, '"one more"')], { memos: [{ key: memoKey("k"), call: 1, item: 400 }] });
    expect(await store.memos([memoKey("k")])).toMatchObject([{ runId: "r1", item: 400 }]);
    await store.close();
  });

  test("is extended by who only reads, too, where that may be written", async () => {
    await age();
    const store = await openSqliteStore({ dir, readOnly: true });
    expect((await store.run("r1"))?.root).toBe("r1");
    expect((await store.artifacts()).total).toBe(0);
    await store.close();
  });

  test("its errors, lines and values are found and grouped once there was time for it", async () => {
    const first = await openSqliteStore({ dir });
    const held = await hold(first, newRun("r0"));
    await held.append([callCreated(1), itemFailed(1, 0, "boom 1"), itemFailed(1, 1, "boom 2")]);
    await first.close();
    await age();
    const store = await openSqliteStore({ dir });
    expect((await store.errorGroups()).total).toBe(0);
    expect((await store.search({ text: "boom" })).hits).toEqual([]);
    for (let lag = await store.indexSome(1_000); lag.events > 0; lag = await store.indexSome(1_000));
    expect((await store.errorGroups()).groups).toMatchObject([{ count: 2, finalCount: 2, runs: 1 }]);
    expect((await store.search({ text: "boom" })).hits).toHaveLength(2);
    expect((await store.search({ text: "value 399" })).hits).toMatchObject([{ runId: "r1", item: 399 }]);
    await store.close();
  });
});
