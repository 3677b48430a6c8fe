/**
 * The graph of the run: what happened, and nothing else.
 *
 * R1. Solid edges are proven, dashed ones say "after"; both come from the log as it was recorded.
 * R2. Counters move with the run, vertices do not: layout depends on the shape alone.
 * R3. Above FOLD_ABOVE calls the graph is folded unless asked; above REFUSE_ABOVE it is not drawn unrolled at all.
 */
import { Background, BackgroundVariant, MiniMap, ReactFlow, useReactFlow, ReactFlowProvider } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import { foldGraph, graphOf, type Graph } from "../../src/model/graph.ts";
import { expectedItems, type RunView } from "../../src/model/view.ts";
import { useGhosts, type Ghost } from "../api/run-parts.ts";
import { useDescent } from "../run/run-keys.ts";
import { counted } from "../shell/format.ts";
import { useKeys } from "../shell/keys.ts";
import { Nothing, Pane } from "../shell/pane.tsx";
import { statusColor } from "../shell/status.tsx";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { layOut, layoutKey, VERTEX_HEIGHT, VERTEX_WIDTH, type Layout, type Room, type Shown } from "./layout.ts";
import { arrowsOf } from "./arrows.ts";
import { GhostVertex, Region, type GhostNode, type RegionNode } from "./region.tsx";
import { Route } from "./route.tsx";
import { Vertex, type VertexNode } from "./vertex.tsx";
import "./graph.css";

const FOLD_ABOVE = 300;
const REFUSE_ABOVE = 2_000;
/** Px around what is fitted. */
const MARGIN = 12;
/** What is fitted is not drawn smaller; below LABELS_GROW, labels are drawn larger so that they stay readable. */
const MIN_FIT = 0.64;
/** Labels of 12.5 px are 11 px at this size. */
const LABELS_GROW = 0.88;
const SMALLEST_LABEL_PX = 11;
const NODE_TYPES = { vertex: Vertex, region: Region, ghost: GhostVertex };
const NO_GHOSTS: readonly Ghost[] = [];
const EDGE_TYPES = { route: Route };

export function GraphPane(props: PaneProps): ReactElement {
  const { view } = props;
  const { shape, ghosts: isHaunted, choose } = useSelection();
  const ghosts = useGhosts(props.runId, isHaunted === "shown", props.revision.startsWith("live") ? "live" : "end");
  const isTooMany = view.calls.length > REFUSE_ABOVE;
  const folded = shape !== "unrolled" || isTooMany;
  const graph = useMemo(() => {
    const unrolled = graphOf(view.calls.filter((call) => call.status !== "superseded" && call.node !== ""));
    return folded ? foldGraph(unrolled) : unrolled;
  }, [view.calls, folded]);
  return (
    <Pane
      label="Graph"
      title="Graph"
      said={`observed · ${counted(graph.calls.length, folded ? "call site" : "call")}${folded && view.calls.length !== graph.calls.length ? `, ${counted(view.calls.length, "call")}` : ""}`}
      tools={
        <>
          <button
            className="button quiet small"
            aria-pressed={isHaunted === "shown"}
            title="Call sites of the code that this run did not reach"
            onClick={() => choose({ ghosts: isHaunted === "shown" ? undefined : "shown" })}
          >
            {isHaunted === "shown" && ghosts.data ? `${counted(ghosts.data.length, "ghost")} shown` : "ghosts"}{" "}
            <kbd>h</kbd>
          </button>
          <span className="segmented" role="group" aria-label="Shape">
            <button aria-pressed={folded} onClick={() => choose({ shape: undefined })}>
              folded
            </button>
            <button
              aria-pressed={!folded}
              disabled={isTooMany}
              title={
                isTooMany
                  ? `${view.calls.length} calls are too many to draw`
                  : view.calls.length > FOLD_ABOVE
                    ? "many calls: slow"
                    : undefined
              }
              onClick={() => choose({ shape: "unrolled" })}
            >
              unrolled
            </button>
          </span>
        </>
      }
    >
      {graph.calls.length === 0 ? (
        <Nothing>{props.live.connection === "loading" ? "Loading" : "This run has made no call so far."}</Nothing>
      ) : (
        <ReactFlowProvider>
          <Drawing
            graph={graph}
            view={view}
            runId={props.runId}
            ghosts={isHaunted === "shown" ? (ghosts.data ?? NO_GHOSTS) : NO_GHOSTS}
          />
        </ReactFlowProvider>
      )}
    </Pane>
  );
}

function Drawing(props: {
  readonly graph: Graph;
  readonly view: RunView;
  readonly runId: string;
  readonly ghosts: readonly Ghost[];
}): ReactElement {
  const { graph, view, ghosts } = props;
  const { call, choose } = useSelection();
  const descend = useDescent(props.runId, view);
  const box = useRef<HTMLDivElement>(null);
  const room = useRoom(box);
  const layout = useLayout({ graph, ghosts: useMemo(() => ghosts.map((_, i) => -1 - i), [ghosts]) }, room);
  const flow = useReactFlow();
  const iterations = useMemo(() => {
    const found = new Map<number, number>();
    for (const loop of graph.loops ?? []) for (const id of loop.calls) found.set(id, loop.iterations);
    return found;
  }, [graph.loops]);

  const chosenVertex = useMemo(
    () => graph.calls.find((one) => one.id === call || (call !== undefined && one.calls?.includes(call)))?.id,
    [graph.calls, call],
  );

  const vertices = useMemo((): VertexNode[] => {
    return graph.calls.map((one) => {
      let [expected, open, retries] = [0, false, 0];
      for (const id of one.calls ?? [one.id]) {
        const viewed = view.calls[id - 1];
        if (!viewed) continue;
        const wanted = expectedItems(view, viewed);
        expected += wanted.count;
        open ||= !wanted.final;
        retries += viewed.retries;
      }
      return {
        id: String(one.id),
        type: "vertex",
        position: layout?.places.get(one.id) ?? { x: 0, y: 0 },
        width: VERTEX_WIDTH,
        height: VERTEX_HEIGHT,
        ariaLabel: `${one.node}, ${one.status}, ${counted(one.items.total, "item")}`,
        data: {
          call: one,
          expected,
          open,
          retries,
          iterations: iterations.get(one.id),
          chosen: one.id === chosenVertex,
          direction: layout?.direction ?? "RIGHT",
        },
      };
    });
  }, [graph.calls, view, layout, iterations, chosenVertex]);

  const beside = useMemo(
    (): (RegionNode | GhostNode)[] => [
      ...(graph.loops ?? []).map((loop, i): RegionNode => {
        const { x = 0, y = 0, width = 0, height = 0 } = layout?.regions[i] ?? {};
        return {
          id: `loop ${i}`,
          type: "region",
          position: { x, y },
          width,
          height,
          zIndex: -1,
          ...FIXED,
          data: { loop },
        };
      }),
      ...ghosts.map((ghost, i): GhostNode => {
        const position = layout?.places.get(-1 - i) ?? { x: 0, y: 0 };
        const size = { width: VERTEX_WIDTH, height: VERTEX_HEIGHT };
        return { id: String(-1 - i), type: "ghost", position, ...size, ...FIXED, data: { ghost } };
      }),
    ],
    [graph.loops, ghosts, layout],
  );
  const nodes = useMemo(() => [...beside, ...vertices], [beside, vertices]);
  const edges = useMemo(() => arrowsOf({ graph, view }, layout, chosenVertex), [graph, view, layout, chosenVertex]);

  const isMoved = useRef(false);
  useEffect(() => {
    if (!layout || !box.current) return;
    isMoved.current = false;
    const element = box.current;
    fit(element);
    let width = element.clientWidth;
    let height = element.clientHeight;
    // The whole is fitted for a layout and for a size of the pane, not whenever a counter moves, and not what somebody has moved.
    const observer = new ResizeObserver(() => {
      if (isMoved.current || (element.clientWidth === width && element.clientHeight === height)) return;
      ({ clientWidth: width, clientHeight: height } = element);
      fit(element);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [layout, flow]);
  const fit = ({ clientWidth, clientHeight }: HTMLElement): void => {
    if (!layout) return;
    // With the ways of the edges, which go around the vertices.
    const { width, height } = layout;
    const fits = Math.min(clientWidth / (width + MARGIN), clientHeight / (height + MARGIN));
    const zoom = Math.min(1, Math.max(MIN_FIT, fits));
    // Labels stay readable: of what does not fit the beginning is shown, the map and dragging reach the rest.
    const place = (room: number, size: number): number => Math.max(MARGIN / 2, (room - size * zoom) / 2);
    void flow.setViewport({ x: place(clientWidth, width), y: place(clientHeight, height), zoom });
  };
  useEffect(() => {
    if (chosenVertex === undefined || !box.current) return;
    const place = layout?.places.get(chosenVertex);
    const { x, y, zoom } = flow.getViewport();
    if (!place) return;
    const [left, top] = [place.x * zoom + x, place.y * zoom + y];
    const { clientWidth, clientHeight } = box.current;
    const isSeen =
      left >= 0 && top >= 0 && left + VERTEX_WIDTH * zoom <= clientWidth && top + VERTEX_HEIGHT * zoom <= clientHeight;
    if (!isSeen) void flow.setCenter(place.x + VERTEX_WIDTH / 2, place.y + VERTEX_HEIGHT / 2, { zoom, duration: 120 });
  }, [chosenVertex, layout, flow]);
  useKeys([
    {
      keys: "0",
      says: "show the whole graph",
      group: "Graph",
      run: () => void flow.fitView({ padding: 0.12, duration: 120 }),
    },
    { keys: "w", says: "closer", group: "Graph", run: () => void flow.zoomIn({ duration: 80 }) },
    { keys: "s", says: "further away", group: "Graph", run: () => void flow.zoomOut({ duration: 80 }) },
    { keys: "a", says: "to the left", group: "Graph", run: () => pan(flow, 80) },
    { keys: "d", says: "to the right", group: "Graph", run: () => pan(flow, -80) },
    {
      keys: "f",
      says: "centre on what is chosen",
      group: "Graph",
      run: () =>
        chosenVertex !== undefined &&
        void flow.fitView({ nodes: [{ id: String(chosenVertex) }], maxZoom: 1.2, duration: 120 }),
    },
  ]);

  return (
    <div className="graph" ref={box}>
      {!layout && <Nothing>Laying out {counted(graph.calls.length, "vertex", "vertices")}</Nothing>}
      {layout && (
        <ReactFlow
          onViewportChange={({ zoom }) => box.current && sizeLabels(box.current, zoom)}
          onMoveStart={(event) => {
            if (event !== null) isMoved.current = true;
          }}
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          nodesDraggable={false}
          nodesConnectable={false}
          edgesFocusable={false}
          minZoom={0.08}
          maxZoom={2.2}
          onlyRenderVisibleElements={graph.calls.length > 120}
          onNodeClick={(_, vertex) => {
            if (vertex.type === "vertex") choose({ call: Number(vertex.id), item: undefined, list: undefined });
          }}
          onNodeDoubleClick={(_, vertex) => vertex.type === "vertex" && descend()}
          onPaneClick={() => choose({ call: undefined, item: undefined })}
          onKeyDown={(event) => {
            const id = (event.target as HTMLElement).closest(".react-flow__node")?.getAttribute("data-id");
            // Enter chooses what has the focus; once more opens it.
            if (event.key !== "Enter" || !id || Number(id) === chosenVertex || !(Number(id) > 0)) return;
            event.preventDefault();
            choose({ call: Number(id), item: undefined });
          }}
          proOptions={{ hideAttribution: true }}
        >
          <Background variant={BackgroundVariant.Dots} gap={22} size={1} color="var(--line)" />
          {graph.calls.length > 12 && (
            <MiniMap
              pannable
              zoomable
              ariaLabel="Map of the graph"
              bgColor="var(--raised)"
              maskColor="color-mix(in srgb, var(--ground) 55%, transparent)"
              nodeColor={(vertex) =>
                vertex.type === "vertex" ? statusColor((vertex as VertexNode).data.call.status) : "transparent"
              }
              style={{ width: 130, height: 84 }}
            />
          )}
        </ReactFlow>
      )}
    </div>
  );
}

/** Labels are never smaller than can be read, however small the graph is; zoomed far out they are too many to be read anyway. */
function sizeLabels(graph: HTMLElement, zoom: number): void {
  const size = zoom >= LABELS_GROW || zoom < MIN_FIT ? "" : `${SMALLEST_LABEL_PX / zoom}px`;
  if (graph.style.getPropertyValue("--label") !== size) graph.style.setProperty("--label", size);
}

/** Not to be chosen, moved or focused: they say something about the calls. */
const FIXED = { selectable: false, focusable: false, draggable: false } as const;

function pan(flow: ReturnType<typeof useReactFlow>, by: number): void {
  const viewport = flow.getViewport();
  void flow.setViewport({ ...viewport, x: viewport.x + by }, { duration: 80 });
}

/** Wide panes read from left to right, tall ones from top to bottom. */
function useRoom(box: React.RefObject<HTMLDivElement | null>): Room | undefined {
  const [room, setRoom] = useState<Room | undefined>();
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      if (height === 0) return;
      const aspect = Math.round((width / height) * 2) / 2 || 0.5;
      const direction = width >= height * 0.95 ? "RIGHT" : "DOWN";
      const [wide, high] = [Math.floor(width / 60) * 60 - 30, Math.floor(height / 60) * 60 - 10];
      setRoom((before) =>
        before?.width === wide && before.height === high ? before : { aspect, direction, width: wide, height: high },
      );
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return room;
}

function useLayout(shown: Shown, room: Room | undefined): Layout | undefined {
  const key = room && `${layoutKey(shown, room)} ${room.width} ${room.height}`;
  const [layout, setLayout] = useState<Layout | undefined>();
  useEffect(() => {
    if (!room) return;
    let wanted = true;
    void layOut(shown, room).then((answer) => wanted && setLayout(answer));
    return () => void (wanted = false);
    // R2: the graph is read by its shape.
  }, [key]);
  return layout;
}
