import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./open-database.ts";
import { runsWithWords } from "./runs-with-words.ts";

let dir: string;
let database: Database;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "workgraph-words-"));
  database = await openDatabase({ dir, busyMs: 1_000, clock: systemClock });
});
afterEach(() => {
  database.close();
  rmSync(dir, { recursive: true });
});

/** So many values of a run, each with the word "page". */
function record(run: number, values: number): void {
  database.run(
    "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2) INSERT INTO search_value (rowid, text) SELECT ?1 * 268435456 + i, 'page ' || i FROM n",
    run,
    values,
  );
}

test("a word that few runs have is found in all of them", () => {
  record(1, 3);
  record(2, 49_990);
  const { among, isCut } = runsWithWords(database, ["page"]);
  expect([new Set(among), isCut]).toEqual([new Set([1, 2]), false]);
});

test("of a word that is everywhere the newest runs are told, and that there may be others", () => {
  for (const [run, values] of [
    [1, 3],
    [2, 50_000],
    [3, 50_000],
  ] as const)
    record(run, values);
  const { among, isCut } = runsWithWords(database, ["page"]);
  expect(isCut).toBe(true);
  expect(among).toContain(3);
  expect(among).not.toContain(1);
});
