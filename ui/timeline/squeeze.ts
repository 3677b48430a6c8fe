/**
 * Time without the stretches in which nothing ran: they are told as a sliver, so that what happened around them can be read.
 *
 * R1. Order is kept and every moment of the run has a place: a squeezed axis can be read back.
 * R2. Only stretches in which no attempt of any node was under way are squeezed; what waited for a retry waits in them, too.
 * R3. Where a node is told in counts its attempts are not known one by one: then nothing is squeezed.
 */
import type { Timeline } from "../../src/model/timeline.ts";

/** Shares of the whole: from how long on a stretch is squeezed, and to what. */
const WORTH = 0.04;
const LEFT = 0.008;

interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface Squeezed {
  readonly endMs: number;
  /** Stretches that were squeezed, ms after the start. */
  readonly gaps: readonly Gap[];
  /** Ms after the start, to its place on the axis. */
  readonly place: (ms: number) => number;
  readonly back: (place: number) => number;
}

export function unsqueezed({ endMs }: Timeline): Squeezed {
  return { endMs, gaps: [], place: (ms) => ms, back: (ms) => ms };
}

export function squeeze(timeline: Timeline): Squeezed {
  const { endMs } = timeline;
  const sliver = endMs * LEFT;
  const gaps = idle(timeline).filter(({ from, to }) => to - from > endMs * WORTH);
  const place = (ms: number): number => {
    let at = ms;
    for (const { from, to } of gaps) {
      if (ms <= from) break;
      at -= (Math.min(ms, to) - from) * (1 - sliver / (to - from));
    }
    return at;
  };
  const back = (at: number): number => {
    let ms = at;
    for (const { from, to } of gaps) {
      if (ms <= from) break;
      const inside = ms - from;
      if (inside <= sliver) return from + (inside / sliver) * (to - from);
      ms += to - from - sliver;
    }
    return ms;
  };
  return { endMs: place(endMs), gaps, place, back };
}

/** R2. */
function idle(timeline: Timeline): readonly Gap[] {
  // R3.
  if (timeline.rows.some(({ buckets }) => buckets)) return [];
  const busy = timeline.rows
    .flatMap(({ spans }): Gap[] => spans?.startMs.map((from, i) => ({ from, to: spans.endMs[i]! })) ?? [])
    .toSorted((a, b) => a.from - b.from);
  const gaps: Gap[] = [];
  let until = 0;
  for (const { from, to } of busy) {
    if (from > until) gaps.push({ from: until, to: from });
    until = Math.max(until, to);
  }
  if (until < timeline.endMs) gaps.push({ from: until, to: timeline.endMs });
  return gaps;
}

/** The same timeline on the squeezed axis. */
export function onAxis(timeline: Timeline, { place, gaps, endMs }: Squeezed): Timeline {
  if (gaps.length === 0) return timeline;
  return {
    ...timeline,
    endMs,
    breaks: timeline.breaks.map(([from, to]) => [place(from), place(to)]),
    rows: timeline.rows.map((row) =>
      row.spans
        ? {
            ...row,
            spans: {
              ...row.spans,
              startMs: row.spans.startMs.map(place),
              endMs: row.spans.endMs.map(place),
              ...(row.spans.readyMs ? { readyMs: row.spans.readyMs.map(place) } : {}),
            },
          }
        : row,
    ),
  };
}
