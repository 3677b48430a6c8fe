/**
 * Results that other runs may take, by memo key.
 *
 * R1. Keys are random, so each row goes to a page of its own: written commit by commit, 20,000 of them were 80 MB of log and made a
 *     fan-out 3.5 times as long. Of a burst, rows wait for each other, up to MAX_WAITING, and go in by the order of their keys. The
 *     table is one tree with numbers as keys: text under a second tree cost 2.7 times the processor time of a fan-out without memos,
 *     this 1.9 times (20,000 items, 2 cores, 2026-11-22).
 * R2. What waits is found by this process at once, by others when it is written, and lost with the process: the results stand in
 *     the logs of their runs, and who asks for a memo in vain makes the result again. A few are written at once, and all of them
 *     when a run ends or is given up.
 * R3. One row per key: what is written last takes the place of what was there. What forgotten runs left is not found, and removed by
 *     the next sweep.
 */
import { crc32 } from "node:zlib";
import type { CallNo, ItemNo } from "../../model/ids.ts";
import type { MemoGiven } from "../memo.ts";
import type { MemoEntry } from "../store.ts";
import type { Database } from "./database.ts";
import { logKey, runNoOfKey } from "./keys.ts";

interface StoredMemo {
  readonly key: number;
  readonly rest: number;
  readonly id: number;
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly at: number;
  readonly sum: number;
}

type Found = Omit<MemoEntry, "runId"> & { readonly runNo: number };

/** Memos that are not a burst. */
const FEW = 64;
const MAX_WAITING = 4096;
const SWEPT_AT_ONCE = 4096;
/** `id >> 28`: the number of the run. */
const IS_KEPT = "NOT EXISTS (SELECT 1 FROM forgotten WHERE run_no = memo.id >> 28)";

export class MemoRows {
  readonly #database: Database;
  /** R2. The newest under each key. */
  readonly #waiting: Map<string, Found & { readonly id: number }> = new Map();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Inside the transaction of the commit that they belong to. */
  write(runNo: number, memos: readonly MemoGiven[]): void {
    for (const { key, call, item, at, seq } of memos)
      this.#waiting.set(key, { id: logKey(runNo, seq), runNo, call, item, at });
    if (this.#waiting.size <= FEW || this.#waiting.size >= MAX_WAITING) this.flush();
  }

  /** R1. Also called where a run ends, or is given up. */
  flush(): void {
    if (this.#waiting.size === 0) return;
    const insert = this.#database.statement(
      "INSERT OR REPLACE INTO memo (key, rest, id, call, item, at, sum) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    const rows = [...this.#waiting].map(([text, found]) => ({ ...found, key: first(text), rest: second(text) }));
    rows.sort((left, right) => left.key - right.key);
    for (const { key, rest, id, call, item, at } of rows)
      insert.run(key, rest, id, call, item, at, memoSum({ key, rest, id, call, item, at }));
    this.#waiting.clear();
  }

  /** The newest entry under each key. */
  find(keys: readonly string[]): readonly (Found | undefined)[] {
    const rows = this.#database.all<StoredMemo>(
      `SELECT key, rest, id, call, item, at, sum FROM memo WHERE key IN (SELECT value FROM json_each(?)) AND ${IS_KEPT}`,
      JSON.stringify(keys.map(first)),
    );
    const found = new Map(rows.map((row) => [row.key, row]));
    return keys.map((key) => this.#waiting.get(key) ?? this.#checked(key, found.get(first(key))));
  }

  #checked(text: string, row: StoredMemo | undefined): Found | undefined {
    if (row === undefined || row.rest !== second(text)) return undefined;
    const { key, rest, id, call, item, at, sum } = row;
    if (memoSum({ key, rest, id, call, item, at }) !== sum)
      throw this.#database.damaged(`the entry of memo key "${text}" was changed`);
    return { runNo: runNoOfKey(id), call, item, at };
  }

  /** R3. Removes what forgotten runs left among the rows behind `after`; the key of the last that was looked at, if there may be more. */
  sweep(after: number): number | undefined {
    const keys = this.#database.all<{ readonly key: number }>(
      "SELECT key FROM memo WHERE key > ? ORDER BY key LIMIT ?",
      after,
      SWEPT_AT_ONCE,
    );
    const last = keys.at(-1)?.key;
    if (last !== undefined)
      this.#database.run(`DELETE FROM memo WHERE key > ? AND key <= ? AND NOT ${IS_KEPT}`, after, last);
    return last;
  }
}

/** As `rowSum` of these cells, which went over them one by one: 4% of a fan-out that leaves memos. */
function memoSum({ key, rest, id, call, item, at }: Omit<StoredMemo, "sum">): number {
  return crc32(`${key}\n${rest}\n${id}\n${call}\n${item}\n${at}\n`);
}

/** Hex digits in 52 bits, which a number holds exactly. */
const DIGITS = 13;

function first(key: string): number {
  return Number.parseInt(key.slice(0, DIGITS), 16);
}

function second(key: string): number {
  return Number.parseInt(key.slice(DIGITS, 2 * DIGITS), 16);
}
