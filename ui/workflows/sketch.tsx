/**
 * A graph that is not that of one run: what may happen, or two runs over each other. Nothing in it is live.
 *
 * R1. A vertex that was not observed, or in one of two runs alone, is told by words and a dashed frame, not by colour alone.
 */
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import type { Graph } from "../../src/model/graph.ts";
import { layOut, VERTEX_HEIGHT, VERTEX_WIDTH, type Point } from "../graph/layout.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";

export interface SketchVertex {
  readonly id: number;
  readonly name: string;
  readonly said: string;
  readonly side?: "possible" | "expected" | "only-a" | "only-b" | "changed" | "both";
}

export interface SketchEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: "solid" | "dashed";
}

const MARGIN = 14;
const LABEL_LENGTH = 23;
const ROOM = { direction: "RIGHT", aspect: 3, width: 1_100, height: 400 } as const;

export function Sketch(props: {
  readonly label: string;
  readonly vertices: readonly SketchVertex[];
  readonly edges: readonly SketchEdge[];
}): ReactElement {
  const { vertices, edges } = props;
  const graph = asGraph(vertices, edges);
  const layout = useQuery({
    queryKey: ["sketch", JSON.stringify([vertices.map(({ id }) => id), edges])],
    queryFn: () => layOut({ graph, ghosts: [] }, ROOM),
    staleTime: Infinity,
  });
  if (layout.error) return <Refusal error={layout.error} />;
  if (!layout.data) return <Nothing>Laying it out</Nothing>;
  const { places, routes } = layout.data;
  const at = (id: number): Point => places.get(id) ?? { x: 0, y: 0 };
  const width = layout.data.width + 2 * MARGIN;
  const height = layout.data.height + 2 * MARGIN;
  return (
    <div className="sketch" tabIndex={0} role="group" aria-label={props.label}>
      <svg width={width} height={height} viewBox={`${-MARGIN} ${-MARGIN} ${width} ${height}`} role="img">
        <title>{props.label}</title>
        <defs>
          <marker id="sketch-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
            <path d="M0 0.5 L7 4 L0 7.5" />
          </marker>
        </defs>
        {[...new Map(edges.map((edge) => [`${edge.from}>${edge.to} ${edge.kind}`, edge]))].map(([key, edge]) => (
          <path
            key={key}
            className={edge.kind}
            d={wayOf(routes.get(`${edge.from}>${edge.to}`))}
            markerEnd="url(#sketch-arrow)"
          />
        ))}
        {vertices.map(({ id, name, said, side }) => (
          <g
            key={id}
            className="sketch-vertex"
            data-side={side ?? "both"}
            transform={`translate(${at(id).x} ${at(id).y})`}
          >
            <title>{`${name}: ${said}`}</title>
            <rect width={VERTEX_WIDTH} height={VERTEX_HEIGHT} rx="6" />
            <text x="9" y="17">
              {cut(name)}
            </text>
            <text x="9" y="33" className="second">
              {cut(said, LABEL_LENGTH + 5)}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}

function cut(text: string, length: number = LABEL_LENGTH): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function wayOf(points: readonly Point[] | undefined): string {
  return (points ?? []).map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join(" ");
}

function asGraph(vertices: readonly SketchVertex[], edges: readonly SketchEdge[]): Graph {
  return {
    folded: true,
    calls: vertices.map(({ id, name }) => ({ id, node: name, kind: "node", status: "waiting", items: { total: 0 } })),
    edges,
  };
}
