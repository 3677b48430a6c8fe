/**
 * Following links from one item: what it came from, or what it influenced.
 *
 * R1. Breadth first: what is nearest is told first. Each thing is told once, with the links that lead back to what was told before.
 * R2. What a gather took as a whole is followed once per call, not once per item.
 * R3. The way on is looked for among the calls that can be reached; their links are turned round once for all items of a call.
 */
import type { CallNo } from "../../model/ids.ts";
import { anchorKey, type Anchor, type Link, type RunLinks } from "./links.ts";

export type Direction = "from" | "into";

export interface Found {
  readonly anchor: Anchor;
  /** Steps from the item that was asked for; 0 for itself. */
  readonly depth: number;
  /** Links between this and what is nearer. */
  readonly links: Link[];
}

export interface TrailRequest {
  readonly start: Extract<Anchor, { kind: "item" }>;
  readonly direction: Direction;
  readonly maxDepth: number;
  readonly maxFound: number;
}

export interface Trail {
  readonly found: readonly Found[];
  /** There is more than `maxFound`, or behind `maxDepth`. */
  readonly isCut: boolean;
}

export function follow(links: RunLinks, { start, direction, maxDepth, maxFound }: TrailRequest): Trail {
  const next = direction === "from" ? linksBack(links) : linksOn(links, start.call);
  const found = new Map<string, Found>([[anchorKey(start), { anchor: start, depth: 0, links: [] }]]);
  const queue: Found[] = [...found.values()];
  let isCut = false;
  for (let at = 0; at < queue.length; at++) {
    const near = queue[at]!;
    for (const link of next(near.anchor)) {
      for (const anchor of direction === "from" ? [link.from] : targetsOf(links, link.to)) {
        const key = anchorKey(anchor);
        const known = found.get(key);
        if (known) {
          if (known.depth > near.depth) known.links.push(link);
          continue;
        }
        if (near.depth >= maxDepth || found.size > maxFound) {
          isCut = true;
          continue;
        }
        const far: Found = { anchor, depth: near.depth + 1, links: [link] };
        found.set(key, far);
        queue.push(far);
      }
    }
  }
  return { found: queue, isCut };
}

function targetsOf(links: RunLinks, to: Anchor): readonly Anchor[] {
  if (to.kind !== "call") return [to];
  return links.items.items(to.call).map((item): Anchor => ({ kind: "item", call: to.call, item }));
}

type Next = (anchor: Anchor) => Iterable<Link>;

function linksBack(links: RunLinks): Next {
  const followed = new Set<CallNo>();
  return function* ({ ...anchor }): Iterable<Link> {
    if (anchor.kind === "value" || anchor.kind === "list") yield* links.plain(anchor);
    if (anchor.kind !== "item") return;
    yield* links.own(anchor.call, anchor.item);
    if (followed.has(anchor.call)) return;
    followed.add(anchor.call); // R2
    yield* links.shared(anchor.call);
  };
}

type Index = ReadonlyMap<string, readonly Link[]>;

/** The index that was made last. */
const turned = new WeakMap<RunLinks, { readonly start: CallNo; readonly index: Index }>();

/** R3. Links by what they come from. */
function indexOn(links: RunLinks, start: CallNo): Index {
  const known = turned.get(links);
  if (known?.start === start) return known.index;
  const index = turnedRound(links, start);
  turned.set(links, { start, index });
  return index;
}

function turnedRound(links: RunLinks, start: CallNo): Index {
  const index = new Map<string, Link[]>();
  const add = (link: Link): void => {
    const key = anchorKey(link.from);
    const known = index.get(key);
    if (known) known.push(link);
    else index.set(key, [link]);
  };
  const addAll = (some: Iterable<Link>): void => {
    for (const link of some) {
      add(link);
      const { from } = link;
      if (from.kind !== "value" && from.kind !== "list") continue;
      const key = anchorKey(from);
      if (plainSeen.has(key)) continue;
      plainSeen.add(key);
      for (const behind of links.plain(from)) add(behind);
    }
  };
  const plainSeen = new Set<string>();
  for (const call of callsAfter(links, start)) {
    addAll(links.shared(call));
    for (const item of links.items.items(call)) addAll(links.own(call, item));
  }
  for (const { what, call, item, selector, sha256 } of links.items.artifacts) {
    if (what !== "published") continue;
    add({ from: { kind: "item", call, item }, to: { kind: "artifact", selector, sha256 }, how: "published" });
  }
  return index;
}

function linksOn(links: RunLinks, start: CallNo): Next {
  const index = indexOn(links, start);
  const followed = new Set<string>();
  return function* (anchor): Iterable<Link> {
    for (const link of index.get(anchorKey(anchor)) ?? []) {
      if (link.to.kind === "call") {
        // R2
        const key = `${link.to.call}:${link.param ?? ""}`;
        if (followed.has(key)) continue;
        followed.add(key);
      }
      yield link;
    }
  };
}

/** Calls that something may have reached from `start`, in the order they were made; combinators hold no items. */
function callsAfter(links: RunLinks, start: CallNo): readonly CallNo[] {
  const reached = new Set<CallNo>([start]);
  const calls: CallNo[] = [];
  for (const [call, { event }] of [...links.items.calls].toSorted(([a], [b]) => a - b)) {
    const isFed =
      Object.values(event.inputs).some((ref) => ref.from === "call" && reached.has(ref.call)) ||
      event.edges.some((edge) => edge.kind === "solid" && reached.has(edge.from));
    if (!isFed) continue;
    reached.add(call);
    if (links.lists.isNode(call)) calls.push(call);
  }
  return calls;
}
