/**
 * Where vertices stand.
 *
 * Owns: the one layout worker of the page, and what it answered before. Leaves to graph-pane.tsx: drawing.
 *
 * R1. Layout is asked for by shape, not by counts: a run that goes on moves nothing.
 * R2. It runs in a worker; the pane never waits for it with the main thread.
 * R3. A loop region is one box with its call sites inside; ways are told in the coordinates of the whole.
 */
import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk-api.js";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";
import type { Graph } from "../../src/model/graph.ts";

export const VERTEX_WIDTH = 176;
export const VERTEX_HEIGHT = 42;
const KEPT = 50;

export interface Layout {
  readonly key: string;
  readonly direction: Direction;
  readonly width: number;
  readonly height: number;
  readonly places: ReadonlyMap<number, Point>;
  /** Boxes of the loop regions, in the order of `graph.loops`. */
  readonly regions: readonly Box[];
  /** Way of each edge, by "from>to". */
  readonly routes: ReadonlyMap<string, readonly Point[]>;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export type Direction = "RIGHT" | "DOWN";

let elk: InstanceType<typeof ELK> | undefined;
const known = new Map<string, Layout>();

/** How large the pane is, in steps: a drag of its border lays nothing out anew until it matters. */
export interface Room {
  readonly direction: Direction;
  readonly aspect: number;
  readonly width: number;
  readonly height: number;
}

/** Up to here both directions are tried, and the one that can be read at the larger size is taken. */
const TRY_BOTH = 80;

export async function layOut(shown: Shown, room: Room): Promise<Layout> {
  const first = await layOutAs(shown, room);
  if (shown.graph.calls.length > TRY_BOTH || fit(first, room) >= 1) return first;
  const second = await layOutAs(shown, { ...room, direction: room.direction === "RIGHT" ? "DOWN" : "RIGHT" });
  return fit(second, room) > fit(first, room) ? second : first;
}

const fit = (layout: Layout, room: Room): number => Math.min(1, room.width / layout.width, room.height / layout.height);

/** What is laid out; ghosts have negative ids and no edges. */
export interface Shown {
  readonly graph: Graph;
  readonly ghosts: readonly number[];
}

export function layoutKey({ graph, ghosts }: Shown, { direction, aspect }: Pick<Room, "direction" | "aspect">): string {
  const calls = [...graph.calls.map(({ id }) => id), ...ghosts].join(",");
  const edges = [...new Set(graph.edges.map(({ from, to }) => `${from}>${to}`))].join(",");
  const loops = (graph.loops ?? []).map((loop) => loop.calls.join("+")).join(",");
  return `${direction} ${aspect} ${calls} ${edges} ${loops}`;
}

/** Px between two columns. */
function labelRoom({ edges }: Graph): number {
  const longest = Math.max(0, ...edges.map(({ param }) => param?.length ?? 0));
  return Math.min(120, Math.max(44, 8 * (longest + 6)));
}

/** Starting it takes longer than laying out: whoever will need it calls this before there is a graph. */
export function layoutWorker(): InstanceType<typeof ELK> {
  return (elk ??= new ELK({ workerUrl }));
}

async function layOutAs(shown: Shown, room: Room): Promise<Layout> {
  const { direction, aspect } = room;
  const { graph } = shown;
  const loops = graph.loops ?? [];
  const key = layoutKey(shown, room);
  const before = known.get(key);
  if (before) return before;
  const pairs = new Map<string, { readonly from: number; readonly to: number }>();
  for (const { from, to } of graph.edges) if (from !== to) pairs.set(`${from}>${to}`, { from, to });
  const between = direction === "RIGHT" ? String(labelRoom(graph)) : "28";
  const answer: ElkNode = await layoutWorker().layout({
    id: "run",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": direction,
      "elk.edgeRouting": "ORTHOGONAL",
      // What flows is written on the edge: side by side it needs the length of the words.
      "elk.layered.spacing.nodeNodeBetweenLayers": between,
      "elk.layered.spacing.edgeNodeBetweenLayers": "14",
      "elk.layered.spacing.edgeEdgeBetweenLayers": "8",
      "elk.spacing.edgeNode": "10",
      "elk.spacing.nodeNode": "18",
      // A long chain goes on in the next row instead of becoming too small to read.
      "elk.aspectRatio": String(aspect),
      // Boxes within boxes cannot be wrapped.
      "elk.layered.wrapping.strategy": graph.calls.length > 4 && loops.length === 0 ? "MULTI_EDGE" : "OFF",
      ...(loops.length > 0
        ? {
            "elk.hierarchyHandling": "INCLUDE_CHILDREN",
            "org.eclipse.elk.json.shapeCoords": "ROOT",
            "org.eclipse.elk.json.edgeCoords": "ROOT",
          }
        : {}),
      "elk.layered.wrapping.additionalEdgeSpacing": "8",
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
    },
    children: grouped(shown, between),
    edges: [...pairs].map(([id, { from, to }]) => ({ id, sources: [String(from)], targets: [String(to)] })),
  });
  const regions: Box[] = loops.map(() => ({ x: 0, y: 0, width: 0, height: 0 }));
  const places = new Map<number, Point>();
  for (const { id, x = 0, y = 0, width = 0, height = 0, children = [] } of answer.children ?? []) {
    if (id.startsWith("loop ")) regions[Number(id.slice(5))] = { x, y, width, height };
    else places.set(Number(id), { x, y });
    for (const inner of children) places.set(Number(inner.id), { x: inner.x ?? 0, y: inner.y ?? 0 });
  }
  const routes = new Map(
    ((answer.edges ?? []) as readonly ElkExtendedEdge[]).flatMap(({ id, sections = [] }) => {
      const [section] = sections;
      if (!section) return [];
      return [[id, [section.startPoint, ...(section.bendPoints ?? []), section.endPoint]] as const];
    }),
  );
  const layout: Layout = {
    key,
    direction,
    width: answer.width ?? 1,
    height: answer.height ?? 1,
    places,
    regions,
    routes,
  };
  known.set(key, layout);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return layout;
}

/** R3. */
function grouped({ graph, ghosts }: Shown, between: string): ElkNode[] {
  const vertex = (id: number): ElkNode => ({ id: String(id), width: VERTEX_WIDTH, height: VERTEX_HEIGHT });
  const loops = graph.loops ?? [];
  const inside = new Set(loops.flatMap(({ calls }) => calls));
  return [
    ...graph.calls.filter(({ id }) => !inside.has(id)).map(({ id }) => vertex(id)),
    ...ghosts.map(vertex),
    ...loops.map(({ calls }, i) => ({
      id: `loop ${i}`,
      children: calls.map(vertex),
      layoutOptions: {
        "elk.padding": "[top=30,left=14,bottom=14,right=14]",
        "elk.layered.spacing.nodeNodeBetweenLayers": between,
      },
    })),
  ];
}
