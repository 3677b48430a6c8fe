/**
 * Results that other runs may take, by memo key.
 *
 * R1. Keys are random, so each row goes to a page of its own: written commit by commit, 20,000 of them were 80 MB of log and made a
 *     fan-out 3.5 times as long. Of a burst, rows wait for each other, up to MAX_WAITING, and go in by the order of their keys.
 * R2. What waits is found by this process at once, by others when it is written, and lost with the process: the results stand in
 *     the logs of their runs, and who asks for a memo in vain makes the result again. A few are written at once, and all of them
 *     when a run ends or is given up.
 */
import type { CallNo, ItemNo } from "../../model/ids.ts";
import type { MemoGiven } from "../memo.ts";
import type { MemoEntry } from "../store.ts";
import type { Database } from "./database.ts";
import { logKey, runNoOfKey } from "./keys.ts";
import { rowSum } from "./row-sum.ts";

interface StoredMemo {
  readonly key: string;
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
      "INSERT OR REPLACE INTO memo (id, key, call, item, at, sum) VALUES (?, ?, ?, ?, ?, ?)",
    );
    const rows = [...this.#waiting].sort(([left], [right]) => (left < right ? -1 : 1));
    for (const [key, { id, call, item, at }] of rows)
      insert.run(id, key, call, item, at, rowSum(id, key, call, item, at));
    this.#waiting.clear();
  }

  /** The newest entry under each key. */
  find(keys: readonly string[]): readonly (Found | undefined)[] {
    const rows = this.#database.all<StoredMemo>(
      "SELECT key, id, call, item, at, sum FROM memo WHERE key IN (SELECT value FROM json_each(?)) ORDER BY at, id",
      JSON.stringify(keys),
    );
    const found = new Map<string, Found>();
    for (const { key, id, call, item, at, sum } of rows) {
      if (rowSum(id, key, call, item, at) !== sum)
        throw this.#database.damaged(`the entry of memo key "${key}" was changed`);
      found.set(key, { runNo: runNoOfKey(id), call, item, at });
    }
    return keys.map((key) => this.#waiting.get(key) ?? found.get(key));
  }
}
