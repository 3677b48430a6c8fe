import { expect, test } from "vitest";
import { systemClock } from "../base/clock.ts";
import { timeOf } from "./time-of.ts";

test.each<[string, number]>([
  ["2026-01-31", Date.UTC(2026, 0, 31)],
  ["2026-01-31T06:00", Date.UTC(2026, 0, 31, 6)],
  ["2026-01-31T06:00:01Z", Date.UTC(2026, 0, 31, 6, 0, 1)],
  ["2026-01-31T06:00:01.250+02:00", Date.UTC(2026, 0, 31, 4, 0, 1, 250)],
])("%s is a moment", (text, at) => {
  expect(timeOf(text, "from")).toBe(at);
});

test("a duration is so long ago", () => {
  expect(Math.abs(systemClock.now() - 7_200_000 - timeOf("2h", "from")!)).toBeLessThan(5_000);
});

test("nothing is nothing", () => {
  expect(timeOf(undefined, "from")).toBeUndefined();
});

test.each(["yesterday", "2026-13-01", "2026-1-31", "12", "2 parsecs", "-2h", ""])("refused: %j", (text) => {
  expect(() => timeOf(text, "from")).toThrow(expect.objectContaining({ code: "WG5050" }) as Error);
});
