/**
 * What one place of a list holds, as the runtime sees it.
 *
 * Owns: the codes kept per item in typed arrays. Two meanings matter: what a consumer may see (only after the commit) and
 * what is already decided but not yet durable.
 */

/** Codes of an item inside a call, one byte each. */
export const ItemState = {
  /** Not looked at, or inputs are missing. */
  none: 0,
  /** Inputs are there; waits for a slot. */
  queued: 1,
  running: 2,
  retrying: 3,
  /** Decided; the commit is under way. Consumers still see it as pending (R: committed before anything depends on it). */
  recording: 4,
  completed: 5,
  failed: 6,
  skipped: 7,
  cancelled: 8,
  abandoned: 9,
  /** Left out by a filter, here or upstream: not part of the list. */
  absent: 10,
} as const;

/** What a consumer sees in one place. */
export type Cell = "pending" | "ok" | "failed" | "skipped" | "absent";

export function isFinal(state: number): boolean {
  return state >= ItemState.completed;
}

/** An item that failed by itself: the root of every skip behind it. */
export interface Cause {
  readonly call: number;
  readonly item: number;
}

export const causeKey = (cause: Cause): string => `${cause.call}.${cause.item}`;

/** Up to so many places are kept in a plain array: a typed one costs 0.2 us to make, and most calls have one item. */
const FEW = 32;

/** A growable byte array. Reading beyond its end gives 0. */
export class Bytes {
  #data: number[] | Uint8Array = [];

  get(index: number): number {
    return this.#data[index] ?? 0;
  }

  set(index: number, value: number): void {
    if (index >= this.#data.length) this.#data = grown(this.#data, index, Uint8Array);
    this.#data[index] = value;
  }
}

/** A growable array of unsigned 32-bit numbers. Reading beyond its end gives 0. */
export class Words {
  #data: number[] | Uint32Array = [];

  get(index: number): number {
    return this.#data[index] ?? 0;
  }

  set(index: number, value: number): void {
    if (index >= this.#data.length) this.#data = grown(this.#data, index, Uint32Array);
    this.#data[index] = value;
  }
}

/** With a place for `index`. */
function grown<T extends Uint8Array | Uint32Array>(
  data: number[] | T,
  index: number,
  Typed: new (length: number) => T,
): number[] | T {
  if (index < FEW && Array.isArray(data)) {
    while (data.length <= index) data.push(0);
    return data;
  }
  const next = new Typed(Math.max(index + 1, data.length * 2, 2 * FEW));
  next.set(data);
  return next;
}
