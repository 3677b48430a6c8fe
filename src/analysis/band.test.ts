import { expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import type { RunEvent } from "../model/events.ts";
import { BAND_LAYERS } from "../model/timeline.ts";
import { BandReader } from "./band.ts";

const completed = (item: number, to: "completed" | "reused" = "completed"): RunEvent => ({
  type: "item.completed",
  at: 0,
  call: 1,
  item,
  attempt: 1,
  from: "running",
  to,
  ms: 1,
});

test("what happened is counted in the slice of its time, and a slice names its last event", () => {
  const reader = new BandReader();
  reader.take(1, completed(0), 0);
  reader.take(2, completed(1, "reused"), 3);
  reader.take(3, completed(2), 3);
  expect(reader.band()).toMatchObject({ ms: 1, completed: [1, 0, 0, 1], reused: [0, 0, 0, 1], seq: [1, 1, 1, 3] });
});

test("a graph break is counted at the first call of each new segment", () => {
  const reader = new BandReader();
  const created = (segment: number): RunEvent => ({
    type: "call.created",
    at: 0,
    call: 1,
    kind: "node",
    node: "n",
    identity: "i",
    segment,
    inputs: {},
    edges: [],
    space: [],
    many: false,
  });
  for (const [i, segment] of [0, 0, 1, 1, 2].entries()) reader.take(i + 1, created(segment), i);
  expect(reader.band().break).toEqual([0, 0, 1, 0, 1]);
});

test("a long run has as many slices as a short one, and none of its events is lost", () => {
  const random = seededRandom("band");
  for (const lastMs of [10, 1_023, 1_024, 5_000, 9_999_999]) {
    const reader = new BandReader();
    const times = Array.from({ length: 500 }, () => Math.floor(random() * lastMs)).toSorted((a, b) => a - b);
    for (const [i, at] of times.entries()) reader.take(i + 1, completed(i), at);
    const band = reader.band();
    expect(band.seq.length).toBeLessThanOrEqual(1_024);
    expect(band.completed.reduce((sum, count) => sum + count, 0)).toBe(500);
    for (const layer of BAND_LAYERS) expect(band[layer]).toHaveLength(band.seq.length);
    // The event that a slice names is the last one at or before its end.
    for (const [slice, seq] of band.seq.entries()) {
      expect(seq).toBe(times.filter((at) => at < (slice + 1) * band.ms).length);
    }
  }
});
