/**
 * Which places the lists of a run have, and in what order they came about.
 *
 * R1. An item's number says when its place in the space became durable: places are added in the order of their events; a
 *     failure that may have made more adds one place that stands for it. (The runtime gives them so.)
 * R2. A failure that a resume reopened keeps its place, and nothing stands there any more.
 */
import type { RunEvent } from "../model/events.ts";
import type { CallNo, ItemNo } from "../model/ids.ts";

/** Elements that one event added, from item number `start` on. */
export interface Growth {
  readonly start: ItemNo;
  readonly parent: ItemNo;
  readonly first: number;
  readonly count: number;
  readonly failure: boolean;
  /** R2. */
  void: boolean;
}

/** One step of a path: the element `index` of what item `parent` of the space above gave. */
export interface Place {
  readonly parent: ItemNo;
  /** undefined: the place of a failure. */
  readonly index: number | undefined;
}

/** The last growth that starts at or before the item, by halving. */
export function growthAt(growth: readonly Growth[], item: ItemNo): Growth | undefined {
  let [low, high] = [0, growth.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (growth[middle]!.start <= item) low = middle;
    else high = middle - 1;
  }
  return growth[low];
}

export function placeIn(growth: readonly Growth[], item: ItemNo): Place {
  const found = growthAt(growth, item);
  if (found === undefined) return { parent: 0, index: item };
  return { parent: found.parent, index: found.failure ? undefined : found.first + (item - found.start) };
}

export class GrowthLog {
  readonly growth: Map<CallNo, Growth[]> = new Map();
  readonly #wanted: (call: CallNo) => boolean;
  readonly #yielded: Set<string> = new Set();

  constructor(wanted: (call: CallNo) => boolean) {
    this.#wanted = wanted;
  }

  /** R1. */
  apply(event: RunEvent): void {
    if (event.type === "run.resumed") for (const [call, item] of event.reopened) this.reopen(call, item);
    if (!("call" in event) || !this.#wanted(event.call)) return;
    if (event.type === "item.yielded") {
      this.#yielded.add(`${event.call}.${event.item}`);
      this.#add(event.call, { parent: event.item, first: event.first, count: event.count, failure: false });
    } else if (event.type === "item.completed") {
      if ((event.size ?? 0) === 0 || this.#yielded.has(`${event.call}.${event.item}`)) return;
      this.#add(event.call, { parent: event.item, first: 0, count: event.size!, failure: false });
    } else if (event.type === "item.failed") {
      this.#add(event.call, { parent: event.item, first: 0, count: 1, failure: true });
    } else if (event.type === "items.skipped") {
      for (const item of event.items) this.#add(event.call, { parent: item, first: 0, count: 1, failure: true });
    }
  }

  /** R2. */
  reopen(call: CallNo, item: ItemNo): void {
    for (const growth of this.growth.get(call) ?? []) if (growth.failure && growth.parent === item) growth.void = true;
  }

  #add(call: CallNo, added: Omit<Growth, "start" | "void">): void {
    const known = this.growth.get(call) ?? [];
    this.growth.set(call, known);
    const last = known.at(-1);
    known.push({ start: last === undefined ? 0 : last.start + last.count, ...added, void: false });
  }
}
