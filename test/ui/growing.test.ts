/** The timeline of a run that goes on: while nothing happens, now goes on. */
import { expect, test } from "vitest";
import { BAND_LAYERS, SPAN_OUTCOMES, type Band, type Timeline } from "../../src/model/timeline.ts";
import { grown } from "../../ui/timeline/growing.ts";

const counts = (completed: readonly number[]): Band => ({
  ...(Object.fromEntries(BAND_LAYERS.map((layer) => [layer, completed.map(() => 0)])) as unknown as Band),
  ms: 1,
  seq: completed.map((_, i) => 3 + i),
  completed,
});

const TIMELINE: Timeline = {
  seq: 6,
  startedAt: 1_000,
  endMs: 4,
  breaks: [],
  band: counts([0, 2, 0, 1]),
  rows: [
    {
      node: "work",
      calls: [1],
      attempts: 2,
      lanes: 2,
      spans: {
        call: [1, 1],
        item: [0, 1],
        attempt: [1, 1],
        startMs: [0, 1],
        endMs: [3, 4],
        outcome: [SPAN_OUTCOMES.indexOf("completed"), SPAN_OUTCOMES.indexOf("open")],
        lane: [0, 1],
      },
    },
  ],
};

test("what is under way ends now, what has ended stays where it was", () => {
  const { endMs, rows } = grown(TIMELINE, 900);
  expect(endMs).toBe(900);
  expect(rows[0]!.spans!.endMs).toEqual([3, 900]);
});

test("the band has slices up to now, never too many, and counts everything once", () => {
  for (const nowMs of [10, 1_024, 1_025, 60_000, 3_600_000]) {
    const { band } = grown(TIMELINE, nowMs);
    expect(band.completed.length).toBe(band.seq.length);
    expect(band.completed.length).toBeLessThanOrEqual(1_024);
    expect(band.completed.length * band.ms).toBeGreaterThanOrEqual(nowMs);
    expect(band.completed.reduce((sum, one) => sum + one, 0)).toBe(3);
    expect(band.seq.at(-1)).toBe(6);
    expect(band.seq.toSorted((a, b) => a - b)).toEqual(band.seq);
  }
});

test("a clock behind the server's takes nothing away", () => {
  expect(grown(TIMELINE, 2)).toBe(TIMELINE);
});
