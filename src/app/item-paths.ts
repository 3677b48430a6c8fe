/**
 * Where items came from: the places they descend from, and these as text: `fetch_urls[3]/split[intro]`.
 *
 * Owns: reading the places of items off the log. Leaves to the runtime: giving them (its rule, repeated here as R1).
 *
 * R1. An item's number says when its place in the space became durable: places are added in the order of their events; a
 *     failure that may have made more adds one place that stands for it. A space begins at a call or at a recorded array.
 * R2. The log is read only where that order is not the order of the elements: for spaces within spaces, and after a failure.
 * R3. The one item of a call that maps nothing has the path ".".
 */
import type { RunEvent } from "../model/events.ts";
import type { CallNo, ItemNo } from "../model/ids.ts";
import type { CallRow, EventStore, RunRow } from "../store/store.ts";

/** One step of a path: the element `index` of what item `parent` of the space above gave. */
export interface Place {
  readonly parent: ItemNo;
  /** undefined: the place of a failure. */
  readonly index: number | undefined;
}

/** Elements that one event added, from item number `start` on. */
interface Growth {
  readonly start: ItemNo;
  readonly parent: ItemNo;
  readonly first: number;
  readonly count: number;
  readonly failure: boolean;
}

const PAGE_EVENTS = 5_000;
const FAILED = ["failed", "abandoned", "cancelled", "skipped"] as const;

export class ItemPlaces {
  readonly #store: EventStore;
  readonly #run: RunRow;
  readonly #calls: ReadonlyMap<CallNo, CallRow>;
  #growth: Promise<ReadonlyMap<CallNo, readonly Growth[]>> | undefined;

  constructor(store: EventStore, run: RunRow, calls: ReadonlyMap<CallNo, CallRow>) {
    this.#store = store;
    this.#run = run;
    this.#calls = calls;
  }

  /** Paths of items of one space, in the order asked. */
  async paths(space: readonly number[], items: readonly ItemNo[]): Promise<readonly string[]> {
    const steps: string[][] = items.map(() => []);
    let numbers: readonly ItemNo[] = items;
    for (const source of space.toReversed()) {
      const places = await this.#places(source, numbers);
      const keys = await this.#keys(source, places);
      const label = this.#label(source);
      places.forEach((place, position) => {
        if (place.index !== undefined) steps[position]!.unshift(`${label}[${keys.get(keyOf(place)) ?? place.index}]`);
      });
      numbers = places.map((place) => place.parent);
    }
    return steps.map((parts) => (parts.length === 0 ? "." : parts.join("/")));
  }

  /** The number, in the space of its first `depth` steps, of the item that this one descends from. */
  async ancestor(space: readonly number[], item: ItemNo, depth: number): Promise<ItemNo> {
    let number = item;
    for (const source of space.slice(depth).toReversed()) number = (await this.place(source, number)).parent;
    return number;
  }

  /** What the item that begins with `source` stands at. */
  async place(source: number, item: ItemNo): Promise<Place> {
    const [place] = await this.#places(source, [item]);
    return place!;
  }

  /** The node of a call; of a recorded array the parameter that it was first passed to. */
  #label(source: number): string {
    if (source > 0) return this.#calls.get(source)?.event.node ?? `call ${source}`;
    for (const { event } of this.#calls.values()) {
      for (const [param, ref] of Object.entries(event.inputs)) {
        if (ref.from === "list" && ref.list === source) return param;
      }
    }
    return "list";
  }

  async #places(source: number, items: readonly ItemNo[]): Promise<readonly Place[]> {
    if (this.#inOrder(source)) return items.map((item) => ({ parent: 0, index: item }));
    const growth = (await this.#allGrowth()).get(source) ?? [];
    return items.map((item) => placeOf(growth, item));
  }

  /** R2. */
  #inOrder(source: number): boolean {
    const call = this.#calls.get(source);
    if (call === undefined || call.event.kind !== "node") return true;
    const failed = FAILED.some((status) => (call.counts[status] ?? 0) > 0);
    return call.event.space.length === 0 && !failed && this.#run.epoch <= 1;
  }

  #allGrowth(): Promise<ReadonlyMap<CallNo, readonly Growth[]>> {
    this.#growth ??= this.#readGrowth();
    return this.#growth;
  }

  async #readGrowth(): Promise<ReadonlyMap<CallNo, readonly Growth[]>> {
    const log = new GrowthLog(new Set([...this.#calls.values()].flatMap((call) => call.event.space)));
    for (let after = 0; ;) {
      const page = await this.#store.events(this.#run.runId, { after, limit: PAGE_EVENTS, values: "none" });
      for (const { event } of page) log.apply(event);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_EVENTS) return log.growth;
      after = last.seq;
    }
  }

  /** Stable keys of elements, where the node gives them. */
  async #keys(source: number, places: readonly Place[]): Promise<ReadonlyMap<string, string>> {
    const keys = new Map<string, string>();
    if (this.#calls.get(source)?.event.kind !== "node") return keys;
    for (const [parent, group] of Map.groupBy(places, (place) => place.parent)) {
      const indexes = group.map((place) => place.index).filter((index) => index !== undefined);
      if (indexes.length === 0) continue;
      const first = indexes.reduce((least, index) => Math.min(least, index));
      const last = indexes.reduce((most, index) => Math.max(most, index));
      const list = { call: source, item: parent };
      // Most nodes give none: one element is asked for before all are.
      const probe = await this.#store.list(this.#run.runId, list, { first, count: 1 });
      if (probe.keys === undefined) continue;
      const all = await this.#store.list(this.#run.runId, list, { first, count: last - first + 1 });
      all.keys?.forEach((key, offset) => keys.set(keyOf({ parent, index: first + offset }), key));
    }
    return keys;
  }
}

function keyOf({ parent, index }: Place): string {
  return `${parent}.${index}`;
}

/** The last growth that starts at or before the item, by halving. */
function placeOf(growth: readonly Growth[], item: ItemNo): Place {
  let [low, high] = [0, growth.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (growth[middle]!.start <= item) low = middle;
    else high = middle - 1;
  }
  const found = growth[low];
  if (found === undefined) return { parent: 0, index: item };
  return { parent: found.parent, index: found.failure ? undefined : found.first + (item - found.start) };
}

/** R1, for the calls that begin a space. */
class GrowthLog {
  readonly growth: Map<CallNo, Growth[]> = new Map();
  readonly #sources: ReadonlySet<number>;
  readonly #yielded: Set<string> = new Set();

  constructor(sources: ReadonlySet<number>) {
    this.#sources = sources;
  }

  apply(event: RunEvent): void {
    if (!("call" in event) || !this.#sources.has(event.call)) return;
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

  #add(call: CallNo, added: Omit<Growth, "start">): void {
    const known = this.growth.get(call) ?? [];
    this.growth.set(call, known);
    const last = known.at(-1);
    known.push({ start: last === undefined ? 0 : last.start + last.count, ...added });
  }
}
