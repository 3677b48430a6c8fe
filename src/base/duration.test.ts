import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

test.each([
  [0, 0],
  [1.5, 1.5],
  ["250ms", 250],
  ["20s", 20_000],
  ["1.5h", 5_400_000],
  ["2d", 172_800_000],
  ["1w", 604_800_000],
  [" 1h 30m ", 5_400_000],
  ["1m30s", 90_000],
])("reads %j as %d ms", (input, expected) => {
  expect(parseDuration(input)).toBe(expected);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "", "20", "s", "20 parsecs", "-5s", "1e3s", "20S", "5s later"])(
  "refuses %j and names it",
  (input) => {
    expect(() => parseDuration(input)).toThrow(RangeError);
    expect(() => parseDuration(input)).toThrow(String(input));
  },
);

test("refuses what is neither number nor text, and shortens a long one", () => {
  expect(() => parseDuration(undefined as never)).toThrow("undefined is not a duration");
  expect(() => parseDuration("x".repeat(10_000))).toThrow(/^.{0,250}$/s);
});

test.each([
  [0, "0ms"],
  [0.25, "0.3ms"],
  [850, "850ms"],
  [999.6, "1s"],
  [1_500, "1.5s"],
  [59_970, "1m"],
  [125_000, "2m 5s"],
  [3_599_700, "1h"],
  [5_400_000, "1h 30m"],
  [273_600_000, "3d 4h"],
  [-1_500, "-1.5s"],
])("writes %d ms as %j", (durationMs, expected) => {
  expect(formatDuration(durationMs)).toBe(expected);
});

test("what is written reads back within the last unit shown", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e10, noNaN: true }), (durationMs) => {
      const back = parseDuration(formatDuration(durationMs));
      expect(Math.abs(back - durationMs)).toBeLessThanOrEqual(durationMs < 10 ? 0.06 : Math.max(0.5, durationMs / 40));
    }),
  );
});
