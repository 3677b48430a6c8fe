import { expect, test } from "vitest";
import { valueChanges } from "./value-changes.ts";

const paths = (before: unknown, now: unknown): readonly string[] =>
  valueChanges(before, now, 100).changes.map(({ path }) => path);

test("a change is named by its path", () => {
  const before = { title: "a", chapters: [{ n: 1 }, { n: 2 }], "odd key": 1, gone: true };
  const now = { title: "a", chapters: [{ n: 1 }, { n: 3 }], "odd key": 2, added: null };
  expect(paths(before, now)).toEqual(["$.chapters[1].n", '$["odd key"]', "$.gone", "$.added"]);
});

test("an element put in front is one change, not one for each that moved", () => {
  expect(valueChanges([1, 2, 3], [0, 1, 2, 3], 100)).toEqual({ changes: [{ path: "$[0]", now: 0 }], total: 1 });
});

test("equal values have none, and what is beyond the limit is counted", () => {
  expect(valueChanges({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, 100).total).toBe(0);
  const { changes, total } = valueChanges([1, 2, 3], [4, 5, 6], 1);
  expect([changes.length, total]).toEqual([1, 3]);
});
