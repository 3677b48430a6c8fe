import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callCreated, hold, itemCompleted, newRun } from "../held-run.contract.ts";
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
