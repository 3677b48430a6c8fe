/**
 * The lists of a run, from its log: which places each has, and which item stands at a place.
 *
 * Owns: spaces, members and layouts. Leaves to run-items.ts: the facts; to links.ts: what flowed between items.
 *
 * R1. A space is the chain of what its items descend from: calls, and (negative) recorded arrays. A node whose results are lists
 *     begins one; so does a list made of others.
 * R2. Combinators hold no items of their own: a place of theirs is a place of what they are made of.
 * R3. Members are the places that a list has today, in path order: what a filter left out and what a resume took away is not among
 *     them.
 */
import type { InputRef } from "../../model/events.ts";
import type { CallNo, ItemNo } from "../../model/ids.ts";
import { isJoined, layOut, layoutOf, placesOf, type Laid, type Members } from "../../model/joined-places.ts";
import { growthAt, placeIn, type Place } from "../growth-log.ts";
import type { RunItems } from "./run-items.ts";

/** One input of a call, by its parameter. */
export interface Source {
  readonly call: CallNo;
  readonly param: string;
  readonly ref: InputRef;
}

/** A place of an input. */
export interface SourcePlace {
  readonly source: Source;
  readonly place: ItemNo;
}

/** A place of an output of a combinator. */
export interface JoinedPlace {
  readonly port: number;
  readonly place: ItemNo;
}

export class RunLists {
  readonly #items: RunItems;
  readonly #laid: Map<CallNo, readonly Laid[]> = new Map();
  readonly #members: Map<string, readonly ItemNo[]> = new Map();
  readonly #memberSets: Map<readonly ItemNo[], ReadonlySet<ItemNo>> = new Map();
  readonly #ahead: Map<CallNo, ReadonlyMap<string, readonly JoinedPlace[]>> = new Map();

  constructor(items: RunItems) {
    this.#items = items;
  }

  sources(call: CallNo): readonly Source[] {
    const inputs = this.#items.calls.get(call)?.event.inputs ?? {};
    return Object.entries(inputs).map(([param, ref]) => ({ call, param, ref }));
  }

  isNode(call: CallNo): boolean {
    const kind = this.#items.calls.get(call)?.event.kind;
    return kind === "node" || kind === "subgraph" || kind === "sleep";
  }

  /** R1. A merge of parts of one list keeps its space. */
  isJoin(call: CallNo): boolean {
    const event = this.#items.calls.get(call)?.event;
    return event !== undefined && isJoined(event.kind) && event.space.length === 0;
  }

  /** The space of what an input gives. */
  spaceOf(ref: InputRef): readonly number[] {
    if (ref.from === "list") return [ref.list];
    return ref.from === "call" ? this.outputSpace(ref.call, ref.port) : [];
  }

  outputSpace(call: CallNo, port: number): readonly number[] {
    const space = this.#items.calls.get(call)?.event.space ?? [];
    if (this.isJoin(call)) return [call];
    return this.isList(call, port) ? [...space, call] : space;
  }

  /** A place of this output is an element of an item's result. Port 1 is a result taken as one value. */
  isList(call: CallNo, port: number): boolean {
    return port === 0 && this.isNode(call) && this.#items.givesLists(call);
  }

  /** The item whose result stands at a place of a node's output. */
  itemAt(call: CallNo, port: number, place: ItemNo): { readonly item: ItemNo; readonly index?: number } {
    if (!this.isList(call, port)) return { item: place };
    const { parent, index } = placeIn(this.#items.growth(call), place);
    return { item: parent, ...(index === undefined ? {} : { index }) };
  }

  /** The places that stand for an item in an output of its call. */
  placesOf(call: CallNo, port: number, item: ItemNo): readonly ItemNo[] {
    if (!this.isList(call, port)) return [item];
    return this.#items
      .growth(call)
      .filter(({ parent, void: isGone }) => parent === item && !isGone)
      .flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i));
  }

  /** The place in the space of its first `depth` sources that this place of `space` descends from. */
  ancestor(space: readonly number[], place: ItemNo, depth: number): ItemNo {
    let at = place;
    for (const source of space.slice(depth).toReversed()) at = this.#placeIn(source, at).parent;
    return at;
  }

  #placeIn(source: number, place: ItemNo): Place {
    if (source < 0 || this.isJoin(source)) return { parent: 0, index: place };
    return placeIn(this.#items.growth(source), place);
  }

  /** Where a place of a combinator comes from (R2). */
  behind(call: CallNo, port: number, place: ItemNo): readonly SourcePlace[] {
    const sources = this.sources(call);
    const kind = this.#items.calls.get(call)?.event.kind;
    if (kind === "race") {
      const winner = this.#items.winner(call);
      return (winner === undefined ? sources : [sources[winner]!]).map((source) => ({ source, place: 0 }));
    }
    if (this.isJoin(call)) {
      const at = this.#layout(call)[place]?.place;
      if (at === undefined || at === "broken") return [];
      const [source, ordinal] = kind === "concat" || kind === "merge" ? at : [port, at[port]!];
      return [{ source: sources[source]!, place: ordinal }];
    }
    if (kind === "filter") return sources.map((source) => ({ source, place }));
    // A merge: of several lists that have nothing but failures there, all.
    return sources.filter(({ ref }) => this.#has(this.membersOf(ref), place)).map((source) => ({ source, place }));
  }

  /** The places of a combinator that come from this place of one of its inputs. */
  ahead(call: CallNo, source: Source, place: ItemNo): readonly JoinedPlace[] {
    const index = this.sources(call).findIndex(({ param }) => param === source.param);
    if (this.#items.calls.get(call)?.event.kind === "race") {
      const winner = this.#items.winner(call);
      return winner === undefined || winner === index ? [{ port: 0, place: 0 }] : [];
    }
    if (!this.isJoin(call)) return this.#has(this.members(call, 0), place) ? [{ port: 0, place }] : [];
    let known = this.#ahead.get(call);
    if (known === undefined) this.#ahead.set(call, (known = this.#joinedPlaces(call)));
    return known.get(`${index}.${place}`) ?? [];
  }

  #joinedPlaces(call: CallNo): ReadonlyMap<string, readonly JoinedPlace[]> {
    const kind = layoutOf(this.#items.calls.get(call)!.event.kind);
    const found = new Map<string, JoinedPlace[]>();
    const add = (key: string, joined: JoinedPlace): void => {
      const list = found.get(key);
      if (list) list.push(joined);
      else found.set(key, [joined]);
    };
    for (const [place, { place: at, index }] of this.#layout(call).entries()) {
      if (at === "broken" || index === undefined) continue;
      if (kind === "concat") add(`${at[0]}.${at[1]}`, { port: 0, place });
      else for (const port of [0, 1] as const) add(`${port}.${at[port]}`, { port, place });
    }
    return found;
  }

  #has(members: readonly ItemNo[], place: ItemNo): boolean {
    let set = this.#memberSets.get(members);
    if (set === undefined) this.#memberSets.set(members, (set = new Set(members)));
    return set.has(place);
  }

  membersOf(ref: InputRef): readonly ItemNo[] {
    if (ref.from === "list") {
      const key = `list ${ref.list}`;
      const known = this.#members.get(key);
      if (known) return known;
      const all = Array.from({ length: this.#items.listSize(ref.list) }, (_, i) => i);
      this.#members.set(key, all);
      return all;
    }
    return ref.from === "call" ? this.members(ref.call, ref.port) : [];
  }

  /** R3. */
  members(call: CallNo, port: number): readonly ItemNo[] {
    const key = `${call}.${port}`;
    let members = this.#members.get(key);
    if (members === undefined) this.#members.set(key, (members = this.#membersNow(call, port)));
    return members;
  }

  #membersNow(call: CallNo, port: number): readonly ItemNo[] {
    const event = this.#items.calls.get(call)?.event;
    if (event === undefined) return [];
    if (event.kind === "race" || event.kind === "sleep") return [0];
    if (this.isJoin(call)) {
      const laid = this.#layout(call).map(({ index }, place) => ({ index, place }));
      return laid
        .filter(({ index }) => index !== undefined)
        .toSorted((a, b) => a.index! - b.index!)
        .map(({ place }) => place);
    }
    return this.#inPathOrder(this.outputSpace(call, port), this.#present(call, port));
  }

  #present(call: CallNo, port: number): readonly ItemNo[] {
    const { kind, space } = this.#items.calls.get(call)!.event;
    if (kind === "merge") {
      return [...new Set(this.sources(call).flatMap(({ ref }) => this.membersOf(ref)))];
    }
    if (!this.isList(call, port)) return this.#items.items(call);
    const growth = this.#items.growth(call);
    const all = growth.flatMap(({ start, count, void: isGone }) =>
      isGone ? [] : Array.from({ length: count }, (_, i) => start + i),
    );
    // What stands under an item that is gone is gone with it.
    return space.length === 0 ? all : all.filter((place) => !this.#isGone(space, growthAt(growth, place)!.parent));
  }

  #isGone(space: readonly number[], place: ItemNo): boolean {
    const source = space.at(-1);
    if (source === undefined || source < 0) return false;
    if (this.isJoin(source)) return this.#layout(source)[place]?.index === undefined;
    const growth = growthAt(this.#items.growth(source), place);
    if (growth === undefined) return false;
    return growth.void || this.#isGone(space.slice(0, -1), growth.parent);
  }

  #inPathOrder(space: readonly number[], places: readonly ItemNo[]): readonly ItemNo[] {
    const pathOf = new Map(places.map((place) => [place, this.#path(space, place)]));
    return places.toSorted((a, b) => compare(pathOf.get(a)!, pathOf.get(b)!));
  }

  #path(space: readonly number[], place: ItemNo): readonly number[] {
    const path: number[] = [];
    let at = place;
    for (const source of space.toReversed()) {
      const { parent, index } = this.isJoin(source)
        ? { parent: 0, index: this.#layout(source)[at]?.index }
        : this.#placeIn(source, at);
      path.unshift(index ?? Infinity);
      at = parent;
    }
    return path;
  }

  /** The places a joined list ever had. */
  #layout(call: CallNo): readonly Laid[] {
    const known = this.#laid.get(call);
    if (known) return known;
    const kind = layoutOf(this.#items.calls.get(call)!.event.kind);
    const noted = this.#items.joined(call);
    const now: Members = noted.at(-1) ?? this.sources(call).map(({ ref }) => this.membersOf(ref));
    const isUnmade = kind === "zip" && now !== "broken" && now[0]!.length !== now[1]!.length;
    const laid =
      noted.length === 0
        ? isUnmade
          ? []
          : placesOf(kind, now as Exclude<Members, "broken">).map((place, index) => ({ place, index }))
        : layOut(kind, noted.slice(0, -1), now);
    this.#laid.set(call, laid);
    return laid;
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
