/**
 * The graph of a run: its calls and what flowed between them.
 *
 * Owns: the JSON of both shapes, unrolled (every call) and folded (one vertex per call site).
 * Leaves to graph/: loop regions, the order of printing, the digest of a shape; to graph-text.ts: text, mermaid, dot; to app:
 * reading the calls.
 *
 * R1. Nothing is guessed: every edge was recorded with a call. Where a plain value was passed on after a graph break no edge can be
 *     proven, and that is said (`ends`).
 * R2. The unrolled graph has one vertex per call, `id` = the CALL of an address, in the order the calls were made.
 * R3. Folded, a call site is node + kind + place in the source + the way there: a helper used from two places stays two vertices.
 *     Sites stand in printing order (graph/print-order.ts).
 */
import type { CallKind, EdgeRecord, InputRef } from "./events.ts";
import { printOrder } from "./graph/print-order.ts";
import { regionsOf } from "./graph/regions.ts";
import type { CallNo } from "./ids.ts";
import type { CallStatus, ItemCounts, ItemStatus } from "./status.ts";
import type { Ranges } from "./ranges.ts";
import type { SourceSite } from "./workgraph-error.ts";

/** What a graph is made of; a `CallView` is one. */
export interface GraphCallInput {
  readonly call: CallNo;
  readonly node: string;
  readonly kind: CallKind;
  readonly title?: string;
  readonly site?: SourceSite;
  readonly via?: readonly SourceSite[];
  readonly depth?: number;
  readonly segment?: number;
  /** The function was woken by something that the run does not track. */
  readonly untracked?: true;
  readonly inputs?: Readonly<Record<string, InputRef>>;
  readonly status: CallStatus;
  readonly counts: ItemCounts;
  readonly edges: readonly EdgeRecord[];
  /** Epoch ms: made, closed. */
  readonly startedAt?: number;
  readonly endedAt?: number;
}

/** Items by status, statuses without items left out, and their sum. */
export type GraphCounts = ItemCounts & { readonly total: number };

export interface GraphCall {
  readonly id: number;
  readonly node: string;
  readonly kind: CallKind;
  readonly site?: SourceSite;
  /** The places that led to `site`, nearest first; absent: it is in the workflow function itself. */
  readonly via?: readonly SourceSite[];
  /** How often a function had called itself on the way; folded: the most. */
  readonly depth?: number;
  readonly title?: string;
  readonly status: CallStatus;
  readonly items: GraphCounts;
  /** Unrolled only: number of the segment it was made in, from 0. */
  readonly segment?: number;
  /** What woke the function before this call is not known to the run: there is no dashed edge to draw. */
  readonly cause?: "unknown";
  /** Parameters that got a plain value after a graph break. What it was made from is not known: passing the handle, or `filter`ing
   *  the list, keeps lineage. */
  readonly ends?: readonly string[];
  /** Unrolled only, epoch ms. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Folded only: the calls made at this site, in order. */
  readonly calls?: readonly CallNo[];
}

export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  /** solid: a value flowed; dashed: the call was made after this one's result had been delivered. */
  readonly kind: "solid" | "dashed";
  readonly param?: string;
  readonly modified?: boolean;
  /** Unrolled only: which places of which output the value came from (`EdgeRecord`). */
  readonly port?: number;
  readonly items?: Ranges;
  readonly elements?: Ranges;
  /** Solid: this result's delivery also came right before the call. */
  readonly opened?: true;
  /** Folded only: how many recorded edges this one stands for. */
  readonly count?: number;
}

/** One time round a loop. */
export interface LoopRound {
  readonly calls: readonly CallNo[];
  readonly items: number;
  /** From its first call to its last result; absent while it runs. */
  readonly ms?: number;
}

/** Call sites that feed each other. */
export interface GraphLoop {
  readonly kind: "loop" | "recursion";
  /** The sites, in printing order. */
  readonly calls: readonly number[];
  readonly iterations: number;
  /** Recursion: how deep it went. */
  readonly depth?: number;
  /** The first 1,000 iterations, one by one. */
  readonly rounds: readonly LoopRound[];
}

export interface Graph {
  readonly folded: boolean;
  readonly calls: readonly GraphCall[];
  readonly edges: readonly GraphEdge[];
  /** Folded only. */
  readonly loops?: readonly GraphLoop[];
}

export function graphOf(inputs: readonly GraphCallInput[]): Graph {
  const calls: GraphCall[] = [];
  const edges: GraphEdge[] = [];
  for (const input of inputs) {
    const { site, via, depth, title, segment, startedAt, endedAt } = input;
    const ends = endsOf(input);
    calls.push({
      id: input.call,
      node: input.node,
      kind: input.kind,
      ...(site === undefined ? {} : { site }),
      ...(via === undefined ? {} : { via }),
      ...(depth === undefined ? {} : { depth }),
      ...(title === undefined ? {} : { title }),
      status: input.status,
      items: withTotal(input.counts),
      ...(segment === undefined ? {} : { segment }),
      ...(input.untracked ? { cause: "unknown" as const } : {}),
      ...(ends.length === 0 ? {} : { ends }),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
    });
    for (const edge of input.edges) edges.push({ ...edge, to: input.call });
  }
  return { folded: false, calls, edges };
}

/** R1. Before the first delivery a plain value can only come from the run's input and the code. */
function endsOf({ inputs, segment, untracked, edges }: GraphCallInput): readonly string[] {
  if (inputs === undefined || ((segment ?? 0) === 0 && !untracked)) return [];
  const proven = new Set(edges.flatMap(({ kind, param }) => (kind === "solid" && param !== undefined ? [param] : [])));
  return Object.entries(inputs).flatMap(([param, ref]) =>
    ref.from === "call" || ref.input === true || proven.has(param) ? [] : [param],
  );
}

function withTotal(counts: ItemCounts): GraphCounts {
  const present = Object.entries(counts).filter(([, count]) => count > 0);
  return { total: present.reduce((sum, [, count]) => sum + count, 0), ...Object.fromEntries(present) };
}

/** Names a call site (R3). */
export function siteKey({ node, kind, site, via }: Pick<GraphCall, "node" | "kind" | "site" | "via">): string {
  return JSON.stringify([node, kind, placeText(site), ...(via ?? []).map(placeText)]);
}

const placeText = (site: SourceSite | undefined): string =>
  site === undefined ? "" : `${site.file}:${site.line}:${site.column}`;

/** One vertex per call site. Its `id` is its first call's, so that it can be looked up as an address. */
export function foldGraph(graph: Graph): Graph {
  if (graph.folded) return graph;
  const callOf = new Map(graph.calls.map((call) => [call.id, call]));
  const order = printOrder(graph.calls, graph.edges);
  const sites = Map.groupBy(
    order.map((id) => callOf.get(id)!),
    siteKey,
  );
  const siteOf = new Map<number, number>();
  const calls = [...sites.values()].map((group) => {
    const site = siteCall(group);
    for (const call of group) siteOf.set(call.id, site.id);
    return site;
  });
  const edges = foldEdges(graph.edges, siteOf);
  return { folded: true, calls, edges, loops: regionsOf({ calls, edges }, graph) };
}

function siteCall(group: readonly GraphCall[]): GraphCall {
  const ids = group.map(({ id }) => id).toSorted((a, b) => a - b);
  const [{ node, kind, site, via }] = group as [GraphCall];
  const title = group.find((call) => call.title !== undefined)?.title;
  const depth = group.reduce((most, call) => Math.max(most, call.depth ?? 0), 0);
  const ends = [...new Set(group.flatMap((call) => call.ends ?? []))];
  return {
    id: ids[0]!,
    node,
    kind,
    ...(site === undefined ? {} : { site }),
    ...(via === undefined ? {} : { via }),
    ...(depth === 0 ? {} : { depth }),
    ...(title === undefined ? {} : { title }),
    status: joinStatus(group),
    items: sumItems(counted(group)),
    ...(group.some(({ cause }) => cause !== undefined) ? { cause: "unknown" as const } : {}),
    ...(ends.length === 0 ? {} : { ends }),
    calls: ids,
  };
}

function foldEdges(edges: readonly GraphEdge[], siteOf: ReadonlyMap<number, number>): readonly GraphEdge[] {
  const merged = new Map<string, GraphEdge>();
  for (const edge of edges) {
    const [from, to] = [siteOf.get(edge.from), siteOf.get(edge.to)];
    if (from === undefined || to === undefined) continue;
    const key = JSON.stringify([from, to, edge.kind, edge.param]);
    const known = merged.get(key);
    const modified = known?.modified === true || edge.modified === true;
    const count = (known?.count ?? 0) + 1;
    merged.set(key, {
      from,
      to,
      kind: edge.kind,
      ...(edge.param === undefined ? {} : { param: edge.param }),
      ...(modified ? { modified } : {}),
      count,
    });
  }
  return [...merged.values()];
}

/** What was superseded counts for the run no more, and so not beside a call of the same site that does. */
function counted(group: readonly GraphCall[]): readonly GraphCall[] {
  const current = group.filter(({ status }) => status !== "superseded");
  return current.length === 0 ? group : current;
}

function sumItems(calls: readonly GraphCall[]): GraphCounts {
  const sum: Partial<Record<ItemStatus, number>> & { total: number } = { total: 0 };
  for (const { items } of calls) {
    for (const [status, count] of Object.entries(items)) {
      sum[status as ItemStatus] = (sum[status as ItemStatus] ?? 0) + count;
    }
  }
  return sum;
}

/** What needs a look comes first: one failed call makes the site failed. */
const LOUDEST: readonly CallStatus[] = [
  "failed",
  "running",
  "waiting",
  "partial",
  "cancelled",
  "skipped",
  "completed",
  "empty",
  "superseded",
];

function joinStatus(calls: readonly GraphCall[]): CallStatus {
  return LOUDEST.find((status) => calls.some((call) => call.status === status)) ?? "waiting";
}
