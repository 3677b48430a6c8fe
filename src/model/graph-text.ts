/**
 * A graph as text, mermaid or dot: for terminals, chat windows, documents, and tests that compare it.
 *
 * Owns: the three notations and their escapes. Leaves to graph.ts: the graph.
 *
 * R1. Text holds no ids and no times unless asked: two equal runs print the same, whatever finished first
 *     (graph/print-order.ts). A node called several times reads `refine#2`, counted in that order.
 * R2. Labels are hostile text: nothing in a node's title can end a label, start markup or move a cursor.
 * R3. Where lineage ends, the line says so, and the last line what keeps it.
 */
import { printOrder } from "./graph/print-order.ts";
import type { Graph, GraphCall, GraphEdge, GraphLoop } from "./graph.ts";

export type GraphFormat = "text" | "mermaid" | "dot";

export interface GraphTextOptions {
  /** Put the call's number before each line of text. */
  readonly ids?: boolean;
  /** What the graph is, for the last line. */
  readonly label?: "observed";
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

function plainText(graph: Graph, { ids, label }: GraphTextOptions): string {
  const calls = inOrder(graph);
  const names = namesOf(calls);
  const place = new Map(calls.map(({ id }, index) => [id, index]));
  const incoming = Map.groupBy(graph.edges, (edge) => edge.to);
  const rows = calls.map((call) => ({
    id: ids === true ? `${call.id}` : "",
    name: names.get(call.id)!,
    count: countText(call),
    unit: unitText(call),
    status: call.status,
    reasons: reasonsText(call, { edges: incoming.get(call.id) ?? [], names, place }),
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
      row.reasons,
    ]
      .join("  ")
      .trimEnd(),
  );
  for (const loop of graph.loops ?? []) lines.push(loopText(loop, names));
  if (calls.some(({ ends }) => ends !== undefined)) lines.push(ENDS_HINT);
  if (label !== undefined) lines.push(`${label}: ${counted(sumCalls(calls), "call")}`);
  return lines.map((line) => `${line}\n`).join("");
}

const ENDS_HINT =
  "plain: a value passed on after a graph break; its lineage ends there. The handle itself, or filter() of a list, keeps it";

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

const sumCalls = (calls: readonly GraphCall[]): number =>
  calls.reduce((sum, call) => sum + (call.calls?.length ?? 1), 0);

/** A folded graph stands in its order already. */
function inOrder(graph: Graph): readonly GraphCall[] {
  if (graph.folded) return graph.calls;
  const callOf = new Map(graph.calls.map((call) => [call.id, call]));
  return printOrder(graph.calls, graph.edges).map((id) => callOf.get(id)!);
}

function loopText({ kind, calls, iterations, depth }: GraphLoop, names: ReadonlyMap<number, string>): string {
  const members = calls.map((id) => names.get(id)!).join(" -> ");
  return `${kind}: ${members} (${depth === undefined ? counted(iterations, "iteration") : `depth ${depth}`})`;
}

/** What a call stands behind: values first, then plain ones, then what only came before. */
function reasonsText(
  call: GraphCall,
  of: {
    readonly edges: readonly GraphEdge[];
    readonly names: ReadonlyMap<number, string>;
    readonly place: ReadonlyMap<number, number>;
  },
): string {
  const at = ({ from }: GraphEdge): number => of.place.get(from) ?? -1;
  const solid = of.edges.filter(({ kind }) => kind === "solid");
  const params = [...new Set(solid.map(({ param }) => param ?? ""))];
  const dashed = of.edges.filter(({ kind }) => kind === "dashed").toSorted((a, b) => at(a) - at(b));
  return [
    ...params.flatMap((param) =>
      solid.filter((edge) => (edge.param ?? "") === param).toSorted((a, b) => at(a) - at(b)),
    ),
    ...dashed,
  ]
    .map((edge) => edgeText(edge, of.names))
    .toSpliced(solid.length, 0, ...(call.ends ?? []).map((param) => `${oneLine(param)} plain`))
    .concat(call.cause === undefined ? [] : ["after something unknown"])
    .join(", ");
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
export function mermaidText(text: string): string {
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
