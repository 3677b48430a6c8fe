/**
 * Runs that recorded words: for lists of runs.
 *
 * Owns: finding them. Leaves to run-rows.ts: what else a list asks of a run.
 *
 * R1. With words that are the beginning of others FTS5 merges all their places before it gives the first one (of a million: 60 ms a
 *     word), and again for each lower bound. So values are gone through from the newest on, MAX_HITS of them; where these end in one
 *     long run, once more below it, unless that took its time already.
 * R2. Of log lines the newest MAX_LINES count, because lines of a run do not stand together.
 * R3. Where a bound was reached, older runs may have the words, too: that is said.
 */
import { systemClock } from "../../base/clock.ts";
import type { Database } from "./database.ts";
import { matchOf } from "./match.ts";

const MAX_HITS = 50_000;
const MAX_LINES = 20_000;
/** R1. Above it, nobody is kept waiting for a second round. */
const SLOW_MS = 80;
/** A rowid of errors and values is the number of its run, times this, and its place in the run. */
const PLACES = 268_435_456;

export interface RunsWithWords {
  /** Numbers of runs. */
  readonly among: readonly number[];
  /** R3. */
  readonly isCut: boolean;
}

interface Hits {
  readonly run: number;
  readonly hits: number;
}

export function runsWithWords(database: Database, terms: readonly string[]): RunsWithWords {
  const match = matchOf(terms);
  const found = [
    runsWith("search_error", database, match),
    runsWith("search_value", database, match),
    runsWithLines(database, match),
  ];
  return { among: [...new Set(found.flatMap(({ among }) => among))], isCut: found.some(({ isCut }) => isCut) };
}

/** R1. */
function runsWith(table: "search_error" | "search_value", database: Database, match: string): RunsWithWords {
  const since = systemClock.perf();
  const first = piece(Number.MAX_SAFE_INTEGER);
  const among = first.map(({ run }) => run);
  if (countOf(first) < MAX_HITS) return { among, isCut: false };
  if (systemClock.perf() - since > SLOW_MS) return { among, isCut: true };
  const second = piece(among[0]! * PLACES);
  return { among: [...among, ...second.map(({ run }) => run)], isCut: countOf(second) === MAX_HITS };

  /** By run, the oldest first. */
  function piece(below: number): readonly Hits[] {
    return database.all<Hits>(
      `SELECT id / ${PLACES} AS run, count(*) AS hits FROM (SELECT rowid AS id FROM ${table} WHERE ${table} MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?) GROUP BY 1 ORDER BY 1`,
      match,
      below,
      MAX_HITS,
    );
  }
}

/** R2. */
function runsWithLines(database: Database, match: string): RunsWithWords {
  const found = database.all<Hits>(
    "SELECT run_no AS run, count(*) AS hits FROM (SELECT rowid AS line FROM search_line WHERE search_line MATCH ? ORDER BY rowid DESC LIMIT ?) CROSS JOIN logline ON logline.id = line GROUP BY 1",
    match,
    MAX_LINES,
  );
  return { among: found.map(({ run }) => run), isCut: countOf(found) === MAX_LINES };
}

function countOf(found: readonly Hits[]): number {
  return found.reduce((sum, { hits }) => sum + hits, 0);
}
