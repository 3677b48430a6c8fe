/**
 * Elements of lists, in chunks.
 *
 * R1. A chunk that is written replaces whatever the list held from its first element on; what comes before stays.
 * R2. A chunk holds at most CHUNK_ELEMENTS elements and about CHUNK_UNITS of text; an element above INLINE_UNITS is a blob.
 */
import { jsonText, parseJson } from "../../base/primordials.ts";
import { assert } from "../../base/assert.ts";
import type { ItemNo } from "../../model/ids.ts";
import { assertEncoded, INLINE_UNITS } from "../log-line.ts";
import type { ListChunk } from "../store.ts";
import { readTextBlob, writeBlob } from "./blobs.ts";
import type { Database } from "./database.ts";
import { rowSum } from "./row-sum.ts";

const CHUNK_ELEMENTS = 256;
const CHUNK_UNITS = 256 * 1024;

interface StoredChunk {
  readonly id: number;
  readonly first: number;
  readonly n: number;
  readonly body: string;
  readonly keys: string | null;
  readonly sum: number;
}

/** The list of one (call, item) of a run. */
export interface ListPlace {
  readonly runNo: number;
  /** Negative for a recorded plain array. */
  readonly call: number;
  readonly item: ItemNo;
}

export interface ListPart {
  readonly values: readonly string[];
  readonly keys?: readonly string[];
}

const WHERE = "run_no = ? AND call = ? AND item = ?";
const COLUMNS = "id, first, n, body, keys, sum";

export class Lists {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  write(runNo: number, chunk: ListChunk): void {
    assert(
      chunk.keys === undefined || chunk.keys.length === chunk.values.length,
      "a list chunk has as many keys as values",
    );
    const place = { runNo, call: chunk.call, item: chunk.item };
    this.#cut(place, chunk.first);
    let start = 0;
    while (start < chunk.values.length) {
      const lines: string[] = [];
      let units = 0;
      while (start + lines.length < chunk.values.length && lines.length < CHUNK_ELEMENTS && units < CHUNK_UNITS) {
        const line = this.#line(chunk.values[start + lines.length] as string);
        lines.push(line);
        units += line.length;
      }
      this.#insert(place, { first: chunk.first + start, lines, keys: chunk.keys?.slice(start, start + lines.length) });
      start += lines.length;
    }
  }

  read(place: ListPlace, range: { readonly first: number; readonly count: number }): ListPart {
    const values: string[] = [];
    const keys: string[] = [];
    let keyed = false;
    const end = range.first + range.count;
    const chunks = this.#database.all<StoredChunk>(
      `SELECT ${COLUMNS} FROM list WHERE ${WHERE} AND first > ? AND first < ? ORDER BY first`,
      ...cells(place),
      range.first - CHUNK_ELEMENTS,
      end,
    );
    for (const chunk of chunks) {
      const from = Math.max(0, range.first - chunk.first);
      const to = Math.min(chunk.n, end - chunk.first);
      if (from >= to) continue;
      const lines = this.#lines(place, chunk);
      for (let at = from; at < to; at++) values.push(this.#value(lines[at] as string));
      if (chunk.keys === null) continue;
      keyed = true;
      keys.push(...(parseJson(chunk.keys) as string[]).slice(from, to));
    }
    return keyed ? { values, keys } : { values };
  }

  /** Reads single elements; those of one chunk that are asked for in a row decode it once. */
  elements(): (place: ListPlace, index: number) => string | undefined {
    let at: { readonly place: ListPlace; readonly chunk: StoredChunk; readonly lines: readonly string[] } | undefined;
    return (place, index) => {
      if (
        at === undefined ||
        at.place.call !== place.call ||
        at.place.item !== place.item ||
        index < at.chunk.first ||
        index >= at.chunk.first + at.chunk.n
      ) {
        const chunk = this.#chunkAt(place, index);
        if (chunk === undefined || index >= chunk.first + chunk.n) return undefined;
        at = { place, chunk, lines: this.#lines(place, chunk) };
      }
      return this.#value(at.lines[index - at.chunk.first] as string);
    };
  }

  #cut(place: ListPlace, first: number): void {
    if (first > 0) {
      const before = this.#chunkAt(place, first - 1);
      const end = before === undefined ? 0 : before.first + before.n;
      assert(end >= first, `a list has ${end} elements, but element ${first} is given next`);
      if (before !== undefined && end > first) {
        this.#database.run("DELETE FROM list WHERE id = ?", before.id);
        const keep = first - before.first;
        const keys = before.keys === null ? undefined : (parseJson(before.keys) as string[]).slice(0, keep);
        this.#insert(place, { first: before.first, lines: this.#lines(place, before).slice(0, keep), keys });
      }
    }
    this.#database.run(`DELETE FROM list WHERE ${WHERE} AND first >= ?`, ...cells(place), first);
  }

  #insert(
    place: ListPlace,
    chunk: { readonly first: number; readonly lines: readonly string[]; readonly keys: readonly string[] | undefined },
  ): void {
    const body = chunk.lines.join("\n");
    const keys = chunk.keys === undefined ? null : jsonText(chunk.keys);
    this.#database.run(
      "INSERT INTO list (run_no, call, item, first, n, body, keys, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...cells(place),
      chunk.first,
      chunk.lines.length,
      body,
      keys,
      rowSum(...cells(place), chunk.first, chunk.lines.length, body, keys),
    );
  }

  #chunkAt(place: ListPlace, index: number): StoredChunk | undefined {
    return this.#database.get<StoredChunk>(
      `SELECT ${COLUMNS} FROM list WHERE ${WHERE} AND first <= ? ORDER BY first DESC LIMIT 1`,
      ...cells(place),
      index,
    );
  }

  #lines(place: ListPlace, chunk: StoredChunk): readonly string[] {
    if (rowSum(...cells(place), chunk.first, chunk.n, chunk.body, chunk.keys) !== chunk.sum) {
      throw this.#database.damaged(`elements of the list at call ${place.call}, item ${place.item} were changed`);
    }
    return chunk.body.split("\n");
  }

  #line(value: string): string {
    assertEncoded(value);
    return value.length <= INLINE_UNITS ? value : `#${writeBlob(this.#database, Buffer.from(value, "utf8"))}`;
  }

  #value(line: string): string {
    return line.startsWith("#") ? readTextBlob(this.#database, line.slice(1)) : line;
  }
}

function cells(place: ListPlace): [number, number, number] {
  return [place.runNo, place.call, place.item];
}
