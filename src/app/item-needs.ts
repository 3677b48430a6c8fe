/**
 * Which items an item waited for, for a profile.
 *
 * R1. What the log proves and nothing else: places of mapped lists, members of gathered sets, objects out of awaited results.
 * R2. What is asked for every item of a call is worked out once for the call.
 */
import type { Need, Needs } from "../analysis/profile-log.ts";
import type { CallNo, ItemNo } from "../model/ids.ts";
import { RunLinks, type Link } from "./lineage/links.ts";
import type { RunItems } from "./lineage/run-items.ts";
import { RunLists, type Source } from "./lineage/run-lists.ts";

export class ItemNeeds implements Needs {
  readonly #items: RunItems;
  readonly #lists: RunLists;
  readonly #links: RunLinks;
  readonly #whole: Map<CallNo, readonly CallNo[]> = new Map();
  /** R2: members of sets, by the item that gathers them. */
  readonly #sets: Map<Source, ReadonlyMap<ItemNo, readonly Need[]>> = new Map();
  readonly #sources: Map<CallNo, readonly Source[]> = new Map();

  constructor(items: RunItems) {
    this.#items = items;
    this.#lists = new RunLists(items);
    this.#links = new RunLinks(items, this.#lists);
  }

  *own(call: CallNo, item: ItemNo): Generator<Need> {
    const base = this.#items.calls.get(call)?.event.space;
    if (base === undefined) return;
    for (const source of this.#sourcesOf(call)) {
      const { ref } = source;
      if (ref.from !== "call") continue;
      if (ref.how === "gather") {
        if (this.#isPart(base, source)) yield* this.#setsOf(base, source).get(item) ?? [];
        continue;
      }
      const place = this.#lists.ancestor(base, item, this.#lists.spaceOf(ref).length);
      yield* this.#at(source, place);
    }
  }

  whole(call: CallNo): readonly CallNo[] {
    let known = this.#whole.get(call);
    if (known === undefined) {
      const base = this.#items.calls.get(call)?.event.space ?? [];
      known = this.#sourcesOf(call).flatMap((source) =>
        source.ref.from === "call" && source.ref.how === "gather" && !this.#isPart(base, source)
          ? [source.ref.call]
          : [],
      );
      this.#whole.set(call, known);
    }
    return known;
  }

  *awaited(call: CallNo, item: ItemNo): Generator<Need> {
    const base = this.#items.calls.get(call)?.event.space;
    if (base === undefined) return;
    for (const { param, ref } of this.#sourcesOf(call)) {
      if (ref.from === "call") continue;
      const element = ref.from === "list" ? this.#lists.ancestor(base, item, 1) : 0;
      const kind = ref.from === "list" ? "list" : "value";
      for (const link of this.#links.plain({ kind, call, param, element })) yield* needOf(link);
    }
  }

  #sourcesOf(call: CallNo): readonly Source[] {
    let known = this.#sources.get(call);
    if (known === undefined) this.#sources.set(call, (known = this.#lists.sources(call)));
    return known;
  }

  /** A gathered list whose items descend from those of the call: each item gathers its own. */
  #isPart(base: readonly number[], { ref }: Source): boolean {
    const space = this.#lists.spaceOf(ref);
    return base.length > 0 && space.length > base.length && base.every((source, depth) => space[depth] === source);
  }

  #setsOf(base: readonly number[], source: Source): ReadonlyMap<ItemNo, readonly Need[]> {
    const known = this.#sets.get(source);
    if (known) return known;
    const space = this.#lists.spaceOf(source.ref);
    const sets = new Map<ItemNo, Need[]>();
    for (const place of this.#lists.membersOf(source.ref)) {
      const item = this.#lists.ancestor(space, place, base.length);
      const set = sets.get(item);
      const needs = this.#at(source, place);
      if (set) set.push(...needs);
      else sets.set(item, [...needs]);
    }
    this.#sets.set(source, sets);
    return sets;
  }

  /** The items behind a place of an input. */
  *#at({ ref }: Source, place: ItemNo): Generator<Need> {
    if (ref.from !== "call" || !this.#items.calls.has(ref.call)) return;
    if (this.#lists.isNode(ref.call)) {
      yield { call: ref.call, ...this.#lists.itemAt(ref.call, ref.port, place) };
      return;
    }
    for (const behind of this.#lists.behind(ref.call, ref.port, place)) yield* this.#at(behind.source, behind.place);
  }
}

function* needOf({ from, index }: Link): Generator<Need> {
  if (from.kind === "item") yield { call: from.call, item: from.item, ...(index === undefined ? {} : { index }) };
}
