/**
 * The shape of a run: which call sites it reached and what flowed between them.
 *
 * R1. Two runs have one shape when their folded graphs have the same sites and edges. How often a site was called, how many items
 *     it had, what came of them and how long it took is not shape.
 */
import { fingerprint } from "../../base/fingerprint.ts";
import { foldGraph, siteKey, type Graph } from "../graph.ts";

/** 16 hex digits; equal for runs of one shape. */
export function shapeOf(graph: Graph): string {
  return fingerprint(shapeLines(graph).join("\n"));
}

/** What the digest is made of, sorted: a line per call site and per edge. Two shapes differ in the lines that one lacks. */
export function shapeLines(graph: Graph): readonly string[] {
  const folded = graph.folded ? graph : foldGraph(graph);
  const keyOf = new Map(folded.calls.map((call) => [call.id, siteKey(call)]));
  const lines = folded.calls.map((call) => `site ${siteKey(call)}`);
  for (const { from, to, kind, param, modified } of folded.edges) {
    const what = JSON.stringify([kind, param ?? "", modified === true ? "modified" : ""]);
    lines.push(`edge ${what} ${keyOf.get(from)} ${keyOf.get(to)}`);
  }
  return lines.toSorted();
}
