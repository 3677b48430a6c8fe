/**
 * Runs that recorded words: for lists of runs.
 *
 * Owns: finding them. Leaves to word-forms.ts: words as the index has them; to run-rows.ts: what else a list asks of a run.
 *
 * R1. Words that few have are gone through to the last one. Of words that many have, runs are asked one after the other, the newest
 *     first, until a page is full: 0.1 ms a run. What lies between takes a little of both.
 * R2. It takes about SLOW_MS, whatever there is, once LEAST_ASKED runs were asked. A list that is not full by then says from which run on
 *     nobody has looked, and the next page goes on there: all pages together have all runs.
 * R3. Beginnings that cannot be asked by word (word-forms.ts R2) are gone through from the newest on, MAX_HITS of them; where these end in
 *     one long run, once more below it, unless that took its time already. Of log lines the newest MAX_LINES count, because lines of a
 *     run do not stand together. Where a bound was reached, older runs may have the words, too: that is said, and no page has them.
 *
 * With 50,000 runs and one of 1,000,000 items, a word that all have: 12 ms of processor time instead of 105; and a page of runs where
 * going through hits had found the long run and no other (2026-11-23, 2 cores, Node 24, the store of bench/macro/history.ts).
 */
import { systemClock } from "../../base/clock.ts";
import type { RunId } from "../../model/ids.ts";
import type { Database } from "./database.ts";
import { matchOf } from "./match.ts";
import { formsOf, type WordTable } from "./word-forms.ts";

const MAX_HITS = 50_000;
const MAX_LINES = 20_000;
const SLOW_MS = 80;
const LEAST_ASKED = 64;
/** R1. Hits that are gone through before a run is asked, and after ASKED_FIRST were. */
const FEW_HITS = 1_024;
const MANY_HITS = 16_384;
const ASKED_FIRST = 200;
/** Hits, or runs, of one statement. */
const CHUNK = 512;
/** A rowid of errors and values is the number of its run, times this, and its place in the run. */
const PLACES = 268_435_456;

export interface RunRef {
  readonly run_no: number;
  readonly run_id: RunId;
}

export interface WordQuestion {
  readonly terms: readonly string[];
  /** So many runs fill a page. */
  readonly most: number;
  /** Runs that the list may have, below one of them, the newest first. */
  readonly candidates: (below: RunId | undefined, limit: number) => readonly RunRef[];
  /** Default SLOW_MS. */
  readonly slowMs?: number;
}

export interface RunsWithWords {
  /** Numbers of runs. */
  readonly among: readonly number[];
  /** R2, R3. */
  readonly isCut: boolean;
  /** R2. The last run that was asked. */
  readonly lookedTo?: RunId;
}

interface Hits {
  readonly run: number;
  readonly hits: number;
}

export function runsWithWords(database: Database, asked: WordQuestion): RunsWithWords {
  const until = systemClock.perf() + (asked.slowMs ?? SLOW_MS);
  const words = wordsIn(database, asked.terms);
  if (words === undefined) return newestHits(database, asked.terms);
  const few = words.all(FEW_HITS);
  if (few !== undefined) return { among: few, isCut: false };
  const walk = new Walk(words, asked);
  if (walk.go({ runs: ASKED_FIRST, until })) return { among: walk.found, isCut: false };
  const many = words.all(MANY_HITS);
  if (many !== undefined) return { among: many, isCut: false };
  if (walk.go({ runs: Number.POSITIVE_INFINITY, until })) return { among: walk.found, isCut: false };
  return { among: walk.found, isCut: true, ...(walk.last === undefined ? {} : { lookedTo: walk.last }) };
}

/** R1. */
class Walk {
  readonly found: number[] = [];
  last: RunId | undefined;
  readonly #words: Words;
  readonly #asked: WordQuestion;
  /** That were asked. */
  #runs = 0;

  constructor(words: Words, asked: WordQuestion) {
    this.#words = words;
    this.#asked = asked;
  }

  /** Says whether the page is full, or there is no other run. */
  go({ runs, until }: { readonly runs: number; readonly until: number }): boolean {
    const { candidates, most } = this.#asked;
    for (let left = runs; left > 0;) {
      const next = candidates(this.last, Math.min(CHUNK, left));
      if (next.length === 0) return true;
      for (const { run_no: run, run_id: id } of next) {
        if (this.#words.has(run)) this.found.push(run);
        this.last = id;
        if (this.found.length >= most) return true;
        if (++this.#runs >= LEAST_ASKED && systemClock.perf() >= until) return false;
      }
      left -= next.length;
    }
    return false;
  }
}

/** The words of a question, in the tables that have all of them. */
class Words {
  readonly #database: Database;
  readonly #matches: ReadonlyMap<WordTable, string>;

  constructor(database: Database, matches: ReadonlyMap<WordTable, string>) {
    this.#database = database;
    this.#matches = matches;
  }

  /** @returns undefined where that takes more than so many hits of a table; of a long run only the first ones count */
  all(hits: number): readonly number[] | undefined {
    const runs = new Set<number>();
    for (const [table, match] of this.#matches) {
      const found = table === "search_line" ? this.#linesOf(match, hits) : this.#runsOf({ table, match }, hits);
      if (found === undefined) return undefined;
      for (const run of found) runs.add(run);
    }
    return [...runs];
  }

  has(run: number): boolean {
    for (const [table, match] of this.#matches) {
      const found =
        table === "search_line"
          ? this.#database.get(LINE_OF_RUN, match, run)
          : this.#database.get(
              `SELECT 1 FROM ${table} WHERE ${table} MATCH ? AND rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER) LIMIT 1`,
              match,
              run * PLACES,
              (run + 1) * PLACES - 1,
            );
      if (found !== undefined) return true;
    }
    return false;
  }

  #runsOf(of: { readonly table: WordTable; readonly match: string }, hits: number): readonly number[] | undefined {
    const { table, match } = of;
    const runs: number[] = [];
    for (let left = hits, from = 0; left > 0; left -= CHUNK) {
      const found = this.#database.all<Hits>(
        `SELECT id / ${PLACES} AS run, count(*) AS hits FROM (SELECT rowid AS id FROM ${table} WHERE ${table} MATCH ? AND rowid >= CAST(? AS INTEGER) ORDER BY rowid LIMIT ${CHUNK}) GROUP BY 1 ORDER BY 1`,
        match,
        from,
      );
      runs.push(...found.map(({ run }) => run));
      if (countOf(found) < CHUNK) return runs;
      from = (runs.at(-1)! + 1) * PLACES;
    }
    return undefined;
  }

  #linesOf(match: string, lines: number): readonly number[] | undefined {
    const found = this.#database.all<Hits>(`${LINES} GROUP BY 1`, match, lines);
    return countOf(found) < lines ? found.map(({ run }) => run) : undefined;
  }
}

const LINES =
  "SELECT run_no AS run, count(*) AS hits FROM (SELECT rowid AS line FROM search_line WHERE search_line MATCH ? ORDER BY rowid DESC LIMIT ?) LEFT JOIN logline ON logline.id = line";

/** Without lines of the run there is no bound, so one is made that nothing is in. */
const LINE_OF_RUN =
  "SELECT 1 FROM search_line CROSS JOIN logline ON logline.id = search_line.rowid WHERE search_line MATCH ?1 AND search_line.rowid BETWEEN coalesce((SELECT min(id) FROM logline WHERE run_no = ?2), 1) AND coalesce((SELECT max(id) FROM logline WHERE run_no = ?2), 0) AND run_no = ?2 LIMIT 1";

function wordsIn(database: Database, terms: readonly string[]): Words | undefined {
  const matches = new Map<WordTable, string>();
  for (const table of ["search_error", "search_value", "search_line"] as const) {
    const match = formsOf(database, table, terms);
    if (match === undefined) return undefined;
    if (match !== "") matches.set(table, match);
  }
  return new Words(database, matches);
}

/** R3. */
function newestHits(database: Database, terms: readonly string[]): RunsWithWords {
  const match = matchOf(terms);
  const lines = database.all<Hits>(`${LINES} GROUP BY 1`, match, MAX_LINES);
  const found = [
    runsWith("search_error", database, match),
    runsWith("search_value", database, match),
    { among: lines.map(({ run }) => run), isCut: countOf(lines) === MAX_LINES },
  ];
  return { among: [...new Set(found.flatMap(({ among }) => among))], isCut: found.some(({ isCut }) => isCut) };
}

/** R3. */
function runsWith(table: WordTable, database: Database, match: string): RunsWithWords {
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
      `SELECT id / ${PLACES} AS run, count(*) AS hits FROM (SELECT rowid AS id FROM ${table} WHERE ${table} MATCH ? AND rowid < CAST(? AS INTEGER) ORDER BY rowid DESC LIMIT ?) GROUP BY 1 ORDER BY 1`,
      match,
      below,
      MAX_HITS,
    );
  }
}

function countOf(found: readonly Hits[]): number {
  return found.reduce((sum, { hits }) => sum + hits, 0);
}
