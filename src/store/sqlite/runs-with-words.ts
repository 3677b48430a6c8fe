/**
 * Runs that recorded words, newest first: for lists of runs.
 *
 * Owns: finding them without going through their records. Leaves to run-rows.ts: what else a list asks of a run.
 *
 * R1. A run is found by its first record and the search goes on below it, so a run of a million records costs what one of three does
 *     (a union of all records took 0.5 s for a word in 1,150,000 of them; 2026-11-22, 2 busy cores).
 * R2. Of one page at most MAX_RUNS are found; `below` says where the next goes on. Of log lines the newest MAX_LINES count, because
 *     lines of a run do not stand together.
 */
import type { Database } from "./database.ts";
import { logKey } from "./keys.ts";
import { matchOf } from "./match.ts";

export interface RunsWithWords {
  /** Numbers of runs. */
  readonly runs: readonly number[];
  /** There may be more, with lower numbers than this one. */
  readonly below?: number;
}

const MAX_RUNS = 1_000;
const MAX_LINES = 20_000;

/** @param below run numbers are lower than this one */
export function runsWithWords(
  database: Database,
  about: { readonly terms: readonly string[]; readonly below: number },
): RunsWithWords {
  const match = matchOf(about.terms);
  const parts = [
    inEvents(database, "search_error", { match, below: about.below }),
    inEvents(database, "search_value", { match, below: about.below }),
    inLines(database, { match, below: about.below }),
  ];
  // What one part did not look at, another one does not speak for.
  const below = Math.max(...parts.map((part) => part.below ?? 0));
  const runs = new Set(parts.flatMap((part) => part.runs).filter((run) => run >= below));
  return { runs: [...runs], ...(below === 0 ? {} : { below }) };
}

function inEvents(
  database: Database,
  table: "search_error" | "search_value",
  about: { readonly match: string; readonly below: number },
): RunsWithWords {
  const next = `SELECT rowid / 268435456 AS run FROM ${table} WHERE ${table} MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT 1`;
  const runs: number[] = [];
  for (let { below } = about; ;) {
    const upTo = Math.min(logKey(below, 0), Number.MAX_SAFE_INTEGER);
    const found = database.get<{ run: number }>(next, about.match, upTo);
    if (found === undefined) return { runs };
    runs.push(found.run);
    below = found.run;
    if (runs.length === MAX_RUNS) return { runs, below };
  }
}

function inLines(database: Database, about: { readonly match: string; readonly below: number }): RunsWithWords {
  return {
    runs: database
      .all<{ run: number }>(
        "SELECT DISTINCT run_no AS run FROM (SELECT rowid AS line FROM search_line WHERE search_line MATCH ? ORDER BY rowid DESC LIMIT ?) CROSS JOIN logline ON logline.id = line WHERE run_no < ?",
        about.match,
        MAX_LINES,
        about.below,
      )
      .map(({ run }) => run),
  };
}
