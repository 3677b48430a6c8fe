/**
 * The words of a query as they stand in an index: a query means the beginnings of words, and FTS5 is slow with these.
 *
 * R1. For the beginning of a word FTS5 merges all places of all words that begin so before it gives the first one: of a million places
 *     30 ms, each time it is asked (2026-11-23, 2 cores, Node 24). For whole words it gives the first one at once, and finds where a
 *     run begins in 0.03 ms. So the words that begin so are looked up, and asked for by name.
 * R2. What is taken apart here must be what the index took apart: only letters and digits of ASCII are known to be the same. Another
 *     term, or one with more than MAX_FORMS words, has no forms, and whoever asks is left with the beginning (match.ts).
 * R3. FTS5 takes a bound of rowids only as an integer, and a number of JavaScript is bound as a real one: without CAST the bound is
 *     kept by looking at every place.
 */
import type { Database } from "./database.ts";

export type WordTable = "search_error" | "search_line" | "search_value";

const MAX_FORMS = 16;
const ASCII = /^[\x20-\x7e]+$/;

const opened = new WeakMap<Database, Set<WordTable>>();

/** What FTS5 is to match; "" where no record has all terms. @returns undefined by R2 */
export function formsOf(database: Database, table: WordTable, terms: readonly string[]): string | undefined {
  const parts: string[] = [];
  for (const term of terms) {
    const words = ASCII.test(term) ? term.split(/[^A-Za-z0-9]+/).filter((word) => word !== "") : [];
    const last = words.pop();
    if (last === undefined) return undefined;
    const forms = wordsFrom(database, table, last.toLowerCase());
    if (forms === undefined) return undefined;
    if (forms.length === 0) return "";
    parts.push(`(${forms.map((form) => `"${[...words, form].join(" ")}"`).join(" OR ")})`);
  }
  return parts.join(" AND ");
}

/** Words of the index that begin so. */
function wordsFrom(database: Database, table: WordTable, beginning: string): readonly string[] | undefined {
  const words = wordsOf(database, table);
  const found: string[] = [];
  for (let from = beginning; ;) {
    // Each by a query of its own: the table of words would go through all places of a word to get to the next one.
    const next = database.get<{ term: string }>(
      `SELECT term FROM ${words} WHERE term >= ? ORDER BY term LIMIT 1`,
      from,
    );
    if (next === undefined || !next.term.startsWith(beginning)) return found;
    if (found.length === MAX_FORMS) return undefined;
    found.push(next.term);
    from = `${next.term}\0`;
  }
}

/** A table of this connection alone. */
function wordsOf(database: Database, table: WordTable): string {
  const name = `temp.words_of_${table}`;
  const tables = opened.get(database) ?? new Set();
  opened.set(database, tables);
  if (!tables.has(table)) database.exec(`CREATE VIRTUAL TABLE ${name} USING fts5vocab(main, ${table}, instance)`);
  tables.add(table);
  return name;
}
