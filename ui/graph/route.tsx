import { BaseEdge, EdgeLabelRenderer, type Edge, type EdgeProps } from "@xyflow/react";
import { memo, type ReactElement } from "react";
import type { Point } from "./layout.ts";

export interface RouteData extends Record<string, unknown> {
  readonly points: readonly Point[];
  readonly text: string | undefined;
}

export type RouteEdge = Edge<RouteData, "route">;

const CORNER = 6;
/** Width of a letter of a label, px. */
const CHARACTER = 7;

/** An edge along the way that the layout found for it, with rounded corners. */
function RouteShape({
  id,
  data,
  style,
  markerEnd,
  sourceX,
  sourceY,
  targetX,
  targetY,
}: EdgeProps<RouteEdge>): ReactElement {
  const points = data?.points ?? [];
  const path = points.length > 1 ? pathOf(points) : `M${sourceX},${sourceY} L${targetX},${targetY}`;
  const label = labelPlace(points, data?.text ?? "") ?? { x: (sourceX + targetX) / 2, y: (sourceY + targetY) / 2 };
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        {...(style ? { style } : {})}
        {...(markerEnd === undefined ? {} : { markerEnd })}
        interactionWidth={0}
      />
      {data?.text !== undefined && data.text !== "" && (
        <EdgeLabelRenderer>
          <span
            className="edge-label"
            style={{
              transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)`,
            }}
          >
            {data.text}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

/** Shorter than this a level stretch is a corner, px. */
const STRETCH = 24;

/**
 * The middle of the longest level stretch: it runs where no vertex stands, even where the words are longer than it. Without one it is
 * that of the middle stretch.
 */
function labelPlace(points: readonly Point[], text: string): Point | undefined {
  const stretches = points.slice(1).map((to, i) => ({ from: points[i]!, to }));
  const enough = Math.min(STRETCH, text.length * CHARACTER);
  const level = stretches
    .filter(({ from, to }) => from.y === to.y && Math.abs(to.x - from.x) >= enough)
    .toSorted((a, b) => Math.abs(b.to.x - b.from.x) - Math.abs(a.to.x - a.from.x));
  const chosen = level[0] ?? stretches[Math.floor(points.length / 2) - 1];
  return chosen && { x: (chosen.from.x + chosen.to.x) / 2, y: (chosen.from.y + chosen.to.y) / 2 };
}

function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  let path = `M${first!.x},${first!.y}`;
  for (const [i, at] of rest.entries()) {
    const next = rest[i + 1];
    const before = i === 0 ? first! : rest[i - 1]!;
    if (!next) {
      path += ` L${at.x},${at.y}`;
      break;
    }
    const into = toward(at, before);
    const out = toward(at, next);
    path += ` L${into.x},${into.y} Q${at.x},${at.y} ${out.x},${out.y}`;
  }
  return path;
}

function toward(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const by = Math.min(CORNER, length / 2) / (length || 1);
  return { x: from.x + (to.x - from.x) * by, y: from.y + (to.y - from.y) * by };
}

export const Route = memo(RouteShape);
