/**
 * The timeline of a run that goes on, up to now: while nothing happens its last event lies further and further back.
 *
 * R1. What is under way ends now, and the band has empty slices up to now; joined in pairs where they would be too many.
 * R2. Once the run has ended it is the timeline as it was read, and no timer runs.
 */
import { useMemo } from "react";
import { BAND_LAYERS, SPAN_OUTCOMES, type Band, type BandLayer, type Timeline } from "../../src/model/timeline.ts";
import type { RunState } from "../api/run-store.ts";
import { useNow } from "../shell/now.ts";

const EVERY_MS = 1_000;
const MAX_SLICES = 1_024;
const OPEN = SPAN_OUTCOMES.indexOf("open");

export function useGrowing(timeline: Timeline | undefined, live: RunState): Timeline | undefined {
  const isGoingOn = live.status === "running" && live.connection !== "ended";
  const now = useNow(isGoingOn, EVERY_MS);
  return useMemo(
    () => (timeline && isGoingOn ? grown(timeline, now - timeline.startedAt) : timeline),
    [timeline, isGoingOn, now],
  );
}

/** @param nowMs after the start of the run */
export function grown(timeline: Timeline, nowMs: number): Timeline {
  if (nowMs <= timeline.endMs) return timeline;
  return {
    ...timeline,
    endMs: nowMs,
    band: grownBand(timeline.band, nowMs),
    rows: timeline.rows.map((row) =>
      row.spans
        ? {
            ...row,
            spans: {
              ...row.spans,
              endMs: row.spans.endMs.map((end, i) => (row.spans!.outcome[i] === OPEN ? nowMs : end)),
            },
          }
        : row,
    ),
  };
}

/** R1. */
function grownBand(band: Band, nowMs: number): Band {
  let ms = band.ms;
  let joined = 1;
  for (; nowMs / ms > MAX_SLICES; ms *= 2) joined *= 2;
  const slices = Math.max(1, Math.ceil(nowMs / ms));
  const sums = (counts: readonly number[]): number[] =>
    Array.from({ length: slices }, (_, i) =>
      counts.slice(i * joined, (i + 1) * joined).reduce((sum, count) => sum + count, 0),
    );
  const seq = Array.from({ length: slices }, (_, i) => band.seq[(i + 1) * joined - 1] ?? band.seq.at(-1) ?? 0);
  const layers = Object.fromEntries(BAND_LAYERS.map((layer) => [layer, sums(band[layer])])) as Record<
    BandLayer,
    number[]
  >;
  return { ms, seq, ...layers };
}
