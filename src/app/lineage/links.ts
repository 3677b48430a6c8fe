/**
 * What flowed into what, item by item.
 *
 * Owns: the links of one item, of a plain value and of an element of a recorded array. Leaves to trail.ts: following them.
 *
 * R1. A link is what the log proves: a handle was passed, or an object that came out of one (edges of the call). Combinators are
 *     seen through; a link names those it goes through.
 * R2. What every item of a call was given alike (plain values, a set gathered as a whole) is said once, for the call: a gather of
 *     10,000 by 10,000 items must not be a hundred million links.
 */
import type { CallNo, ItemNo } from "../../model/ids.ts";
import { numbersIn } from "../../model/ranges.ts";
import type { RunItems } from "./run-items.ts";
import type { RunLists, Source } from "./run-lists.ts";

/** What a value was part of. */
export type Anchor =
  | { readonly kind: "item"; readonly call: CallNo; readonly item: ItemNo }
  /** Every item of a call. */
  | { readonly kind: "call"; readonly call: CallNo }
  /** An element of a plain array that was mapped. */
  | { readonly kind: "list"; readonly call: CallNo; readonly param: string; readonly element: number }
  /** A plain argument. */
  | { readonly kind: "value"; readonly call: CallNo; readonly param: string }
  | { readonly kind: "input" }
  | { readonly kind: "artifact"; readonly selector: string; readonly sha256: string };

export type LinkHow = "item" | "gather" | "value" | "object" | "input" | "read" | "published";

export interface Link {
  readonly from: Anchor;
  readonly to: Anchor;
  readonly how: LinkHow;
  readonly param?: string;
  /** Which element of the item's list. */
  readonly index?: number;
  readonly modified?: true;
  /** Combinators between, nearest to `to` first. */
  readonly through?: readonly CallNo[];
}

interface Leaf {
  readonly anchor: Anchor;
  readonly index?: number;
  readonly through: readonly CallNo[];
}

export function anchorKey(anchor: Anchor): string {
  switch (anchor.kind) {
    case "item":
      return `${anchor.call}.${anchor.item}`;
    case "call":
      return `${anchor.call}`;
    case "list":
      return `${anchor.call}:${anchor.param}[${anchor.element}]`;
    case "value":
      return `${anchor.call}:${anchor.param}`;
    case "input":
      return "input";
    case "artifact":
      return `artifact ${anchor.selector}`;
  }
}

export class RunLinks {
  readonly items: RunItems;
  readonly lists: RunLists;
  readonly #shared: Map<CallNo, readonly Link[]> = new Map();
  readonly #elements: Map<string, ReadonlyMap<number, readonly Link[]>> = new Map();

  constructor(items: RunItems, lists: RunLists) {
    this.items = items;
    this.lists = lists;
  }

  /** What every item of a call came from (R2). */
  shared(call: CallNo): readonly Link[] {
    let links = this.#shared.get(call);
    if (links === undefined) this.#shared.set(call, (links = [...this.#sharedNow(call)]));
    return links;
  }

  *#sharedNow(call: CallNo): Generator<Link> {
    const to: Anchor = { kind: "call", call };
    if (!this.lists.isNode(call)) return;
    for (const source of this.lists.sources(call)) {
      const { param, ref } = source;
      if (ref.from === "value") yield { from: { kind: "value", call, param }, to, how: "value", param };
      else if (ref.how === "gather" && !this.#isPart(source))
        for (const place of this.lists.membersOf(ref)) yield* this.#linksTo(to, source, place);
    }
  }

  /** A gathered list whose items descend from those of the call: each item gathers its own. */
  #isPart({ call, ref }: Source): boolean {
    const base = this.items.calls.get(call)!.event.space;
    const space = this.lists.spaceOf(ref);
    return base.length > 0 && space.length > base.length && base.every((source, depth) => space[depth] === source);
  }

  /** What this item alone came from. */
  *own(call: CallNo, item: ItemNo): Generator<Link> {
    const to: Anchor = { kind: "item", call, item };
    for (const { what, ...fact } of this.items.artifacts) {
      if (what !== "read" || fact.call !== call || fact.item !== item) continue;
      const { selector, sha256 } = fact;
      yield { from: { kind: "artifact", selector, sha256 }, to, how: "read" };
    }
    if (!this.lists.isNode(call)) {
      for (const { source, place } of this.lists.behind(call, 0, item)) yield* this.#linksTo(to, source, place);
      return;
    }
    const base = this.items.calls.get(call)?.event.space ?? [];
    for (const source of this.lists.sources(call)) {
      const { ref } = source;
      if (ref.from === "value") continue;
      if (ref.how === "item") {
        const place = this.lists.ancestor(base, item, this.lists.spaceOf(ref).length);
        yield* this.#linksTo(to, source, place);
      } else if (this.#isPart(source)) {
        const space = this.lists.spaceOf(ref);
        for (const place of this.lists.membersOf(ref))
          if (this.lists.ancestor(space, place, base.length) === item) yield* this.#linksTo(to, source, place);
      }
    }
  }

  /** What a plain value, or an element of a plain array, came from. */
  plain(anchor: Extract<Anchor, { kind: "value" | "list" }>): readonly Link[] {
    const key = `${anchor.call}:${anchor.param}`;
    let links = this.#elements.get(key);
    if (links === undefined) this.#elements.set(key, (links = this.#objects(anchor.call, anchor.param)));
    const element = anchor.kind === "list" ? anchor.element : WHOLE;
    const found = element === WHOLE ? [] : (links.get(WHOLE) ?? []);
    return [...found, ...(links.get(element) ?? [])].map((link) => ({ ...link, to: anchor }));
  }

  #objects(call: CallNo, param: string): ReadonlyMap<number, readonly Link[]> {
    const links = new Map<number, Link[]>();
    const put = (element: number, link: Link): void => {
      const known = links.get(element);
      if (known) known.push(link);
      else links.set(element, [link]);
    };
    const event = this.items.calls.get(call)!.event;
    const ref = event.inputs[param];
    const to: Anchor = { kind: "value", call, param };
    if (ref?.from !== "call" && ref?.input === true) put(WHOLE, { from: { kind: "input" }, to, how: "input", param });
    for (const edge of event.edges) {
      if (edge.kind !== "solid" || edge.param !== param) continue;
      const port = edge.port ?? 0;
      const places = edge.items ? [...numbersIn(edge.items)] : this.lists.members(edge.from, port);
      const elements = edge.elements && [...numbersIn(edge.elements)];
      for (const [i, place] of places.entries()) {
        for (const { anchor, index, through } of this.#leavesOf(edge.from, port, place))
          put(elements?.[i] ?? WHOLE, {
            from: anchor,
            to,
            how: "object",
            param,
            ...(index === undefined ? {} : { index }),
            ...(edge.modified ? { modified: true } : {}),
            ...(through.length === 0 ? {} : { through }),
          });
      }
    }
    return links;
  }

  *#linksTo(to: Anchor, source: Source, place: ItemNo): Generator<Link> {
    const { param, ref } = source;
    if (ref.from === "value") return;
    for (const { anchor, index, through } of this.#leaves(source, place)) {
      yield {
        from: anchor,
        to,
        how: ref.how,
        param,
        ...(index === undefined ? {} : { index }),
        ...(through.length === 0 ? {} : { through }),
      };
    }
  }

  *#leaves({ call, param, ref }: Source, place: ItemNo): Generator<Leaf> {
    if (ref.from === "call") yield* this.#leavesOf(ref.call, ref.port, place);
    else if (ref.from === "list") yield { anchor: { kind: "list", call, param, element: place }, through: [] };
  }

  /** The items behind a place of an output (R1). */
  *#leavesOf(call: CallNo, port: number, place: ItemNo): Generator<Leaf> {
    if (!this.items.calls.has(call)) return;
    if (this.lists.isNode(call)) {
      const { item, index } = this.lists.itemAt(call, port, place);
      yield { anchor: { kind: "item", call, item }, ...(index === undefined ? {} : { index }), through: [] };
      return;
    }
    for (const { source, place: behind } of this.lists.behind(call, port, place))
      for (const leaf of this.#leaves(source, behind)) yield { ...leaf, through: [call, ...leaf.through] };
  }
}

/** Of a value that came from something as a whole. */
const WHOLE = -1;
