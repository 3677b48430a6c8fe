/**
 * The critical path over the waterfall: one line from the beginning to the end, along what the end waited for.
 *
 * R1. In attempts the line is whole, in waits it is dashed; what belongs to no row stays at the height before.
 * R2. Parts of child runs go along the item that stands for them.
 */
import type { PathEntry, PathKind } from "../../src/model/profile.ts";
import { toPixel } from "./scale.ts";
import type { DrawState } from "./draw.ts";

/** On the axis that is drawn. */
export interface PathStretch {
  readonly kind: PathKind;
  readonly fromMs: number;
  readonly toMs: number;
  /** `CALL.ITEM` of this run. */
  readonly place?: string;
  readonly attempt?: number;
}

/** @param place from ms after the start to a place of the axis */
export function stretchesOf(
  parts: readonly PathEntry[],
  runId: string,
  place: (ms: number) => number,
): readonly PathStretch[] {
  return parts.map(({ kind, fromMs, toMs, address, attempt, runId: of }) => ({
    kind,
    fromMs: place(fromMs),
    toMs: place(toMs),
    ...(of === runId && address !== undefined ? { place: address.slice(address.indexOf(".") + 1) } : {}),
    ...(of === runId && attempt !== undefined ? { attempt } : {}),
  }));
}

export function drawCritical(context: CanvasRenderingContext2D, state: DrawState, path: readonly PathStretch[]): void {
  const { range, width, colors } = state;
  const x = (ms: number): number => toPixel(ms, range, width);
  const heights = heightsOf(state);
  context.strokeStyle = colors["ink"]!;
  context.lineWidth = 1.5;
  let y = heights.get(path.find((part) => heights.has(part.place ?? ""))?.place ?? "") ?? 0;
  for (const part of path) {
    // R1.
    const to =
      heights.get(part.attempt === undefined ? (part.place ?? "") : `${part.place} ${part.attempt}`) ??
      heights.get(part.place ?? "") ??
      y;
    context.setLineDash([]);
    if (to !== y) line(context, [x(part.fromMs), y], [x(part.fromMs), to]);
    y = to;
    context.setLineDash(part.kind === "run" ? [] : [2, 3]);
    line(context, [x(part.fromMs), y], [x(part.toMs), y]);
  }
  context.setLineDash([]);
}

type Point = readonly [x: number, y: number];

function line(context: CanvasRenderingContext2D, [x, y]: Point, [toX, toY]: Point): void {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
}

/** Middle of the lane of each attempt, and of the last attempt of each item. */
function heightsOf({ places }: DrawState): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { row, top, laneHeight } of places) {
    if (!row.spans || row.childRun !== undefined) continue;
    for (const [i, lane] of row.spans.lane.entries()) {
      const place = `${row.spans.call[i]}.${row.spans.item[i]}`;
      const y = top + (lane + 0.5) * laneHeight - 0.75;
      found.set(place, y);
      found.set(`${place} ${row.spans.attempt[i]}`, y);
    }
  }
  return found;
}
