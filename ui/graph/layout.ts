/**
 * Where vertices stand.
 *
 * Owns: the one layout worker of the page, and what it answered before. Leaves to graph-pane.tsx: drawing.
 *
 * R1. Layout is asked for by shape, not by counts: a run that goes on moves nothing.
 * R2. It runs in a worker; the pane never waits for it with the main thread.
 */
import ELK, { type ElkExtendedEdge } from "elkjs/lib/elk-api.js";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";
import type { Graph } from "../../src/model/graph.ts";

export const VERTEX_WIDTH = 196;
export const VERTEX_HEIGHT = 48;
const KEPT = 50;

export interface Layout {
  readonly key: string;
  readonly places: ReadonlyMap<number, Point>;
  /** Way of each edge, by "from>to". */
  readonly routes: ReadonlyMap<string, readonly Point[]>;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export type Direction = "RIGHT" | "DOWN";

let elk: InstanceType<typeof ELK> | undefined;
const known = new Map<string, Layout>();

/** How wide the pane is for its height, in steps: a drag of its border lays nothing out anew until it matters. */
export interface Room {
  readonly direction: Direction;
  readonly aspect: number;
}

export function layoutKey(graph: Graph, { direction, aspect }: Room): string {
  const calls = graph.calls.map(({ id }) => id).join(",");
  const edges = [...new Set(graph.edges.map(({ from, to }) => `${from}>${to}`))].join(",");
  return `${direction} ${aspect} ${calls} ${edges}`;
}

export function knownLayout(key: string): Layout | undefined {
  return known.get(key);
}

export async function layOut(graph: Graph, room: Room): Promise<Layout> {
  const { direction, aspect } = room;
  const key = layoutKey(graph, room);
  const before = known.get(key);
  if (before) return before;
  elk ??= new ELK({ workerUrl });
  const pairs = new Map<string, { readonly from: number; readonly to: number }>();
  for (const { from, to } of graph.edges) if (from !== to) pairs.set(`${from}>${to}`, { from, to });
  const answer = await elk.layout({
    id: "run",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": direction,
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.layered.spacing.nodeNodeBetweenLayers": direction === "RIGHT" ? "44" : "30",
      "elk.layered.spacing.edgeNodeBetweenLayers": "14",
      "elk.layered.spacing.edgeEdgeBetweenLayers": "8",
      "elk.spacing.edgeNode": "12",
      "elk.spacing.nodeNode": "22",
      // A long chain goes on in the next row instead of becoming too small to read.
      "elk.aspectRatio": String(aspect),
      "elk.layered.wrapping.strategy": graph.calls.length > 4 ? "MULTI_EDGE" : "OFF",
      "elk.layered.wrapping.additionalEdgeSpacing": "8",
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
    },
    children: graph.calls.map(({ id }) => ({ id: String(id), width: VERTEX_WIDTH, height: VERTEX_HEIGHT })),
    edges: [...pairs].map(([id, { from, to }]) => ({ id, sources: [String(from)], targets: [String(to)] })),
  });
  const places = new Map((answer.children ?? []).map(({ id, x = 0, y = 0 }) => [Number(id), { x, y }] as const));
  const routes = new Map(
    ((answer.edges ?? []) as readonly ElkExtendedEdge[]).flatMap(({ id, sections = [] }) => {
      const [section] = sections;
      if (!section) return [];
      return [[id, [section.startPoint, ...(section.bendPoints ?? []), section.endPoint]] as const];
    }),
  );
  const layout: Layout = { key, places, routes };
  known.set(key, layout);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return layout;
}
