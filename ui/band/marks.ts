/**
 * The navigation band on a canvas: how much ended in each slice of the run, and above it what needs a look.
 *
 * R1. A mark is never hidden by what is common: failures, retries and graph breaks have a lane of their own at the top.
 * R2. Behind them stands how much had ended by then, as an area.
 * R3. Several slices in one pixel are one bar with their sum.
 */
import type { Band, BandLayer } from "../../src/model/timeline.ts";

export type Layer = "failed" | "retrying" | "break" | "reused" | "skipped";

export const LAYERS: readonly { readonly layer: Layer; readonly text: string; readonly color: string }[] = [
  { layer: "failed", text: "errors", color: "--s-failed" },
  { layer: "retrying", text: "retries", color: "--s-retrying" },
  { layer: "break", text: "breaks", color: "--accent" },
  { layer: "reused", text: "reuse", color: "--s-reused" },
];

/** From the bottom of a bar upwards. */
const STACK: readonly BandLayer[] = ["completed", "reused", "skipped", "failed"];
const COLORS: Readonly<Record<BandLayer, string>> = {
  completed: "--s-completed",
  reused: "--s-reused",
  skipped: "--s-skipped",
  failed: "--s-failed",
  retrying: "--s-retrying",
  break: "--accent",
};
const LANE = 8;

export interface BandState {
  readonly band: Band;
  readonly width: number;
  readonly height: number;
  readonly hidden: ReadonlySet<string>;
  /** Slice that is looked at; absent: now. */
  readonly at: number | undefined;
  readonly range: readonly [fromMs: number, toMs: number] | undefined;
  /** What a person asked for, over everything else. */
  readonly hits: readonly { readonly color: string; readonly counts: readonly number[] }[];
}

export function drawBand(context: CanvasRenderingContext2D, state: BandState): void {
  const { band, width, height, hidden } = state;
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  context.clearRect(0, 0, width, height);
  context.fillStyle = color("--ground");
  context.fillRect(0, 0, width, height);
  const slices = Math.max(1, band.seq.length);
  const columns = summed(band, Math.min(Math.floor(width), slices));
  const wide = width / columns.length;
  // R2.
  const ended = columns.map((one) => STACK.reduce((sum, layer) => sum + one[layer], 0));
  const all = Math.max(
    1,
    ended.reduce((sum, one) => sum + one, 0),
  );
  let soFar = 0;
  context.fillStyle = color("--tint-completed");
  for (const [i, count] of ended.entries()) {
    soFar += count;
    const tall = (height - LANE) * (soFar / all);
    context.fillRect(i * wide, height - tall, wide + 0.5, tall);
  }
  const most = Math.max(1, ...ended);
  for (const [i, column] of columns.entries()) {
    let y = height;
    for (const layer of STACK) {
      if (hidden.has(layer) || column[layer] === 0) continue;
      // The square root keeps one failure among a thousand results visible.
      const tall = Math.max(1.5, (height - LANE) * Math.sqrt(column[layer] / most));
      context.fillStyle = color(COLORS[layer]);
      context.fillRect(i * wide, Math.max(LANE, y - tall), Math.max(1.5, wide - 0.4), Math.min(tall, y - LANE));
      y -= tall;
    }
    for (const [lane, layer] of (["break", "retrying", "failed"] as const).entries()) {
      if (hidden.has(layer) || column[layer] === 0) continue;
      context.fillStyle = color(COLORS[layer]);
      context.fillRect(i * wide, layer === "break" ? 0 : lane * 2.5, Math.max(2, wide), layer === "break" ? LANE : 3);
    }
  }
  for (const [lane, { color: name, counts }] of state.hits.entries()) {
    context.fillStyle = color(name);
    for (const [i, count] of counts.entries()) {
      if (count === 0) continue;
      const left = (i / slices) * width;
      context.globalAlpha = 0.5;
      context.fillRect(left, 0, 1.5, height);
      context.globalAlpha = 1;
      context.fillRect(left - 1.5, height - 5 * (lane + 1), Math.max(4.5, width / slices), 4);
    }
  }
  const x = (ms: number): number => (ms / (band.ms * slices)) * width;
  if (state.range) {
    const [from, to] = state.range;
    context.globalAlpha = 0.22;
    context.fillStyle = color("--accent");
    context.fillRect(x(from), 0, Math.max(2, x(to) - x(from)), height);
    context.globalAlpha = 1;
  }
  if (state.at !== undefined) {
    const at = Math.min(width - 1, ((state.at + 1) / slices) * width);
    context.globalAlpha = 0.45;
    context.fillStyle = color("--ground");
    context.fillRect(at, 0, width - at, height);
    context.globalAlpha = 1;
    context.fillStyle = color("--ink");
    context.fillRect(at - 1, 0, 2, height);
  }
}

/** R3. */
function summed(band: Band, columns: number): readonly Record<BandLayer, number>[] {
  const all = Array.from({ length: Math.max(1, columns) }, () => ({
    completed: 0,
    reused: 0,
    skipped: 0,
    failed: 0,
    retrying: 0,
    break: 0,
  }));
  const slices = band.seq.length;
  for (const layer of Object.keys(COLORS) as BandLayer[]) {
    for (const [i, count] of band[layer].entries()) all[Math.floor((i * all.length) / slices)]![layer] += count;
  }
  return all;
}

/** The first slice in which an event with this seq can lie. */
export function sliceOf(band: Band, seq: number): number {
  let [low, high] = [0, band.seq.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (band.seq[middle]! >= seq) high = middle;
    else low = middle + 1;
  }
  return Math.max(0, low);
}
