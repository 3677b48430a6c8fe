import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import { callCreated, hold, itemCompleted, newRun } from "../held-run.contract.ts";
import { Checkpointer } from "./checkpointer.ts";
import { openSqliteStore } from "./sqlite-store.ts";

test(
  "the write-ahead log is copied back while commits go on, and does not grow for ever",
  { timeout: 60_000 },
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "workgraph-wal-"));
    const store = await openSqliteStore({ dir });
    const held = await hold(store, newRun("r1"));
    await held.append([callCreated(1)]);
    const value = `"${"x".repeat(16_000)}"`;
    const written = 180;
    for (let commit = 0; commit < written; commit++) {
      await held.append(Array.from({ length: 64 }, (_, item) => itemCompleted(1, item, value)));
    }
    const size = (name: string): number => statSync(join(dir, name)).size;
    const writtenBytes = written * 64 * value.length;
    expect(size("workgraph.db")).toBeGreaterThan(writtenBytes / 4);
    expect(size("workgraph.db-wal")).toBeLessThan(writtenBytes);
    expect(await store.verify("r1")).toBeUndefined();
    await store.close();
    rmSync(dir, { recursive: true });
  },
);

test("a log that others made long is copied back by whoever writes next", { timeout: 60_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), "workgraph-long-"));
  const file = join(dir, "long.db");
  const other = new DatabaseSync(file);
  other.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x)");
  const resumed = vi.fn<() => void>();
  const checkpointer = new Checkpointer(file, resumed);
  const write = (megabytes: number): void => {
    for (let n = 0; n < megabytes; n++) other.exec("INSERT INTO t VALUES (zeroblob(1000000))");
  };
  checkpointer.wrote(4096);
  write(90);
  // The next look comes with the next megabyte.
  checkpointer.wrote(1024 * 1024);
  await expect.poll(() => resumed.mock.calls.length, { timeout: 50_000 }).toBe(1);
  expect(statSync(file).size).toBeGreaterThan(90_000_000);
  await checkpointer.close();
  other.close();
  rmSync(dir, { recursive: true });
});
