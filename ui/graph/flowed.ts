/** How many values went along each edge so far, as the log tells. */
import type { Graph, GraphEdge } from "../../src/model/graph.ts";
import type { RunView } from "../../src/model/view.ts";

export function edgeKey({ from, to, param }: Pick<GraphEdge, "from" | "to" | "param">): string {
  return `${from}>${to}:${param ?? ""}`;
}

/** By `edgeKey` of the edges of `graph`, solid ones only: along a dashed edge no value went. */
export function flowed(view: RunView, graph: Graph): ReadonlyMap<string, number> {
  const siteOf = new Map<number, number>();
  for (const { id, calls } of graph.calls) for (const call of calls ?? [id]) siteOf.set(call, id);
  const counts = new Map<string, number>();
  for (const call of view.calls) {
    const to = siteOf.get(call.call);
    if (to === undefined) continue;
    for (const edge of call.edges) {
      const from = siteOf.get(edge.from);
      if (edge.kind !== "solid" || from === undefined) continue;
      const key = edgeKey({ from, to, ...(edge.param === undefined ? {} : { param: edge.param }) });
      // Without ranges it is the whole list of the call, as far as that has come.
      const values = edge.items
        ? edge.items.reduce((sum, [first, last]) => sum + last - first + 1, 0)
        : (view.calls[edge.from - 1]?.produced ?? 0);
      counts.set(key, (counts.get(key) ?? 0) + values);
    }
  }
  return counts;
}
