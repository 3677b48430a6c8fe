/** A profile and a span tree as text. */
import { formatDuration } from "../base/duration.ts";
import { commandLine } from "../model/command-line.ts";
import type { Profile } from "../model/profile.ts";
import type { ListSpansOutput } from "../app/operations/spans.ts";
import { table } from "./table.ts";
import { counted } from "./run-text.ts";
import { oneLine } from "./text-width.ts";

const PATH_LINES = 25;

export function profileText(document: Profile): string {
  const { workflow, runId, status, durationMs, runs, runsLeftOut, nodes, criticalPath: path } = document;
  const children = runs > 1 ? `, with ${counted(runs - 1, "child run")}` : "";
  const left = runsLeftOut > 0 ? ` (${runsLeftOut} more were not read)` : "";
  const parts = [`${workflow} ${runId}  ${status}  ${span(durationMs)}${children}${left}\n`];
  const several = new Set(nodes.map((row) => row.workflow)).size > 1;
  parts.push(
    table(
      [{ title: "NODE" }, ...NUMBERS.map((title) => ({ title, align: "right" as const }))],
      nodes.map((row) => [
        several ? `${row.workflow}/${row.node}` : row.node,
        String(row.items),
        row.failed === 0 ? String(row.attempts) : `${row.attempts} (${row.failed} bad)`,
        span(row.totalMs),
        span(row.selfMs),
        percent(row.share),
        span(row.p50Ms),
        span(row.p95Ms),
        span(row.queueMs),
        span(row.retryMs),
        span(row.blockedMs),
        String(row.peak),
      ]),
    ),
  );
  const kinds = Object.entries(path.byKind).filter(([, ms]) => ms > 0);
  const sums = kinds.map(([kind, ms]) => `${kind} ${span(ms)} (${percent(ms / Math.max(1, durationMs))})`);
  parts.push(`\nCritical path: ${sums.join(", ")}\n`);
  const longest = path.parts.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs)).slice(0, PATH_LINES);
  const shown = path.parts.filter((part) => longest.includes(part));
  parts.push(
    table(
      [{ title: "AT", align: "right" }, { title: "TOOK", align: "right" }, { title: "WHAT" }, { title: "WHERE" }],
      shown.map((part) => [
        span(part.fromMs),
        span(part.toMs - part.fromMs),
        part.node === undefined ? part.kind : `${part.kind} ${part.node}`,
        part.address ?? "",
      ]),
    ),
  );
  if (shown.length < path.parts.length || path.truncated) parts.push("(the longest parts; --json has more)\n");
  if (document.whatIf) parts.push(whatIfText(document.whatIf));
  return parts.join("");
}

const NUMBERS = ["ITEMS", "ATTEMPTS", "TOTAL", "SELF", "SHARE", "P50", "P95", "QUEUE", "RETRY", "BLOCKED", "PEAK"];

function whatIfText({
  measuredMs,
  modelMs,
  predictedMs,
  assumptions,
  unfinished,
}: NonNullable<Profile["whatIf"]>): string {
  const change = modelMs === 0 ? 0 : predictedMs / modelMs - 1;
  const head = `\nWhat if: ${span(predictedMs)} instead of ${span(measuredMs)} (${change > 0 ? "+" : ""}${percent(change)}); simulated as it was it takes ${span(modelMs)}\n`;
  const open =
    unfinished.length > 0
      ? [`Of ${counted(unfinished.length, "call")} the log does not tell all they waited for.`]
      : [];
  return `${head}${[...assumptions, ...open].map((line) => `  - ${line}\n`).join("")}`;
}

export function spansText({ spans, total = spans.length }: ListSpansOutput): string {
  const byId = new Map(spans.map((one) => [one.spanId, one]));
  const children = Map.groupBy(spans, ({ parentId }) => (parentId !== undefined && byId.has(parentId) ? parentId : ""));
  const zeroMs = spans[0]?.startMs ?? 0;
  const rows: (readonly string[])[] = [];
  const add = (id: string, depth: number): void => {
    for (const one of children.get(id) ?? []) {
      rows.push([
        span(one.startMs - zeroMs),
        one.endMs === undefined ? "open" : span(one.endMs - one.startMs),
        `${"  ".repeat(depth)}${one.kind} ${oneLine(one.name)}`,
        one.status === "error" ? `error${one.message === undefined ? "" : `: ${one.message}`}` : "",
        one.address,
      ]);
      add(one.spanId, depth + 1);
    }
  };
  add("", 0);
  const columns = [
    { title: "AT", align: "right" },
    { title: "TOOK", align: "right" },
    { title: "SPAN", indents: true, maxWidth: 90 },
    { title: "STATUS", maxWidth: 60 },
    { title: "ADDRESS" },
  ] as const;
  const more =
    total > spans.length
      ? `(${spans.length} of ${total} spans; "${commandLine("profile RUN --format ndjson")}" has all)\n`
      : "";
  return `${table(columns, rows)}${more}`;
}

function span(ms: number): string {
  return formatDuration(Math.round(ms * 10) / 10);
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
