import { expect, test } from "vitest";
import { seededRandom } from "./random.ts";

function take(seed: number | string, count: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
}

test("a seed repeats its numbers, today and in a year", () => {
  expect(take("run-1", 5)).toEqual(take("run-1", 5));
  expect(take(1, 2)).toEqual([0.12746778968721628, 0.3426040355116129]);
});

test("neighbouring seeds have nothing in common", () => {
  const first = take(1, 100);
  const second = take(2, 100);
  expect(first.filter((value) => second.includes(value))).toEqual([]);
});

test("numbers lie in [0, 1) and fill it evenly", () => {
  const bins = Array.from({ length: 10 }, () => 0);
  const values = take("even", 100_000);
  expect(values.filter((value) => value < 0 || value >= 1)).toEqual([]);
  for (const value of values) {
    const bin = Math.floor(value * 10);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});
