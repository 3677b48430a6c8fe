/** Results that other runs may take, in memory. */
import type { RunId } from "../../model/ids.ts";
import type { MemoGiven } from "../memo.ts";
import type { MemoEntry } from "../store.ts";

export class MemoryMemos {
  readonly #entries: Map<string, MemoEntry[]> = new Map();

  add(runId: RunId, memo: MemoGiven): void {
    const { key, call, item, at } = memo;
    const entries = this.#entries.get(key) ?? [];
    entries.push({ runId, call, item, at });
    this.#entries.set(key, entries);
  }

  newest(key: string): MemoEntry | undefined {
    return this.#entries.get(key)?.reduce((best, entry) => (entry.at >= best.at ? entry : best));
  }

  forget(runId: RunId): void {
    for (const [key, entries] of this.#entries) {
      const rest = entries.filter((entry) => entry.runId !== runId);
      if (rest.length > 0) this.#entries.set(key, rest);
      else this.#entries.delete(key);
    }
  }
}
