/**
 * The words of errors, log lines and values.
 *
 * Owns: the search_* tables, and which of their rows a query means. Leaves to search.ts: what a query is; to indexer.ts: when lines
 * and values come in.
 *
 * R1. The tables hold words and places, no text: a hit is read where it is recorded, and one whose record is gone is left out.
 * R2. Rows of one kind are asked for in the order of their keys, which FTS5 gives without sorting: a page costs what it shows, not
 *     what there is.
 */
import type { RunId } from "../../model/ids.ts";
import { errorText, lineText, noSuchPlace, SEARCH_KINDS, searchTerms, snippetOf } from "../search.ts";
import type { SearchHit, SearchKind, SearchPage, SearchQuery } from "../search.ts";
import type { Cell, Database } from "./database.ts";
import { logKey, MAX_SEQ, runNoOfKey, seqOfKey } from "./keys.ts";
import type { Lists } from "./lists.ts";
import type { LogBlocks, RunKey } from "./log-blocks.ts";
import { matchOf } from "./match.ts";
import { eventText } from "./value-text.ts";

interface Parts {
  readonly log: LogBlocks;
  readonly lists: Lists;
}

/** A place that a query found. */
interface Found {
  readonly id: number;
  readonly run_no: number;
  readonly run_id: RunId;
  readonly workflow: string;
}

interface StoredLine {
  readonly call: number;
  readonly item: number;
  readonly at: number;
  readonly text: string;
  readonly fields: string | null;
}

const TABLES: Readonly<Record<SearchKind, string>> = {
  error: "search_error",
  log: "search_line",
  value: "search_value",
};

export class SearchRows {
  readonly #database: Database;
  readonly #parts: Parts;

  constructor(database: Database, parts: Parts) {
    this.#database = database;
    this.#parts = parts;
  }

  addError(id: number, text: string): void {
    this.#add("search_error", id, text);
  }

  addLine(id: number, text: string): void {
    this.#add("search_line", id, text);
  }

  addValue(id: number, text: string): void {
    this.#add("search_value", id, text);
  }

  find(query: SearchQuery): SearchPage {
    const terms = searchTerms(query.text);
    const limit = Math.min(Math.max(query.limit ?? 50, 1), 200);
    const from = query.after === undefined ? undefined : placeOf(query.after);
    if (terms.length === 0) return { hits: [] };
    const hits: SearchHit[] = [];
    for (const kind of SEARCH_KINDS) {
      if (query.kinds !== undefined && !query.kinds.includes(kind)) continue;
      if (from !== undefined && SEARCH_KINDS.indexOf(kind) < SEARCH_KINDS.indexOf(from.kind)) continue;
      let below = from?.kind === kind ? from.id : Number.MAX_SAFE_INTEGER;
      for (;;) {
        const found = this.#page(kind, { query, match: matchOf(terms), below, limit: limit - hits.length + 1 });
        for (const place of found) {
          if (hits.length === limit) return { hits, next: `${kind}:${below}` };
          const hit = this.#hit(kind, place, terms);
          if (hit !== undefined) hits.push(hit);
          below = place.id;
        }
        // Places whose records are gone were left out: the page is filled from what follows.
        if (found.length === 0) break;
      }
    }
    return { hits };
  }

  #add(table: string, id: number, text: string): void {
    if (text === "") return;
    this.#database.statement(`INSERT INTO ${table} (rowid, text) VALUES (?, ?)`).run(id, text.toWellFormed());
  }

  #page(
    kind: SearchKind,
    page: { readonly query: SearchQuery; readonly match: string; readonly below: number; readonly limit: number },
  ): readonly Found[] {
    const { workflow, runId } = page.query;
    const table = TABLES[kind];
    // One lower and one upper bound: FTS5 takes no second one, and would walk through what is left out by it; nor one that is no
    // integer (word-forms.ts R3).
    let [first, last] = [0, page.below - 1];
    const conditions = [`${table} MATCH ?`, `${table}.rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER)`];
    if (runId !== undefined) {
      const range = this.#rangeOf(kind, runId);
      if (range === undefined) return [];
      [first, last] = [range[0], Math.min(last, range[1])];
      if (first > last) return [];
      conditions.push("run.run_id = ?");
    }
    const cells: Cell[] = [page.match, first, last, ...(runId === undefined ? [] : [runId])];
    if (workflow !== undefined) {
      conditions.push("workflow = ?");
      cells.push(workflow);
    }
    const runNo = kind === "log" ? "logline.run_no" : `${table}.rowid / 268435456`;
    // CROSS JOIN keeps the order: the words lead, everything else is looked up.
    const line = kind === "log" ? `CROSS JOIN logline ON logline.id = ${table}.rowid` : "";
    return this.#database.all<Found>(
      `SELECT ${table}.rowid AS id, run.run_no, run_id, workflow FROM ${table} ${line} CROSS JOIN run ON run.run_no = ${runNo} WHERE ${conditions.join(" AND ")} AND NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.run_no = run.run_no) ORDER BY ${table}.rowid DESC LIMIT ?`,
      ...cells,
      page.limit,
    );
  }

  /** First and last key of what a run may have in a table. */
  #rangeOf(kind: SearchKind, runId: RunId): readonly [number, number] | undefined {
    const runNo = this.#database.get<{ run_no: number }>("SELECT run_no FROM run WHERE run_id = ?", runId)?.run_no;
    if (runNo === undefined) return undefined;
    if (kind !== "log") return [logKey(runNo, 0), logKey(runNo, MAX_SEQ)];
    const lines = this.#database.get<{ first: number | null; last: number | null }>(
      "SELECT (SELECT min(id) FROM logline WHERE run_no = ?1) AS first, (SELECT max(id) FROM logline WHERE run_no = ?1) AS last",
      runNo,
    );
    return lines === undefined || lines.first === null || lines.last === null ? undefined : [lines.first, lines.last];
  }

  #hit(kind: SearchKind, found: Found, terms: readonly string[]): SearchHit | undefined {
    const { run_id: runId, run_no: runNo, workflow, id } = found;
    if (kind === "log") {
      const line = this.#database.get<StoredLine>("SELECT call, item, at, text, fields FROM logline WHERE id = ?", id);
      if (line === undefined) return undefined;
      const { call, item, at, text, fields } = line;
      const snippet = snippetOf(lineText({ text, fields }), terms);
      return { kind, runId, workflow, call, item, line: id, at, snippet };
    }
    const run: RunKey = { runId, runNo };
    const seq = seqOfKey(id);
    const event = this.#parts.log.event(run, seq)?.event;
    if (event === undefined || runNoOfKey(id) !== runNo) return undefined;
    const place = {
      ...("call" in event ? { call: event.call } : {}),
      ...("item" in event ? { item: event.item } : {}),
    };
    const text = "error" in event && event.error !== undefined && kind === "error" ? errorText(event.error) : undefined;
    const snippet = snippetOf(text ?? eventText(this.#parts, run, { seq, event }), terms);
    return { kind, runId, workflow, ...place, seq, at: event.at, snippet };
  }
}

function placeOf(after: string): { readonly kind: SearchKind; readonly id: number } {
  const [kind, id] = after.split(":");
  const known = SEARCH_KINDS.find((one) => one === kind);
  if (known === undefined || id === undefined || !/^\d{1,16}$/.test(id)) {
    throw noSuchPlace(after);
  }
  return { kind: known, id: Number(id) };
}
