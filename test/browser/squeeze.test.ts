import { expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import type { Timeline } from "../../src/model/timeline.ts";
import { onAxis, squeeze } from "../../ui/timeline/squeeze.ts";

function timeline(spans: readonly (readonly [number, number])[], endMs: number): Timeline {
  const none = spans.map(() => 0);
  const columns = { call: none, item: none, attempt: none, outcome: none, lane: none };
  return {
    seq: 1,
    startedAt: 0,
    endMs,
    breaks: [],
    band: { ms: 1, seq: [], completed: [], reused: [], skipped: [], failed: [], retrying: [], break: [] },
    rows: [
      {
        node: "n",
        calls: [1],
        attempts: spans.length,
        lanes: 1,
        spans: { ...columns, startMs: spans.map(([from]) => from), endMs: spans.map(([, to]) => to) },
      },
    ],
  };
}

test("an hour in which nothing ran takes no more room than a moment", () => {
  const data = timeline(
    [
      [0, 1_000],
      [3_600_000, 3_601_000],
    ],
    3_601_000,
  );
  const squeezed = squeeze(data);
  expect(squeezed.gaps).toEqual([{ from: 1_000, to: 3_600_000 }]);
  expect(squeezed.endMs).toBeLessThan(40_000);
  expect(onAxis(data, squeezed).rows[0]!.spans!.startMs[1]).toBeLessThan(40_000);
});

test("a run that was always busy is told as it was", () => {
  const data = timeline([[0, 500]], 500);
  expect(squeeze(data).gaps).toEqual([]);
  expect(onAxis(data, squeeze(data))).toBe(data);
});

test("every moment keeps its order, and is read back from its place", () => {
  const random = seededRandom("squeeze");
  for (let round = 0; round < 50; round++) {
    let at = 0;
    const spans = Array.from({ length: 12 }, () => {
      at += random() < 0.4 ? random() * 5_000 : 1;
      const from = at;
      at += 1 + random() * 300;
      return [from, at] as const;
    });
    const { place, back } = squeeze(timeline(spans, at));
    let before = -1;
    for (let i = 0; i <= 100; i++) {
      const ms = (at * i) / 100;
      expect(place(ms)).toBeGreaterThan(before);
      expect(back(place(ms))).toBeCloseTo(ms, 4);
      before = place(ms);
    }
  }
});
