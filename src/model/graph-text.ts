/**
 * A graph as text, mermaid or dot: for terminals, chat windows, documents, and tests that compare it.
 *
 * Owns: the three notations and their escapes. Leaves to graph.ts: the graph.
 *
 * R1. Text holds no ids and no times unless asked: two equal runs print the same. A node called several times reads
 *     `refine#2`, counted in the order of its calls.
 * R2. Labels are hostile text: nothing in a node's title can end a label, start markup or move a cursor.
 */
import type { Graph, GraphCall, GraphEdge } from "./graph.ts";

export type GraphFormat = "text" | "mermaid" | "dot";

export interface GraphTextOptions {
  /** Put the call's number before each line of text. */
  readonly ids?: boolean;
}

export function graphText(graph: Graph, format: GraphFormat, options: GraphTextOptions = {}): string {
  switch (format) {
    case "text":
      return plainText(graph, options);
    case "mermaid":
      return mermaid(graph);
    case "dot":
      return dot(graph);
  }
}

function plainText(graph: Graph, { ids }: GraphTextOptions): string {
  const names = namesOf(graph.calls);
  const incoming = Map.groupBy(graph.edges, (edge) => edge.to);
  const rows = graph.calls.map((call) => ({
    id: ids === true ? `${call.id}` : "",
    name: names.get(call.id)!,
    count: countText(call),
    unit: unitText(call),
    status: call.status,
    edges: (incoming.get(call.id) ?? []).map((edge) => edgeText(edge, names)).join(", "),
  }));
  const widthOf = (column: "id" | "name" | "count" | "unit" | "status"): number =>
    rows.reduce((width, row) => Math.max(width, row[column].length), 0);
  const width = {
    id: widthOf("id"),
    name: widthOf("name"),
    count: widthOf("count"),
    unit: widthOf("unit"),
    status: widthOf("status"),
  };
  const lines = rows.map((row) =>
    [
      ...(ids === true ? [row.id.padStart(width.id)] : []),
      row.name.padEnd(width.name),
      `${row.count.padStart(width.count)} ${row.unit.padEnd(width.unit)}`,
      row.status.padEnd(width.status),
      row.edges,
    ]
      .join("  ")
      .trimEnd(),
  );
  for (const loop of graph.loops ?? []) {
    const members = loop.calls.map((id) => names.get(id)!).join(" -> ");
    lines.push(`loop: ${members} (${loop.iterations} iteration${loop.iterations === 1 ? "" : "s"})`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function edgeText(edge: GraphEdge, names: ReadonlyMap<number, string>): string {
  const from = names.get(edge.from) ?? `call ${edge.from}`;
  const times = edge.count !== undefined && edge.count > 1 ? ` x${edge.count}` : "";
  if (edge.kind === "dashed") return `after ${from}${times}`;
  return `${edge.param === undefined ? "" : `${oneLine(edge.param)} `}<- ${from}${edge.modified ? " (modified)" : ""}${times}`;
}

/** The node's id; with `#k` when several vertices share it. */
function namesOf(calls: readonly GraphCall[]): Map<number, string> {
  const total = new Map<string, number>();
  for (const call of calls) total.set(call.node, (total.get(call.node) ?? 0) + 1);
  const seen = new Map<string, number>();
  return new Map(
    calls.map((call) => {
      const nth = (seen.get(call.node) ?? 0) + 1;
      seen.set(call.node, nth);
      const name = oneLine(call.node);
      return [call.id, (total.get(call.node) ?? 1) > 1 ? `${name}#${nth}` : name];
    }),
  );
}

function countText({ items, calls }: GraphCall): string {
  const made = calls === undefined || calls.length === 1 ? "" : `${calls.length} calls, `;
  return `${made}${items.total}`;
}

function unitText({ items }: GraphCall): string {
  return items.total === 1 ? "item" : "items";
}

function labelLines(call: GraphCall): readonly string[] {
  const name = call.title === undefined ? call.node : `${call.title} (${call.node})`;
  return [oneLine(name), `${countText(call)} ${unitText(call)}, ${call.status}`];
}

function mermaid(graph: Graph): string {
  const lines = ["flowchart TD"];
  for (const call of graph.calls) {
    lines.push(`  c${call.id}["${labelLines(call).map(mermaidText).join("<br/>")}"]`);
  }
  for (const edge of graph.edges) {
    const arrow = edge.kind === "solid" ? "-->" : "-.->";
    const label = edge.param === undefined ? "" : `|"${mermaidText(oneLine(edge.param))}"|`;
    lines.push(`  c${edge.from} ${arrow}${label} c${edge.to}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Everything but letters, digits and harmless marks becomes mermaid's numeric entity. */
function mermaidText(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:_()/+-]/gu, (mark) => `#${mark.codePointAt(0)};`);
}

function dot(graph: Graph): string {
  const lines = ["digraph run {", "  node [shape=box];"];
  for (const call of graph.calls) {
    lines.push(`  c${call.id} [label="${labelLines(call).map(dotText).join("\\n")}"];`);
  }
  for (const edge of graph.edges) {
    const attributes = [
      ...(edge.kind === "dashed" ? ["style=dashed"] : []),
      ...(edge.param === undefined ? [] : [`label="${dotText(oneLine(edge.param))}"`]),
    ];
    lines.push(`  c${edge.from} -> c${edge.to}${attributes.length === 0 ? "" : ` [${attributes.join(", ")}]`};`);
  }
  return `${[...lines, "}"].join("\n")}\n`;
}

function dotText(text: string): string {
  return text.replace(/[\\"]/g, (mark) => `\\${mark}`);
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
}
