import { expect, test } from "vitest";

import { cosine, selectDiverse } from "./selection.ts";

const schools = { name: "schools", score: 10, terms: ["school", "teacher", "child"] };
const schoolsAgain = { name: "schools again", score: 9, terms: ["school", "teacher", "child"] };
const roads = { name: "roads", score: 7, terms: ["road", "canal"] };

test("the best comes first, and a repetition of it after something new", () => {
  expect(selectDiverse([schoolsAgain, roads, schools], 3).map(({ name }) => name)).toEqual([
    "schools",
    "roads",
    "schools again",
  ]);
});

test("never more than asked for, never more than there is", () => {
  expect(selectDiverse([schools, roads], 1)).toEqual([schools]);
  expect(selectDiverse([schools], 5)).toEqual([schools]);
  expect(selectDiverse([], 5)).toEqual([]);
  expect(selectDiverse([schools], 0)).toEqual([]);
});

test("equal candidates keep their order", () => {
  const twins = ["a", "b", "c"].map((name) => ({ name, score: 1, terms: [name] }));
  expect(selectDiverse(twins, 3).map(({ name }) => name)).toEqual(["a", "b", "c"]);
});

test("likeness of word sets runs from 0 to 1", () => {
  expect(cosine(new Set(["a", "b"]), new Set(["b", "a"]))).toBeCloseTo(1);
  expect(cosine(new Set(["a", "b"]), new Set(["b", "c"]))).toBeCloseTo(0.5);
  expect(cosine(new Set(["a"]), new Set(["b"]))).toBe(0);
  expect(cosine(new Set(), new Set(["b"]))).toBe(0);
});
