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

/** A growable byte array. Reading beyond its end gives 0. */
export class Bytes {
  #data: Uint8Array = new Uint8Array(16);

  get(index: number): number {
    return this.#data[index] ?? 0;
  }

  set(index: number, value: number): void {
    if (index >= this.#data.length) {
      const next = new Uint8Array(Math.max(index + 1, this.#data.length * 2));
      next.set(this.#data);
      this.#data = next;
    }
    this.#data[index] = value;
  }
}

/** A growable array of unsigned 32-bit numbers. Reading beyond its end gives 0. */
export class Words {
  #data: Uint32Array = new Uint32Array(16);

  get(index: number): number {
    return this.#data[index] ?? 0;
  }

  set(index: number, value: number): void {
    if (index >= this.#data.length) {
      const next = new Uint32Array(Math.max(index + 1, this.#data.length * 2));
      next.set(this.#data);
      this.#data = next;
    }
    this.#data[index] = value;
  }
}
