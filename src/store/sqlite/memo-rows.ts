/** Results that other runs may take, by memo key. */
import type { CallNo, ItemNo } from "../../model/ids.ts";
import type { MemoGiven } from "../memo.ts";
import type { MemoEntry } from "../store.ts";
import type { Database } from "./database.ts";
import { logKey, runNoOfKey } from "./keys.ts";
import { rowSum } from "./row-sum.ts";

interface StoredMemo {
  readonly id: number;
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly at: number;
  readonly sum: number;
}

export class MemoRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  write(runNo: number, memo: MemoGiven): void {
    const { key, call, item, at } = memo;
    const id = logKey(runNo, memo.seq);
    this.#database
      .statement("INSERT OR REPLACE INTO memo (id, key, call, item, at, sum) VALUES (?, ?, ?, ?, ?, ?)")
      .run(id, key, call, item, at, rowSum(id, key, call, item, at));
  }

  /** The newest entry under a key. */
  find(key: string): (Omit<MemoEntry, "runId"> & { readonly runNo: number }) | undefined {
    const row = this.#database.get<StoredMemo>(
      "SELECT id, call, item, at, sum FROM memo WHERE key = ? ORDER BY at DESC, id DESC LIMIT 1",
      key,
    );
    if (row === undefined) return undefined;
    const { id, call, item, at } = row;
    if (rowSum(id, key, call, item, at) !== row.sum)
      throw this.#database.damaged(`the entry of memo key "${key}" was changed`);
    return { runNo: runNoOfKey(id), call, item, at };
  }
}
