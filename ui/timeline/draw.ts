/**
 * The waterfall on a canvas.
 *
 * R1. Spans of one lane that fall into one pixel are one stroke of the loudest among them: what failed is never covered.
 * R2. Nothing is drawn outside the range; a redraw costs what is in sight.
 * R3. Between two attempts of an item its wait is a thin line: a lane that only waited is not a lane that worked. From when an
 *     attempt could have started to its start lies its queue, fainter, below whatever ran there; of the chosen item it lies above.
 */
import { SPAN_OUTCOMES, type Spans, type Timeline, type TimelineRow } from "../../src/model/timeline.ts";
import { duration } from "../shell/format.ts";
import { drawCritical, type PathStretch } from "./critical.ts";
import type { Lanes } from "./lanes.ts";
import { marks, toPixel, type Range } from "./scale.ts";

export const AXIS_HEIGHT = 20;
export const LABEL_WIDTH = 128;
const LANE = 8;
const MIN_LANES = 2;
const MAX_LANES = { slots: 14, items: 240 } as const;
const GAP = 6;

/** A row of the run, or of a child run of it on the same clock. */
export interface ShownRow extends TimelineRow {
  readonly childRun?: string;
}

export interface RowPlace {
  readonly row: ShownRow;
  readonly top: number;
  readonly height: number;
  readonly laneHeight: number;
}

export function placeRows(
  timeline: Timeline,
  by: Lanes = "slots",
): { readonly places: readonly RowPlace[]; readonly height: number } {
  const places: RowPlace[] = [];
  let top = AXIS_HEIGHT + 4;
  for (const row of timeline.rows) {
    const lanes = row.buckets ? 5 : Math.max(MIN_LANES, Math.min(row.lanes, MAX_LANES[by]));
    const height = lanes * LANE;
    places.push({
      row,
      top,
      height,
      laneHeight: row.buckets ? LANE : Math.max(1, height / Math.max(row.lanes, MIN_LANES)),
    });
    top += height + GAP;
  }
  return { places, height: top };
}

/** R1: later in this list is drawn above. */
const LOUDNESS = ["cancelled", "completed", "open", "retrying", "failed"];

export interface Colors {
  readonly [name: string]: string;
}

export function readColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    completed: read("--s-completed"),
    failed: read("--s-failed"),
    retrying: read("--s-retrying"),
    cancelled: read("--s-cancelled"),
    open: read("--s-running"),
    waiting: read("--s-waiting"),
    line: read("--line"),
    ink: read("--ink"),
    soft: read("--ink-soft"),
    faint: read("--ink-faint"),
    accent: read("--accent"),
    chosen: read("--chosen"),
    pane: read("--pane"),
    raised: read("--raised"),
  };
}

export interface DrawState {
  readonly timeline: Timeline;
  readonly places: readonly RowPlace[];
  readonly range: Range;
  readonly scrollTop: number;
  readonly width: number;
  readonly height: number;
  readonly colors: Colors;
  readonly chosenCall: number | undefined;
  readonly chosenItem: number | undefined;
  /** Where the run is looked at. */
  readonly atMs: number | undefined;
  /** The stretch of time that the lists are about. */
  readonly about: Range | undefined;
  /** The critical path; absent: it is not drawn. */
  readonly path: readonly PathStretch[] | undefined;
  /** From a place of the axis to ms after the start. */
  readonly back: (place: number) => number;
}

export function draw(context: CanvasRenderingContext2D, state: DrawState): void {
  const { width, height, colors, range } = state;
  const inner = width - LABEL_WIDTH;
  context.clearRect(0, 0, width, height);
  context.font = '11px "Inter Variable", sans-serif';
  context.textBaseline = "middle";
  for (const [from, to] of state.timeline.breaks) {
    const [x, end] = [toPixel(from, range, inner), toPixel(to, range, inner)];
    if (end < 0 || x > inner) continue;
    context.fillStyle = colors["raised"]!;
    context.fillRect(LABEL_WIDTH + x, AXIS_HEIGHT, Math.max(1, end - x), height);
  }
  context.fillStyle = colors["line"]!;
  for (const at of marks(range, inner))
    context.fillRect(LABEL_WIDTH + Math.round(toPixel(at, range, inner)), AXIS_HEIGHT, 1, height);
  context.save();
  context.beginPath();
  context.rect(0, AXIS_HEIGHT, width, height - AXIS_HEIGHT);
  context.clip();
  context.translate(0, -state.scrollTop);
  for (const place of state.places) {
    if (place.top + place.height < state.scrollTop || place.top > state.scrollTop + height) continue;
    drawRow(context, state, place);
  }
  if (state.path) {
    context.beginPath();
    context.rect(LABEL_WIDTH, 0, width - LABEL_WIDTH, height + state.scrollTop);
    context.clip();
    context.translate(LABEL_WIDTH, 0);
    drawCritical(context, { ...state, width: inner }, state.path);
  }
  context.restore();
  drawAxis(context, state);
  if (state.about) {
    const [from, to] = [toPixel(state.about.fromMs, range, inner), toPixel(state.about.toMs, range, inner)];
    context.fillStyle = colors["accent"]!;
    context.globalAlpha = 0.14;
    const left = Math.max(0, from);
    if (to > left) context.fillRect(LABEL_WIDTH + left, AXIS_HEIGHT, Math.max(2, to - left), height);
    context.globalAlpha = 1;
  }
  if (state.atMs !== undefined) {
    const x = LABEL_WIDTH + toPixel(state.atMs, range, inner);
    if (x >= LABEL_WIDTH) {
      context.fillStyle = colors["accent"]!;
      context.fillRect(Math.round(x), 0, 1.5, height);
    }
  }
}

function drawAxis(context: CanvasRenderingContext2D, { range, width, colors, back }: DrawState): void {
  const inner = width - LABEL_WIDTH;
  context.fillStyle = colors["pane"]!;
  context.fillRect(0, 0, width, AXIS_HEIGHT);
  context.fillStyle = colors["faint"]!;
  for (const at of marks(range, inner)) {
    const [text, x] = [at === 0 ? "0" : duration(back(at)), LABEL_WIDTH + toPixel(at, range, inner) + 4];
    if (x + context.measureText(text).width <= width - 2) context.fillText(text, x, AXIS_HEIGHT / 2);
  }
  context.fillStyle = colors["line"]!;
  context.fillRect(0, AXIS_HEIGHT - 1, width, 1);
}

/** The text, or as much of its beginning and its end as there is room for. */
function whole(context: CanvasRenderingContext2D, text: string, room: number): string {
  let shown = text;
  for (let kept = text.length - 1; kept > 4 && context.measureText(shown).width > room; kept--) {
    shown = `${text.slice(0, Math.ceil(kept * 0.6))}…${text.slice(-Math.floor(kept * 0.4))}`;
  }
  return shown;
}

function drawRow(context: CanvasRenderingContext2D, state: DrawState, place: RowPlace): void {
  const { colors, width, range } = state;
  const { row, top, height } = place;
  const isChosen = state.chosenCall !== undefined && row.calls.includes(state.chosenCall);
  if (isChosen) {
    context.fillStyle = colors["chosen"]!;
    context.fillRect(0, top - GAP / 2, width, height + GAP);
  }
  context.fillStyle = isChosen ? colors["ink"]! : colors["soft"]!;
  const name = `${row.childRun === undefined ? "" : "↳ "}${row.node}${row.lanes > 1 ? ` ×${row.lanes}` : ""}`;
  context.fillText(whole(context, name, LABEL_WIDTH - 18), 10, top + Math.min(height, 16) / 2);
  context.save();
  context.beginPath();
  context.rect(LABEL_WIDTH, top - GAP / 2, width - LABEL_WIDTH, height + GAP);
  context.clip();
  context.translate(LABEL_WIDTH, 0);
  if (row.buckets) drawBuckets(context, state, place);
  else drawSpans(context, state, place);
  context.restore();
  void range;
}

function drawSpans(context: CanvasRenderingContext2D, state: DrawState, { row, top, laneHeight }: RowPlace): void {
  const { range, colors, width } = state;
  const inner = width - LABEL_WIDTH;
  const spans = row.spans!;
  const bar = Math.max(1, laneHeight - (laneHeight > 4 ? 1.5 : 0));
  drawQueues(context, state, { spans, top, laneHeight });
  for (const outcome of LOUDNESS) {
    const code = SPAN_OUTCOMES.indexOf(outcome as (typeof SPAN_OUTCOMES)[number]);
    context.fillStyle = colors[outcome]!;
    const lastPixel = new Map<number, number>();
    for (let i = 0; i < spans.call.length; i++) {
      if (spans.outcome[i] !== code) continue;
      const [start, end] = [spans.startMs[i]!, spans.endMs[i]!];
      if (end < range.fromMs || start > range.toMs) continue;
      const x = toPixel(start, range, inner);
      const to = Math.max(x + 1, toPixel(end, range, inner) - 0.6);
      const lane = spans.lane[i]!;
      if (to - x <= 1 && Math.floor(x) === lastPixel.get(lane)) continue;
      lastPixel.set(lane, Math.floor(x));
      context.fillRect(x, top + lane * laneHeight, to - x, bar);
    }
  }
  if (laneHeight >= MIN_WAIT_LANE) {
    context.fillStyle = colors["retrying"]!;
    for (const { lane, fromMs, toMs: until } of waitsOf(spans)) {
      const [x, end] = [toPixel(fromMs, range, inner), toPixel(until, range, inner)];
      if (end < 0 || x > inner) continue;
      context.fillRect(x, top + (lane + 0.5) * laneHeight - 0.5, Math.max(1, end - x), 1);
    }
  }
  if (state.chosenItem === undefined || row.childRun !== undefined) return;
  context.strokeStyle = colors["ink"]!;
  context.lineWidth = 1.5;
  for (let i = 0; i < spans.call.length; i++) {
    if (spans.call[i] !== state.chosenCall || spans.item[i] !== state.chosenItem) continue;
    const x = toPixel(spans.startMs[i]!, range, inner);
    if (spans.readyMs) {
      const from = toPixel(spans.readyMs[i]!, range, inner);
      context.fillStyle = colors["waiting"]!;
      context.fillRect(from, top + (spans.lane[i]! + 0.5) * laneHeight - 1.5, Math.max(0, x - from), 2);
    }
    context.strokeRect(
      x - 1,
      top + spans.lane[i]! * laneHeight - 1,
      Math.max(3, toPixel(spans.endMs[i]!, range, inner) - x + 1),
      bar + 2,
    );
  }
}

/** R3. */
function drawQueues(
  context: CanvasRenderingContext2D,
  state: DrawState,
  { spans, top, laneHeight }: { readonly spans: Spans; readonly top: number; readonly laneHeight: number },
): void {
  if (!spans.readyMs) return;
  const { range, colors, width } = state;
  const inner = width - LABEL_WIDTH;
  const tall = Math.max(1, laneHeight * 0.45);
  context.fillStyle = colors["waiting"]!;
  context.globalAlpha = 0.4;
  // Of one lane the queues lie over each other: each stretch is drawn once.
  const drawn = new Map<number, number>();
  for (let i = 0; i < spans.call.length; i++) {
    const [ready, start, lane] = [spans.readyMs[i]!, spans.startMs[i]!, spans.lane[i]!];
    const from = Math.max(ready, drawn.get(lane) ?? 0);
    drawn.set(lane, Math.max(start, drawn.get(lane) ?? 0));
    if (start <= from || start < range.fromMs || from > range.toMs) continue;
    const x = toPixel(from, range, inner);
    context.fillRect(
      x,
      top + lane * laneHeight + (laneHeight - tall) / 2 - 0.75,
      toPixel(start, range, inner) - x,
      tall,
    );
  }
  context.globalAlpha = 1;
}

interface Wait {
  readonly lane: number;
  readonly fromMs: number;
  readonly toMs: number;
}

const MIN_WAIT_LANE = 5;
const waits = new WeakMap<Spans, readonly Wait[]>();

/** R3: from the end of an attempt to the start of the item's next one, in the lane of the later one. */
function waitsOf(spans: Spans): readonly Wait[] {
  const known = waits.get(spans);
  if (known) return known;
  const ended = new Map<string, number>();
  const found: Wait[] = [];
  for (let i = 0; i < spans.call.length; i++) {
    const key = `${spans.call[i]}.${spans.item[i]}`;
    const before = ended.get(key);
    if (before !== undefined && before < spans.startMs[i]!)
      found.push({ lane: spans.lane[i]!, fromMs: before, toMs: spans.startMs[i]! });
    ended.set(key, spans.endMs[i]!);
  }
  waits.set(spans, found);
  return found;
}

function drawBuckets(context: CanvasRenderingContext2D, state: DrawState, { row, top, height }: RowPlace): void {
  const { range, colors, width } = state;
  const inner = width - LABEL_WIDTH;
  const { ms, active, failed } = row.buckets!;
  const most = Math.max(1, ...active);
  for (const [i, count] of active.entries()) {
    const [start, end] = [i * ms, (i + 1) * ms];
    if (end < range.fromMs || start > range.toMs || count === 0) continue;
    const x = toPixel(start, range, inner);
    const wide = Math.max(1, toPixel(end, range, inner) - x);
    const tall = (height * count) / most;
    context.fillStyle = colors["completed"]!;
    context.fillRect(x, top + height - tall, wide, tall);
    if (failed[i]! > 0) {
      context.fillStyle = colors["failed"]!;
      context.fillRect(x, top, wide, 3);
    }
  }
}

/** The span at a point, if one is there. */
export function spanAt(
  state: Pick<DrawState, "places" | "range" | "width" | "scrollTop">,
  at: { readonly x: number; readonly y: number },
): { readonly row: ShownRow; readonly index: number | undefined } | undefined {
  const y = at.y + state.scrollTop;
  const place = state.places.find((one) => y >= one.top - GAP / 2 && y < one.top + one.height + GAP / 2);
  if (!place || at.y < AXIS_HEIGHT) return undefined;
  const { row } = place;
  if (!row.spans || at.x < LABEL_WIDTH) return { row, index: undefined };
  const inner = state.width - LABEL_WIDTH;
  const lane = Math.floor((y - place.top) / place.laneHeight);
  const x = at.x - LABEL_WIDTH;
  let best: number | undefined;
  let near = 3;
  for (let i = 0; i < row.spans.call.length; i++) {
    if (row.spans.lane[i] !== lane) continue;
    const [from, to] = [
      toPixel(row.spans.startMs[i]!, state.range, inner),
      toPixel(row.spans.endMs[i]!, state.range, inner),
    ];
    const away = x < from ? from - x : x > to ? x - to : 0;
    if (away < near) [best, near] = [i, away];
  }
  return { row, index: best };
}
