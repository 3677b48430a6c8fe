import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import type { Database } from "./database.ts";
import { searchTerms } from "../search.ts";
import { matchOf } from "./match.ts";
import { openDatabase } from "./open-database.ts";
import { runsWithWords, type RunRef } from "./runs-with-words.ts";

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

/** So many values of a run, each with the words. */
function record(run: number, values: number, words = "page"): void {
  database.run(
    "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2) INSERT INTO search_value (rowid, text) SELECT ?1 * 268435456 + i, ?3 || ' ' || i FROM n",
    run,
    values,
    words,
  );
}

/** Runs 1 to `count`, in a list that has all of them. */
function ask(text: string, of: { readonly count: number; readonly below?: string; readonly slowMs?: number }) {
  const candidates = (below: string | undefined, limit: number): readonly RunRef[] => {
    const first = Number(below ?? of.below ?? of.count + 1) - 1;
    return Array.from({ length: Math.min(limit, first) }, (_, n) => ({
      run_no: first - n,
      run_id: String(first - n),
    }));
  };
  const { slowMs = 60_000 } = of;
  return runsWithWords(database, { terms: searchTerms(text), most: 5, candidates, slowMs });
}

test("a word that few runs have is found in all of them", () => {
  record(1, 3);
  record(2, 5_000);
  const { among, isCut } = ask("page", { count: 2 });
  expect([new Set(among), isCut]).toEqual([new Set([1, 2]), false]);
});

test("of a word that is everywhere the newest runs are told, below a long run too", () => {
  for (let run = 1; run < 400; run++) record(run, 6);
  record(400, 5_000);
  const { among, isCut } = ask("pag", { count: 400 });
  expect([among, isCut]).toEqual([[400, 399, 398, 397, 396], false]);
});

test("where that takes too long, the next page goes on, and all pages have all runs", () => {
  const having = new Set(Array.from({ length: 50 }, (_, n) => 20 * n + 1));
  for (const run of having) record(run, 520);
  const found: number[] = [];
  let cuts = 0;
  for (let below = "1001"; ;) {
    const { among, isCut, lookedTo } = ask("page", { count: 1_000, below, slowMs: 0 });
    found.push(...among);
    if (isCut) cuts++;
    const next = lookedTo ?? (among.length === 5 ? String(among.at(-1)) : undefined);
    if (next === undefined) break;
    below = next;
  }
  expect(new Set(found)).toEqual(having);
  expect([found.length, cuts > 0]).toEqual([50, true]);
});

test("of beginnings of very many words the newest runs are told, and that there may be others", () => {
  for (let run = 1; run <= 3; run++) record(run, run === 1 ? 3 : 50_000);
  const { among, isCut, lookedTo } = ask("page 1", { count: 3 });
  expect([among.includes(3), isCut, lookedTo]).toEqual([true, false, undefined]);
  const all = ask("pagé", { count: 3 });
  expect([all.isCut, all.among.includes(3), all.among.includes(1)]).toEqual([true, true, false]);
});

test("finds what the beginnings of words mean, whatever the words are", () => {
  const random = seededRandom("words");
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const words = ["page", "pages", "Pagé", "p", "connection-was", "was", "x9", "x", "é", "con"];
  const sentence = (): string => Array.from({ length: 4 }, () => pick(words)).join(" ");
  for (let run = 1; run <= 30; run++) {
    record(run, 2, sentence());
    database.run("INSERT INTO search_error (rowid, text) VALUES (?, ?)", run * 268_435_456, sentence());
    const line =
      "INSERT INTO logline (run_no, call, item, attempt, at, level, text) VALUES (?, 1, 0, 1, 0, 'info', '')";
    database.run("INSERT INTO search_line (rowid, text) VALUES (?, ?)", database.run(line, run).id, sentence());
  }
  const tables = ["search_error", "search_value", "search_line"];
  for (let n = 0; n < 60; n++) {
    const text = pick([pick(words), `${pick(words)} ${pick(words)}`, `"${pick(words)} ${pick(words).slice(0, 2)}"`]);
    const runs = tables.flatMap((table) => {
      const found = database.all<{ id: number }>(
        `SELECT rowid AS id FROM ${table} WHERE ${table} MATCH ?`,
        matchOf(searchTerms(text)),
      );
      return found.map(({ id }) => (table === "search_line" ? id : Math.floor(id / 268_435_456)));
    });
    expect([text, new Set(ask(text, { count: 30 }).among)]).toEqual([text, new Set(runs)]);
  }
});
