/**
 * Where an item came from, and what it influenced, item by item.
 *
 * R1. A log is read once for as many of its items as are asked about: what it told is kept until another run is asked about, or it goes on.
 */
import { formatAddress, type CallNo, type ItemNo, type RunId } from "../../model/ids.ts";
import type { ItemStatus } from "../../model/status.ts";
import { commandLine } from "../../model/command-line.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { EventStore, RunRow } from "../../store/store.ts";
import { findRun, unknownCall, unknownItem } from "../find-run.ts";
import { ItemPlaces } from "../item-paths.ts";
import { RunLinks, anchorKey, type Anchor, type Link, type LinkHow } from "../lineage/links.ts";
import { RunItems } from "../lineage/run-items.ts";
import { RunLists } from "../lineage/run-lists.ts";
import { follow, type Direction, type Found } from "../lineage/trail.ts";
import { cursorOf, limitOf, type Page, type PageRequest } from "../paging.ts";
import type { Workspace } from "../workspace.ts";

export interface LineageInput extends PageRequest {
  /** `RUN.CALL.ITEM`; `RUN.CALL` where the call has one item. */
  readonly address: string;
  /** "from": what it came from (default). "into": what it influenced. */
  readonly direction?: Direction;
  /** How many steps; default as many as there are. */
  readonly depth?: number;
}

/** How an entry is connected with one that stands before it, towards the item that was asked for. */
export interface LineageLink {
  /** The other end: the `id` of an entry, or `RUN.CALL` for every item of a call. */
  readonly id: string;
  /** "item": a place of a mapped list; "gather": a member of a set; "value": a plain argument; "object": an object that came out
   *  of an awaited result was in it. */
  readonly how: LinkHow;
  readonly param?: string;
  /** Which element of the list that the item gave. */
  readonly index?: number;
  /** It was changed between being awaited and being passed. */
  readonly modified?: true;
  /** Combinators in between, as `RUN.CALL`. */
  readonly through?: readonly string[];
}

export interface LineageEntry {
  /** An item: its address. A value: `RUN.CALL:param`; an element of an array: `RUN.CALL:param[3]`. The run's input: `RUN`. */
  readonly id: string;
  /** "child": an item that a child run stands for. */
  readonly kind: "item" | "child" | "value" | "list" | "input" | "artifact";
  /** Steps from the item that was asked for. */
  readonly depth: number;
  readonly node?: string;
  readonly path?: string;
  readonly status?: ItemStatus;
  /** The failed items because of which it was skipped. */
  readonly skippedBecause?: readonly string[];
  /** Of a child: its run. */
  readonly run?: RunId;
  /** Of an artifact. */
  readonly selector?: string;
  readonly sha256?: string;
  /** Nothing is known of where this plain value was made. "code": it was there before any result, so it comes from the run's input
   *  or is written in the code. "graph break": it was passed after results had been awaited, and what of them is in it cannot be
   *  proven. */
  readonly ends?: "code" | "graph break";
  /** With "graph break": the calls whose results had come right before. */
  readonly after?: readonly string[];
  readonly links: readonly LineageLink[];
}

export interface LineageOutput extends Page {
  readonly runId: RunId;
  readonly direction: Direction;
  /** The item that was asked for. */
  readonly item: LineageEntry;
  /** Nearest first. */
  readonly entries: readonly LineageEntry[];
  readonly total: number;
  /** More than 100,000 were found, or `depth` was reached: the trail is cut there. */
  readonly cut: boolean;
  /** What keeps lineage, where it ended at a graph break. */
  readonly hint?: string;
}

const MAX_FOUND = 100_000;
const MAX_LINKS = 50;
const KEEPS =
  "lineage ends where a plain value is passed on after a graph break: pass the handle itself, or filter() a list, to keep it";

export async function lineage(workspace: Workspace, input: LineageInput): Promise<LineageOutput> {
  const { store } = workspace;
  const { run, call, item } = await findRun(store, input.address);
  if (call === undefined) {
    throw new WorkgraphError("WG3021", `"${input.address}" names a run; lineage is that of an item`, {
      hint: `Write RUN.CALL.ITEM. "${commandLine(`items ${run.runId}`)}" lists items with their addresses.`,
    });
  }
  const direction = input.direction ?? "from";
  const maxDepth = depthOf(input);
  const limit = limitOf(input, { default: 100, max: 10_000 });
  const [skipped = 0] = cursorOf(input, 1) ?? [];
  const links = await linksOf(store, run);
  const { items } = links;
  const start = startOf(run, links, { call, item, rows: await store.calls(run.runId) });
  const { found, isCut } = follow(links, { start, direction, maxDepth, maxFound: MAX_FOUND });
  const [first, ...others] = found as [Found, ...Found[]];
  const shown = others.slice(skipped, skipped + limit);
  const reader = new EntryReader(run, links, { direction, places: new ItemPlaces(store, run, items.calls) });
  const entries = await Promise.all(shown.map((one) => reader.entry(one)));
  const truncated = others.length > skipped + limit;
  return {
    runId: run.runId,
    direction,
    item: await reader.entry(first),
    entries,
    total: others.length,
    truncated,
    ...(truncated ? { cursor: String(skipped + limit) } : {}),
    cut: isCut,
    ...(entries.some(({ ends }) => ends === "graph break") ? { hint: KEEPS } : {}),
  };
}

const kept = new WeakMap<EventStore, { readonly key: string; readonly links: RunLinks }>();

/** R1. */
async function linksOf(store: EventStore, run: RunRow): Promise<RunLinks> {
  const key = `${run.runId} ${run.seq}`;
  const known = kept.get(store);
  if (known?.key === key) return known.links;
  const items = await RunItems.read(store, run);
  const links = new RunLinks(items, new RunLists(items));
  kept.set(store, { key, links });
  return links;
}

function depthOf({ depth }: LineageInput): number {
  if (depth === undefined) return Infinity;
  if (Number.isInteger(depth) && depth >= 1) return depth;
  throw new WorkgraphError("WG3022", `the depth ${depth} is not a whole number from 1 on`, {
    hint: "Leave it out to follow the trail to its ends.",
  });
}

function startOf(
  run: RunRow,
  links: RunLinks,
  at: {
    readonly call: CallNo;
    readonly item: ItemNo | undefined;
    readonly rows: readonly { readonly call: CallNo; readonly superseded: boolean }[];
  },
): Extract<Anchor, { kind: "item" }> {
  const { call, item, rows } = at;
  if (rows.some((row) => row.call === call && row.superseded)) {
    throw new WorkgraphError("WG3020", `call ${call} of run ${run.runId} is superseded: what it gave was not used`, {
      hint: `A resume went another way. "${commandLine(`graph ${run.runId} --ids`)}" shows the calls that count.`,
    });
  }
  if (!links.items.calls.has(call)) throw unknownCall(run, call);
  const isNode = links.lists.isNode(call);
  if (isNode && item !== undefined && links.items.status(call, item) !== undefined) return { kind: "item", call, item };
  const known = isNode ? links.items.items(call) : links.lists.members(call, 0);
  if (item === undefined) {
    if (known.length === 1) return { kind: "item", call, item: known[0]! };
    throw new WorkgraphError("WG3021", `call ${call} has ${known.length} items; lineage is that of one`, {
      hint: `Write ${run.runId}.${call}.ITEM. "${commandLine(`items ${run.runId}.${call}`)}" lists them.`,
    });
  }
  if (!known.includes(item)) throw unknownItem(run, call, item);
  return { kind: "item", call, item };
}

class EntryReader {
  readonly #run: RunRow;
  readonly #links: RunLinks;
  readonly #direction: Direction;
  readonly #places: ItemPlaces;

  constructor(run: RunRow, links: RunLinks, of: { readonly direction: Direction; readonly places: ItemPlaces }) {
    this.#run = run;
    this.#links = links;
    this.#direction = of.direction;
    this.#places = of.places;
  }

  async entry({ anchor, depth, links }: Found): Promise<LineageEntry> {
    const near = links.slice(0, MAX_LINKS).map((link) => this.#link(link));
    return { id: this.#id(anchor), ...(await this.#facts(anchor)), depth, links: near };
  }

  async #facts(anchor: Anchor): Promise<Omit<LineageEntry, "id" | "depth" | "links">> {
    const { items } = this.#links;
    switch (anchor.kind) {
      case "item": {
        const { call, item } = anchor;
        const event = items.calls.get(call)!.event;
        const [path] = await this.#places.paths(
          event.space.length === 0 && this.#links.lists.isJoin(call) ? [call] : event.space,
          [item],
        );
        const status = items.status(call, item);
        const causes = items.causes(call, item);
        const child = items.child(call, item);
        return {
          kind: event.kind === "subgraph" ? "child" : "item",
          node: event.node,
          ...(path === undefined ? {} : { path }),
          ...(status === undefined ? {} : { status }),
          ...(causes.length === 0
            ? {}
            : {
                skippedBecause: causes.map(([failedCall, failed]) =>
                  formatAddress(this.#run.runId, failedCall, failed),
                ),
              }),
          ...(child === undefined ? {} : { run: child }),
        };
      }
      case "value":
      case "list":
        return { kind: anchor.kind, ...this.#node(anchor.call), ...this.#ends(anchor) };
      case "artifact":
        return { kind: "artifact", selector: anchor.selector, sha256: anchor.sha256 };
      case "call":
      case "input":
        return { kind: "input" };
    }
  }

  #node(call: CallNo): { readonly node?: string } {
    const node = this.#links.items.calls.get(call)?.event.node;
    return node === undefined ? {} : { node };
  }

  #ends(anchor: Extract<Anchor, { kind: "value" | "list" }>): Pick<LineageEntry, "ends" | "after"> {
    if (this.#links.plain(anchor).length > 0) return {};
    const { segment, untracked, edges } = this.#links.items.calls.get(anchor.call)!.event;
    if (segment === 0 && !untracked) return { ends: "code" };
    const after = edges.filter(({ kind, opened }) => kind === "dashed" || opened === true);
    return { ends: "graph break", after: after.map(({ from }) => `${this.#run.runId}.${from}`) };
  }

  #link({ from, to, how, param, index, modified, through }: Link): LineageLink {
    return {
      id: this.#id(this.#direction === "from" ? to : from),
      how,
      ...(param === undefined ? {} : { param }),
      ...(index === undefined ? {} : { index }),
      ...(modified === undefined ? {} : { modified }),
      ...(through === undefined ? {} : { through: through.map((call) => `${this.#run.runId}.${call}`) }),
    };
  }

  #id(anchor: Anchor): string {
    if (anchor.kind === "input") return this.#run.runId;
    return anchor.kind === "artifact" ? anchor.selector : `${this.#run.runId}.${anchorKey(anchor)}`;
  }
}
