/**
 * One frame of the live view: a line for the run, a line per node.
 *
 * Owns: the lines, none of them wider than the terminal, not more of them than it has rows. Leaves to progress.ts: writing them.
 */
import { formatDuration } from "../base/duration.ts";
import type { RunFrame } from "../app/operations/watch-run.ts";
import { nodesOf, runMs, type NodeView, type RunView } from "../model/view.ts";
import { counted, statusText } from "./run-text.ts";
import type { Colors } from "./terminal.ts";
import { cut, oneLine, padEnd, padStart, widthOf } from "./text-width.ts";

const RATE_WINDOW_MS = 3_000;

/** Items per second of each node, over the last seconds. */
export class Rates {
  readonly #samples = new Map<string, { readonly at: number; readonly done: number }[]>();

  add(view: RunView, atMs: number): void {
    for (const { node, done } of nodesOf(view)) {
      const samples = this.#samples.get(node) ?? [];
      this.#samples.set(node, samples);
      samples.push({ at: atMs, done });
      while (samples.length > 2 && atMs - samples[1]!.at >= RATE_WINDOW_MS) samples.shift();
    }
  }

  /** undefined: too little is known. */
  of(node: string): number | undefined {
    const samples = this.#samples.get(node) ?? [];
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < 200) return undefined;
    return ((last.done - first.done) * 1_000) / (last.at - first.at);
  }
}

export interface LiveOptions {
  readonly columns: number;
  readonly rows: number;
  readonly colors: Colors;
  readonly rates: Rates;
  readonly nowMs: number;
}

const NAME_WIDTH = 28;
/** Below this a bar says nothing that the count does not. */
const BAR_FROM_COLUMNS = 70;
const BAR_WIDTH = 20;

export function liveLines({ runId, status, view, final }: RunFrame, options: LiveOptions): readonly string[] {
  const { colors, columns, rows, nowMs } = options;
  const elapsed =
    view.startedAt === undefined ? "" : formatDuration(runMs(view, view.startedAt, view.endedAt ?? nowMs));
  const nodes = nodesOf(view);
  const shown = final ? nodes : fitting(nodes, rows - 3);
  const name = cut(oneLine(view.workflow), NAME_WIDTH);
  const head = cut(`${name}  ${runId}  ${status}  ${elapsed}`, columns - 1);
  const painted = head.replace(`  ${status}  `, `  ${statusText(status, colors)}  `);
  const nameWidth = Math.min(NAME_WIDTH, Math.max(...shown.map((node) => widthOf(label(node))), 4));
  const countWidth = Math.max(...shown.map((node) => widthOf(countText(node))), 3);
  const lines = shown.map((node) => nodeLine(node, { ...options, nameWidth, countWidth }));
  const hidden = nodes.length - shown.length;
  return [
    painted,
    ...lines,
    ...(hidden > 0 ? [colors.dim(cut(`  ... ${counted(hidden, "more node")}`, columns - 1))] : []),
  ];
}

/** Those in work first, then the newest; in the order of their first call. */
function fitting(nodes: readonly NodeView[], room: number): readonly NodeView[] {
  if (nodes.length <= room) return nodes;
  const byNeed = nodes.toSorted(
    (a, b) => Number(b.endedAt === undefined) - Number(a.endedAt === undefined) || nodes.indexOf(b) - nodes.indexOf(a),
  );
  const kept = new Set(byNeed.slice(0, Math.max(1, room)));
  return nodes.filter((node) => kept.has(node));
}

function label(node: NodeView): string {
  return oneLine(node.title ?? node.node);
}

function countText({ done, total, totalFinal }: NodeView): string {
  return `${done}/${total}${totalFinal ? "" : "+"}`;
}

function nodeLine(
  node: NodeView,
  options: LiveOptions & { readonly nameWidth: number; readonly countWidth: number },
): string {
  const { colors, columns, rates, nameWidth, countWidth } = options;
  const { counts, retries } = node;
  const failed = (counts.failed ?? 0) + (counts.abandoned ?? 0);
  const rate = node.endedAt === undefined ? rates.of(node.node) : undefined;
  const parts: [text: string, paint: (text: string) => string][] = [];
  if (rate !== undefined && rate > 0)
    parts.push([`${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`, (text) => text]);
  if (counts.running) parts.push([`${counts.running} running`, colors.cyan]);
  if (counts.retrying) parts.push([`${counts.retrying} retrying`, colors.yellow]);
  if (retries > 0) parts.push([`${retries} ${retries === 1 ? "retry" : "retries"}`, colors.yellow]);
  if (failed > 0) parts.push([`${failed} failed`, colors.red]);
  if (counts.skipped) parts.push([`${counts.skipped} skipped`, colors.yellow]);
  if (counts.cancelled) parts.push([`${counts.cancelled} cancelled`, colors.yellow]);
  if (node.tookMs !== undefined) parts.push([formatDuration(node.tookMs), colors.dim]);
  const bar = columns >= BAR_FROM_COLUMNS ? `${barOf(node, colors)}  ` : "";
  const head = `  ${padEnd(cut(label(node), nameWidth), nameWidth)}  `;
  const count = padStart(countText(node), countWidth);
  // Widths are counted before paint: colour codes take no columns.
  let room = columns - 1 - widthOf(head) - (bar === "" ? 0 : BAR_WIDTH + 2) - widthOf(count);
  if (room < 0) return cut(`${head}${count}`, columns - 1);
  let tail = "";
  for (const [text, paint] of parts) {
    if (widthOf(text) + 2 > room) break;
    tail += `  ${paint(text)}`;
    room -= widthOf(text) + 2;
  }
  return `${head}${bar}${count}${tail}`;
}

function barOf({ done, total, totalFinal, endedAt, counts }: NodeView, colors: Colors): string {
  // A total that may still grow never fills the bar.
  const share = total === 0 ? (endedAt === undefined ? 0 : 1) : done / total;
  const most = totalFinal ? BAR_WIDTH : BAR_WIDTH - 1;
  const filled = Math.max(0, Math.min(most, Math.floor(share * BAR_WIDTH)));
  const paint =
    (counts.failed ?? 0) + (counts.abandoned ?? 0) > 0
      ? colors.red
      : endedAt === undefined
        ? colors.cyan
        : colors.green;
  return paint("█".repeat(filled)) + colors.dim("░".repeat(BAR_WIDTH - filled));
}
