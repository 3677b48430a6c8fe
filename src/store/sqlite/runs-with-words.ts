/**
 * Runs that recorded words: for lists of runs.
 *
 * Owns: finding them. Leaves to run-rows.ts: what else a list asks of a run.
 *
 * R1. The words are gone through once for a list. Going from run to run by a lower bound is no way: with words that are the beginning
 *     of others FTS5 merges all their places at each step.
 * R2. Of log lines the newest MAX_LINES count, because lines of a run do not stand together.
 */
import type { Database } from "./database.ts";
import { matchOf } from "./match.ts";

const MAX_LINES = 20_000;

/** Numbers of runs. */
export function runsWithWords(database: Database, terms: readonly string[]): readonly number[] {
  const match = matchOf(terms);
  return database
    .all<{ run: number }>(
      "SELECT rowid / 268435456 AS run FROM search_error WHERE search_error MATCH ?1 UNION SELECT rowid / 268435456 FROM search_value WHERE search_value MATCH ?1 UNION SELECT run_no FROM (SELECT rowid AS line FROM search_line WHERE search_line MATCH ?1 ORDER BY rowid DESC LIMIT ?2) CROSS JOIN logline ON logline.id = line",
      match,
      MAX_LINES,
    )
    .map(({ run }) => run);
}
