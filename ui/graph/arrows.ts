/** The edges as they are drawn: solid where a value provably went, dashed where one call was only made after another. */
import { MarkerType } from "@xyflow/react";
import type { Graph } from "../../src/model/graph.ts";
import type { RunView } from "../../src/model/view.ts";
import { count } from "../shell/format.ts";
import { edgeKey, flowed } from "./flowed.ts";
import type { Layout } from "./layout.ts";
import type { RouteEdge } from "./route.tsx";

/** Above this many edges only those of what is chosen are labelled. */
const MAX_LABELS = 60;

export function arrowsOf(
  { graph, view }: { readonly graph: Graph; readonly view: RunView },
  layout: Layout | undefined,
  chosen: number | undefined,
): RouteEdge[] {
  const statusOf = new Map(graph.calls.map(({ id, status }) => [id, status]));
  const values = flowed(view, graph);
  return graph.edges.map((edge, i) => {
    const near = edge.from === chosen || edge.to === chosen;
    const isDashed = edge.kind === "dashed";
    const color = near ? "var(--accent)" : isDashed ? "var(--ink-faint)" : "var(--line-strong)";
    const went = isDashed ? 0 : (values.get(edgeKey(edge)) ?? 0);
    const short = went > 1 ? count(went) : "";
    const long = [
      isDashed ? "after" : edge.param,
      went > 0 ? count(went) : "",
      edge.modified ? "modified" : "",
      (edge.count ?? 1) > 1 ? `in ${count(edge.count!)} calls` : "",
    ];
    const text = near ? long.filter((part) => part !== undefined && part !== "").join(" · ") : short;
    return {
      id: `${i}`,
      source: String(edge.from),
      target: String(edge.to),
      type: "route",
      data: {
        points: layout?.routes.get(`${edge.from}>${edge.to}`) ?? [],
        text: near || graph.edges.length <= MAX_LABELS ? text : undefined,
      },
      ...(near ? { zIndex: 1 } : {}),
      animated: statusOf.get(edge.from) === "running" && !isDashed,
      markerEnd: { type: MarkerType.ArrowClosed, color, width: 14, height: 14 },
      style: { stroke: color, strokeWidth: near ? 1.8 : 1.3, ...(isDashed ? { strokeDasharray: "5 4" } : {}) },
    };
  });
}
