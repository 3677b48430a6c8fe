import { expect, test } from "vitest";
import { numbersIn, rangesOf, rangesText } from "./ranges.ts";

test("ranges hold neighbours together and keep the order", () => {
  expect(rangesOf([0, 1, 2, 5, 4, 4])).toEqual([
    [0, 2],
    [5, 5],
    [4, 4],
    [4, 4],
  ]);
  expect([...numbersIn(rangesOf([7, 8, 3, 3, 4]))]).toEqual([7, 8, 3, 3, 4]);
  expect(rangesOf([])).toEqual([]);
});

test("ranges read as text", () => {
  expect(rangesText(rangesOf([0, 1, 2, 5]))).toBe("0-2,5");
});
