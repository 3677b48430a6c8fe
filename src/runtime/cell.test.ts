import { expect, test } from "vitest";
import { Bytes, Words } from "./cell.ts";

const kinds = [
  ["bytes", () => new Bytes(), 255],
  ["words", () => new Words(), 2 ** 32 - 1],
] as const;

test.each(kinds)("%s keep what was set while they grow, and read as 0 where nothing was", (_, make, highest) => {
  const kept = make();
  expect(kept.get(0)).toBe(0);
  kept.set(3, highest);
  expect([0, 1, 2, 3, 4].map((index) => kept.get(index))).toEqual([0, 0, 0, highest, 0]);
  for (let index = 4; index < 200; index++) kept.set(index, index);
  expect([3, 4, 31, 32, 33, 199, 200].map((index) => kept.get(index))).toEqual([highest, 4, 31, 32, 33, 199, 0]);
});

test.each(kinds)("%s may begin far from their first place", (_, make) => {
  const kept = make();
  kept.set(100_000, 7);
  kept.set(0, 1);
  expect([0, 1, 99_999, 100_000, 100_001].map((index) => kept.get(index))).toEqual([1, 0, 0, 7, 0]);
});
