/**
 * The graph of a run: its calls and what flowed between them.
 *
 * Owns: the JSON of both shapes, unrolled (every call) and folded (one vertex per call site), and the loops of the folded one.
 * Leaves to graph-text.ts: text, mermaid, dot; to app: reading the calls.
 *
 * R1. Nothing is guessed: every edge was recorded with a call.
 * R2. The unrolled graph has one vertex per call, `id` = the CALL of an address.
 * R3. Folded, a call site is node + kind + place in the source; a helper used from two places stays two vertices.
 */
import type { CallKind, EdgeRecord } from "./events.ts";
import type { CallNo } from "./ids.ts";
import type { CallStatus, ItemCounts, ItemStatus } from "./status.ts";
import type { SourceSite } from "./workgraph-error.ts";

/** What a graph is made of; a `CallView` is one. */
export interface GraphCallInput {
  readonly call: CallNo;
  readonly node: string;
  readonly kind: CallKind;
  readonly title?: string;
  readonly site?: SourceSite;
  readonly status: CallStatus;
  readonly counts: ItemCounts;
  readonly edges: readonly EdgeRecord[];
}

/** Items by status, statuses without items left out, and their sum. */
export type GraphCounts = ItemCounts & { readonly total: number };

export interface GraphCall {
  readonly id: number;
  readonly node: string;
  readonly kind: CallKind;
  readonly site?: SourceSite;
  readonly title?: string;
  readonly status: CallStatus;
  readonly items: GraphCounts;
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
  /** Folded only: how many recorded edges this one stands for. */
  readonly count?: number;
}

/** Call sites that feed each other. */
export interface GraphLoop {
  readonly calls: readonly number[];
  /** The most calls that one of its sites made. */
  readonly iterations: number;
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
    calls.push({
      id: input.call,
      node: input.node,
      kind: input.kind,
      ...(input.site === undefined ? {} : { site: input.site }),
      ...(input.title === undefined ? {} : { title: input.title }),
      status: input.status,
      items: withTotal(input.counts),
    });
    for (const edge of input.edges) edges.push({ ...edge, to: input.call });
  }
  return { folded: false, calls, edges };
}

function withTotal(counts: ItemCounts): GraphCounts {
  const present = Object.entries(counts).filter(([, count]) => count > 0);
  return { total: present.reduce((sum, [, count]) => sum + count, 0), ...Object.fromEntries(present) };
}

/** One vertex per call site. Its `id` is its first call's, so that it can be looked up as an address. */
export function foldGraph(graph: Graph): Graph {
  const sites = new Map<string, GraphCall[]>();
  for (const call of graph.calls) {
    const at = call.site === undefined ? "" : `${call.site.file}:${call.site.line}:${call.site.column}`;
    const key = JSON.stringify([call.node, call.kind, at]);
    const group = sites.get(key);
    if (group === undefined) sites.set(key, [call]);
    else group.push(call);
  }
  const siteOf = new Map<number, number>();
  const calls = [...sites.values()].map((group) => {
    const first = group[0]!;
    for (const call of group) siteOf.set(call.id, first.id);
    return { ...first, status: joinStatus(group), items: sumItems(group), calls: group.map((call) => call.id) };
  });
  const edges = foldEdges(graph.edges, siteOf);
  return { folded: true, calls, edges, loops: loopsOf(calls, edges) };
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

/** Strongly connected components of two or more vertices, and vertices with an edge to themselves. */
function loopsOf(calls: readonly GraphCall[], edges: readonly GraphEdge[]): readonly GraphLoop[] {
  const next = new Map<number, number[]>(calls.map((call) => [call.id, []]));
  for (const edge of edges) next.get(edge.from)?.push(edge.to);
  const callsAt = new Map(calls.map((call) => [call.id, call.calls?.length ?? 1]));
  const loops: GraphLoop[] = [];
  for (const component of componentsOf(next)) {
    const [only] = component;
    if (component.length === 1 && !next.get(only!)?.includes(only!)) continue;
    const members = component.toSorted((a, b) => a - b);
    loops.push({ calls: members, iterations: Math.max(...members.map((id) => callsAt.get(id) ?? 1)) });
  }
  return loops.toSorted((a, b) => a.calls[0]! - b.calls[0]!);
}

/** Tarjan's algorithm with its own stack: a chain of 100,000 sites must not overflow ours. */
function componentsOf(next: ReadonlyMap<number, readonly number[]>): number[][] {
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const onStack = new Set<number>();
  const stack: number[] = [];
  const components: number[][] = [];
  const enter = (id: number): { id: number; edge: number } => {
    order.set(id, order.size);
    low.set(id, order.size - 1);
    stack.push(id);
    onStack.add(id);
    return { id, edge: 0 };
  };
  for (const root of next.keys()) {
    if (order.has(root)) continue;
    const work = [enter(root)];
    while (work.length > 0) {
      const frame = work.at(-1)!;
      const to = next.get(frame.id)?.[frame.edge++];
      if (to !== undefined) {
        if (!order.has(to)) work.push(enter(to));
        else if (onStack.has(to)) low.set(frame.id, Math.min(low.get(frame.id)!, order.get(to)!));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent) low.set(parent.id, Math.min(low.get(parent.id)!, low.get(frame.id)!));
      if (low.get(frame.id) === order.get(frame.id)) {
        const component = stack.splice(stack.lastIndexOf(frame.id));
        for (const id of component) onStack.delete(id);
        components.push(component);
      }
    }
  }
  return components;
}
