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
/** Keys looked up per turn of the event loop: 100,000 at once held it for 30 ms. */
const LOAD_PER_TURN = 8192;
/** Places left empty between items that come about out of order. */
const FAR = 1024;

/**
 * By call and item. Items of a call come about in order, so that a call's are an array from its first on; a Map of 100,000
 * cost 0.5 us an item, and a key made of both numbers 0.9 (2026-11-22, 2 cores, Node 24, bench/macro/fan-out.ts).
 */
class Kept<T> {
  readonly #calls: Map<
    number,
    { readonly first: number; readonly items: (T | undefined)[]; far: Map<number, T> | undefined }
  > = new Map();
  bytes = 0;

  get({ call, item }: ValueKey): T | undefined {
    const kept = this.#calls.get(call);
    return kept && (kept.items[item - kept.first] ?? kept.far?.get(item));
  }

  set({ call, item }: ValueKey, value: T): void {
    let kept = this.#calls.get(call);
    if (!kept) this.#calls.set(call, (kept = { first: item, items: [], far: undefined }));
    const { first, items } = kept;
    if (item < first || item > first + items.length + FAR) (kept.far ??= new Map()).set(item, value);
    else {
      while (items.length < item - first) items.push(undefined);
      items[item - first] = value;
    }
  }
}

/** R3. */
class Halves<T> {
  #newer = new Kept<T>();
  #older = new Kept<T>();

  get(key: ValueKey): T | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  set(key: ValueKey, kept: T, bytes: number): void {
    if (this.#newer.bytes + bytes > CACHE_BYTES / 2) {
      this.#older = this.#newer;
      this.#newer = new Kept();
    }
    this.#newer.set(key, kept);
    this.#newer.bytes += bytes;
  }
}

export class Values {
  readonly #store: EventStore;
  readonly #runId: string;
  readonly #results = new Halves<string>();
  readonly #lists = new Halves<readonly string[]>();

  constructor(store: EventStore, runId: string) {
    this.#store = store;
    this.#runId = runId;
  }

  keep(key: ValueKey, text: string): void {
    const bytes = text.length + 64;
    if (bytes <= CACHE_BYTES / 4) this.#results.set(key, text, bytes);
  }

  keepList(key: ValueKey, values: readonly string[]): void {
    let bytes = 0;
    for (const value of values) bytes += value.length + 32;
    if (bytes <= CACHE_BYTES) this.#lists.set(key, values, bytes);
  }

  /** The text if it is at hand. */
  peek(key: ValueKey): string | undefined {
    return key.index === undefined ? this.#results.get(key) : this.#lists.get(key)?.[key.index];
  }

  /** Texts of all keys, in order; those not at hand are read in one request per turn. */
  async load(keys: readonly ValueKey[]): Promise<string[]> {
    if (keys.length > LOAD_PER_TURN) return this.#loadLong(keys);
    const missing: ValueKey[] = [];
    const places: number[] = [];
    const texts = keys.map((key, i) => {
      const text = this.peek(key);
      if (text !== undefined) return text;
      missing.push(key);
      places.push(i);
      return "";
    });
    if (missing.length === 0) return texts;
    const read = await this.#store.values(this.#runId, missing);
    for (const [n, place] of places.entries()) {
      const text = read[n];
      if (text === undefined) {
        const key = JSON.stringify(missing[n]);
        throw new Error(`this is a bug in workgraph: no value recorded at ${key} of run ${this.#runId}`);
      }
      texts[place] = text;
    }
    return texts;
  }

  async #loadLong(keys: readonly ValueKey[]): Promise<string[]> {
    const texts: string[] = [];
    for (let first = 0; first < keys.length; first += LOAD_PER_TURN) {
      for (const text of await this.load(keys.slice(first, first + LOAD_PER_TURN))) texts.push(text);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return texts;
  }
}
