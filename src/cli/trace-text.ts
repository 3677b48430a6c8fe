/**
 * What a trace found, for people.
 *
 * R1. Every figure says of what kind it is: possible (traced) or expected (from recorded runs), and out of how many.
 */
import type { SampleEntry, TraceWorkflowOutput } from "../app/operations/trace-workflow.ts";
import { formatDuration } from "../base/duration.ts";
import { mermaidText } from "../model/graph-text.ts";
import type { SourceSite } from "../model/workgraph-error.ts";
import { counted, shortVersion } from "./run-text.ts";
import { cut, oneLine, padEnd, widthOf } from "./text-width.ts";

type PossibleCall = TraceWorkflowOutput["possible"]["calls"][number];

const MAX_VALUE = 60;
/** Call sites that only past runs reached; --json has all. */
const MAX_UNSEEN = 10;

export function traceText(document: TraceWorkflowOutput): string {
  const { workflow, version, possible, samples, sampled, notFollowed, expected, from } = document;
  const lines = [
    `possible calls of "${workflow}" (version ${shortVersion(version)}); nothing was executed`,
    `input: ${inputText(document)}`,
  ];
  if (from) {
    lines.push(
      from.match === "exact"
        ? `results: those of run ${from.run}, which ran this version`
        : `results: those of run ${from.run} as far as calls are the same; ${counted(from.unmatched, "call")} it did not make`,
    );
  }
  if (sampled) {
    const open = notFollowed > 0 ? `; ${counted(notFollowed, "choice")} not followed` : "";
    lines.push(`sampled: ${counted(samples.length, "trace")}, by choices for ${chosenText(samples)}${open}`);
  }
  lines.push("", ...callLines(document));
  for (const loop of possible.loops) {
    const names = namesOf(possible.calls);
    lines.push(`loop: ${loop.calls.map((id) => names.get(id)).join(" -> ")}${share(loop.samples, samples.length)}`);
  }
  lines.push("", ...endLines(document));
  if (expected) {
    const unseen = expected.calls.filter((call) => call.possible === undefined);
    lines.push("", `expected: from ${counted(expected.runs, "recorded run")} of this version`);
    for (const { node, site, runs } of unseen.slice(0, MAX_UNSEEN))
      lines.push(`  also called: ${node} at ${placeText(site)}, in ${runs} of ${expected.runs} runs`);
    if (unseen.length > MAX_UNSEEN) lines.push(`  and at ${counted(unseen.length - MAX_UNSEEN, "other place")}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** "classify (its "reason" is an example), is_good". */
function chosenText(samples: readonly SampleEntry[]): string {
  const examples = new Map<string, readonly string[]>();
  for (const { decisions } of samples) for (const one of decisions) examples.set(one.node, one.examples);
  return [...examples]
    .map(([node, fields]) => {
      const named = fields.map((field) => `"${field}"`).join(", ");
      return fields.length === 0
        ? node
        : `${node} (its ${named} ${fields.length === 1 ? "is an example" : "are examples"})`;
    })
    .join(", ");
}

function inputText({ input }: TraceWorkflowOutput): string {
  const value = cut(oneLine(JSON.stringify(input.value) ?? ""), MAX_VALUE);
  switch (input.from) {
    case "given":
      return value;
    case "run":
      return `${value} (of the run)`;
    case "example":
      return `${value} (an example made from its types; give your own)`;
    case "none":
      return "none";
  }
}

function callLines({ possible, samples, expected }: TraceWorkflowOutput): readonly string[] {
  const names = namesOf(possible.calls);
  const figures = new Map(expected?.calls.map((call) => [call.possible, call]));
  // An edge that was in as many runs as its call says nothing more.
  const past = new Map(
    expected?.edges.map(({ from, to, kind, param, runs }) => {
      const [source, target] = [expected.calls[from]?.possible, expected.calls[to]?.possible];
      return [JSON.stringify([source, target, kind, param]), runs] as const;
    }),
  );
  const rows = possible.calls.map((call) => {
    const edges = possible.edges
      .filter((edge) => edge.to === call.id)
      .map((edge) => {
        const source = names.get(edge.from) ?? "";
        const text = edge.kind === "dashed" ? `after ${source}` : `${edge.param ?? ""} <- ${source}`.trim();
        const runs = past.get(JSON.stringify([edge.from, edge.to, edge.kind, edge.param]));
        const seen =
          runs === undefined || expected === undefined ? "" : ` [expected: ${runs} of ${expected.runs} runs]`;
        return `${text}${share(edge.samples, call.samples)}${runs === figures.get(call.id)?.runs ? "" : seen}`;
      });
    const figure = figures.get(call.id);
    const time = figure?.medianMs === undefined ? "" : `, ${formatDuration(Math.round(figure.medianMs))}`;
    return [
      names.get(call.id) ?? "",
      call.many ? "items" : "item",
      `${placeText(call.site)}${share(call.samples, samples.length)}`,
      edges.join(", "),
      figure === undefined || expected === undefined
        ? ""
        : `[expected: ${figure.runs} of ${expected.runs} runs, median ${counted(figure.medianItems, "item")}${time}]`,
    ];
  });
  const widths = [0, 1, 2].map((column) => rows.reduce((width, row) => Math.max(width, widthOf(row[column]!)), 0));
  return rows.map((row) =>
    row
      .map((cell, column) => (widths[column] === undefined ? oneLine(cell) : padEnd(oneLine(cell), widths[column])))
      .filter((cell) => cell !== "")
      .join("  ")
      .trimEnd(),
  );
}

function endLines({ samples, stops }: TraceWorkflowOutput): readonly string[] {
  const lines: string[] = [];
  const ends = (end: SampleEntry["end"]): number => samples.filter((sample) => sample.end === end).length;
  const of = (count: number): string => share(count, samples.length);
  const returned = samples.filter(({ end }) => end === "returned");
  const results = Map.groupBy(returned, ({ returns = [] }) => resultText(returns));
  for (const [text, { length }] of results) lines.push(`${text}${of(length)}`);
  for (const [index, stop] of stops.entries()) {
    const where = stop.site === undefined ? "" : `${placeText(stop.site)}: `;
    lines.push(`stop ${index + 1}: ${where}waits for "${stop.node}"${of(stop.samples)}: ${stop.why}`);
  }
  if (stops.length > 0) lines.push("past a stop: --from RUN, --result NODE=JSON, or an output schema with few values");
  if (ends("untracked") > 0) {
    lines.push(`it waits for something that is no handle${of(ends("untracked"))}: a timer or request of its own`);
  }
  const errors = new Map(samples.flatMap(({ error }) => (error ? [[error.message, error] as const] : [])));
  for (const { message, code, site } of errors.values()) {
    const told = message.startsWith(code) ? message : `${code}: ${message}`;
    lines.push(`it throws${of(ends("threw"))}${site ? ` at ${placeText(site)}` : ""}: ${oneLine(told)}`);
  }
  return lines;
}

function resultText(nodes: readonly string[]): string {
  if (nodes.length === 0) return "it comes to its end";
  return `it returns what ${nodes.map((node) => `"${node}"`).join(", ")} ${nodes.length === 1 ? "gives" : "give"}`;
}

/** " (2 of 3 traces)"; nothing where it is all of them. */
function share(count: number, of: number): string {
  return count === of ? "" : ` (${count} of ${counted(of, "trace")})`;
}

function placeText(site: SourceSite | undefined): string {
  return site === undefined ? "no source" : `${site.file}:${site.line}`;
}

function namesOf(calls: readonly PossibleCall[]): ReadonlyMap<number, string> {
  const groups = Map.groupBy(calls, (call) => call.node);
  return new Map(
    calls.map((call) => {
      const group = groups.get(call.node) ?? [];
      return [call.id, group.length < 2 ? call.node : `${call.node}#${group.indexOf(call) + 1}`];
    }),
  );
}

/** The possible graph as mermaid: dotted boxes, since nothing of it was observed. */
export function traceMermaid({ workflow, possible, samples, expected }: TraceWorkflowOutput): string {
  const names = namesOf(possible.calls);
  const figures = new Map(expected?.calls.map((call) => [call.possible, call]));
  const lines = ["---", `title: ${mermaidText(`possible: ${workflow}`)}`, "---", "flowchart TD"];
  lines.push("  classDef possible stroke-dasharray: 4 3;");
  for (const call of possible.calls) {
    const figure = figures.get(call.id);
    const label = [
      names.get(call.id) ?? "",
      `possible${share(call.samples, samples.length)}`,
      ...(figure && expected ? [`expected: ${figure.runs} of ${expected.runs} runs`] : []),
    ];
    lines.push(`  c${call.id}["${label.map((line) => mermaidText(oneLine(line))).join("<br/>")}"]:::possible`);
  }
  for (const edge of possible.edges) {
    const label = edge.param === undefined ? "" : `|"${mermaidText(oneLine(edge.param))}"|`;
    lines.push(`  c${edge.from} ${edge.kind === "solid" ? "-->" : "-.->"}${label} c${edge.to}`);
  }
  return `${lines.join("\n")}\n`;
}
