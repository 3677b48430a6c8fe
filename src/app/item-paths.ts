/**
 * Where items came from: the places they descend from, and these as text: `fetch_urls[3]/split[intro]`.
 *
 * Owns: reading the places of items off the log. Leaves to growth-log.ts: the places of what a node's results make; to
 * model/joined-places.ts: those of lists made of others.
 *
 * R1. A space begins at a call or at a recorded array.
 * R2. The log is read only where the order of item numbers may not be that of the elements: for spaces within spaces, after a
 *     failure, and after a resume.
 * R3. The one item of a call that maps nothing has the path ".".
 */
import type { CallNo, ItemNo } from "../model/ids.ts";
import { isJoined, layOut, layoutOf, type Members } from "../model/joined-places.ts";
import type { CallRow, EventStore, RunRow } from "../store/store.ts";
import { GrowthLog, placeIn, type Growth, type Place } from "./growth-log.ts";

const PAGE_EVENTS = 5_000;
/** How lists made of others came to be laid out, and what results made. */
interface PlaceLog {
  readonly growth: ReadonlyMap<CallNo, readonly Growth[]>;
  readonly joined: ReadonlyMap<CallNo, readonly Members[]>;
}

const FAILED = ["failed", "abandoned", "cancelled", "skipped"] as const;

export class ItemPlaces {
  readonly #store: EventStore;
  readonly #run: RunRow;
  readonly #calls: ReadonlyMap<CallNo, CallRow>;
  #log: Promise<PlaceLog> | undefined;

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
    const { growth, joined } = await (this.#log ??= this.#readLog());
    const kind = this.#calls.get(source)?.event.kind;
    if (kind !== undefined && isJoined(kind)) {
      const noted = joined.get(source) ?? [];
      const laid = noted.length === 0 ? [] : layOut(layoutOf(kind), noted.slice(0, -1), noted.at(-1)!);
      return items.map((item) => ({
        parent: 0,
        index: laid[item] === undefined ? item : laid[item].place === "broken" ? undefined : laid[item].index,
      }));
    }
    const grown = growth.get(source) ?? [];
    return items.map((item) => placeIn(grown, item));
  }

  /** R2. */
  #inOrder(source: number): boolean {
    const call = this.#calls.get(source);
    if (call === undefined) return true;
    const { kind, space } = call.event;
    if (this.#run.epoch > 1) return kind !== "node" && kind !== "subgraph" && !isJoined(kind);
    if (kind !== "node" && kind !== "subgraph") return true;
    return space.length === 0 && !FAILED.some((status) => (call.counts[status] ?? 0) > 0);
  }

  async #readLog(): Promise<PlaceLog> {
    const sources = new Set([...this.#calls.values()].flatMap((call) => call.event.space));
    const log = new GrowthLog((call) => sources.has(call));
    const joined = new Map<CallNo, Members[]>();
    for (let after = 0; ;) {
      const page = await this.#store.events(this.#run.runId, { after, limit: PAGE_EVENTS, values: "none" });
      for (const { event } of page) {
        log.apply(event);
        if (event.type !== "call.joined") continue;
        const members = event.members ?? "broken";
        joined.set(event.call, [...(joined.get(event.call) ?? []), members]);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_EVENTS) return { growth: log.growth, joined };
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
