/**
 * Encoded values on their way from one item to the next.
 *
 * Owns: a bounded cache of what was just recorded, so that a consumer that follows at once reads no database.
 *
 * R1. The cache holds text, never decoded objects: every consumer decodes afresh.
 * R2. It is bounded by bytes, oldest out first; what is gone is read from the store.
 * R3. Results go out by halves: a Map that is added to and deleted from keeps dead tables alive (running.ts).
 */
import type { EventStore, ValueKey } from "../store/store.ts";

const CACHE_BYTES = 8 * 1024 * 1024;
const SLOT = 2 ** 24;
const keyOf = (key: ValueKey): number => key.call * SLOT + key.item;

export class Values {
  readonly #store: EventStore;
  readonly #runId: string;
  /** R3. */
  #results: Map<number, string> = new Map();
  #olderResults: Map<number, string> = new Map();
  readonly #lists: Map<number, { readonly first: number; readonly values: readonly string[]; readonly bytes: number }> =
    new Map();
  #resultBytes = 0;
  #listBytes = 0;

  constructor(store: EventStore, runId: string) {
    this.#store = store;
    this.#runId = runId;
  }

  keep(key: ValueKey, text: string): void {
    const size = text.length + 64;
    if (size > CACHE_BYTES / 4) return;
    if (this.#resultBytes + size > CACHE_BYTES / 2) {
      this.#olderResults = this.#results;
      this.#results = new Map();
      this.#resultBytes = 0;
    }
    this.#results.set(keyOf(key), text);
    this.#resultBytes += size;
  }

  keepList(key: ValueKey, values: readonly string[]): void {
    let bytes = 0;
    for (const value of values) bytes += value.length + 32;
    if (bytes > CACHE_BYTES) return;
    this.#lists.set(keyOf(key), { first: 0, values, bytes });
    this.#listBytes += bytes;
    while (this.#listBytes > CACHE_BYTES) {
      const [oldest, old] = this.#lists.entries().next().value!;
      this.#lists.delete(oldest);
      this.#listBytes -= old.bytes;
    }
  }

  /** The text if it is at hand. */
  peek(key: ValueKey): string | undefined {
    return key.index === undefined
      ? (this.#results.get(keyOf(key)) ?? this.#olderResults.get(keyOf(key)))
      : this.#lists.get(keyOf(key))?.values[key.index];
  }

  /** Texts of all keys, in order; those not at hand are read in one request. */
  async load(keys: readonly ValueKey[]): Promise<string[]> {
    const texts = keys.map((key) => this.peek(key));
    const missing: number[] = [];
    for (const [i, text] of texts.entries()) if (text === undefined) missing.push(i);
    if (missing.length > 0) {
      const read = await this.#store.values(
        this.#runId,
        missing.map((i) => keys[i]!),
      );
      for (const [n, i] of missing.entries()) texts[i] = read[n];
    }
    return texts.map((text, i) => {
      if (text === undefined)
        throw new Error(
          `this is a bug in workgraph: no value recorded at ${JSON.stringify(keys[i])} of run ${this.#runId}`,
        );
      return text;
    });
  }
}
