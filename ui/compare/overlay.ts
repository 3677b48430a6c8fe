/**
 * The graphs of two runs over each other.
 *
 * R1. Vertices are call sites; two are one when node, kind and how many of that node were met before agree: lines move when code is
 *     edited, the order of calls of one node seldom does.
 */
import type { Graph } from "../../src/model/graph.ts";
import { count, counted } from "../shell/format.ts";
import type { SketchEdge, SketchVertex } from "../workflows/sketch.tsx";

export interface Overlay {
  readonly vertices: readonly SketchVertex[];
  readonly edges: readonly SketchEdge[];
}

/** @param differing of each node, how many of its items differ */
export function overlay(a: Graph, b: Graph, differing: ReadonlyMap<string, number>): Overlay {
  const [ofA, ofB] = [keysOf(a), keysOf(b)];
  const keys = [...new Set([...ofB.values(), ...ofA.values()])];
  const idOf = new Map(keys.map((key, index) => [key, index]));
  const itemsIn = (graph: Graph, names: ReadonlyMap<number, string>): ReadonlyMap<string, number> =>
    new Map(graph.calls.map((call) => [names.get(call.id)!, call.items.total]));
  const [itemsA, itemsB] = [itemsIn(a, ofA), itemsIn(b, ofB)];
  const nodeOf = new Map([
    ...a.calls.map(({ id, node }) => [ofA.get(id)!, node] as const),
    ...b.calls.map(({ id, node }) => [ofB.get(id)!, node] as const),
  ]);
  const vertices = keys.map((key, id): SketchVertex => {
    const name = nodeOf.get(key)!;
    const [inA, inB] = [itemsA.get(key), itemsB.get(key)];
    if (inB === undefined) return { id, name, said: `only in A · ${counted(inA ?? 0, "item")}`, side: "only-a" };
    if (inA === undefined) return { id, name, said: `only in B · ${counted(inB, "item")}`, side: "only-b" };
    const items = inA === inB ? counted(inA, "item") : `${count(inA)} → ${count(inB)} items`;
    const others = differing.get(name) ?? 0;
    return others > 0
      ? { id, name, said: `${count(others)} differ · ${items}`, side: "changed" }
      : { id, name, said: items, side: "both" };
  });
  const edges = new Map<string, SketchEdge>();
  for (const [graph, names] of [
    [a, ofA],
    [b, ofB],
  ] as const) {
    for (const { from, to, kind } of graph.edges) {
      const edge = { from: idOf.get(names.get(from)!)!, to: idOf.get(names.get(to)!)!, kind };
      edges.set(`${edge.from}>${edge.to} ${kind}`, edge);
    }
  }
  return { vertices, edges: [...edges.values()] };
}

/** R1. */
function keysOf(graph: Graph): ReadonlyMap<number, string> {
  const met = new Map<string, number>();
  return new Map(
    graph.calls.map(({ id, node, kind }) => {
      const base = `${node} ${kind}`;
      const nth = met.get(base) ?? 0;
      met.set(base, nth + 1);
      return [id, `${base} ${nth}`];
    }),
  );
}
