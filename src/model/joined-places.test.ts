import { describe, expect, test } from "vitest";
import { layOut, placesOf, sameMembers } from "./joined-places.ts";

describe("places", () => {
  test("of an array of handles follow each other; of pairs they go side by side; of cross each with each", () => {
    expect(placesOf("concat", [[0, 2], [], [1]])).toEqual([
      [0, 0],
      [0, 2],
      [2, 1],
    ]);
    expect(
      placesOf("zip", [
        [0, 2],
        [5, 1],
      ]),
    ).toEqual([
      [0, 5],
      [2, 1],
    ]);
    expect(
      placesOf("zipBy", [
        [0, 2],
        [5, 1],
      ]),
    ).toEqual([
      [0, 5],
      [2, 1],
    ]);
    expect(
      placesOf("cross", [
        [0, 1],
        [7, 8],
      ]),
    ).toEqual([
      [0, 7],
      [0, 8],
      [1, 7],
      [1, 8],
    ]);
  });

  test("get their ordinals in order the first time", () => {
    expect(layOut("concat", [], [[4, 6]])).toEqual([
      { place: [0, 4], index: 0 },
      { place: [0, 6], index: 1 },
    ]);
  });

  test("keep their ordinals when others come between them; what is gone has no position", () => {
    const before = [[0, 1, 2]];
    const now = [[3, 4, 1, 2]];
    expect(layOut("concat", [before], now)).toEqual([
      { place: [0, 0], index: undefined },
      { place: [0, 1], index: 2 },
      { place: [0, 2], index: 3 },
      { place: [0, 3], index: 0 },
      { place: [0, 4], index: 1 },
    ]);
  });

  test("remember every making of the list, also those that failed", () => {
    const laid = layOut(
      "zip",
      [
        "broken",
        [
          [0, 1],
          [0, 1],
        ],
        "broken",
      ],
      [
        [1, 2],
        [1, 2],
      ],
    );
    expect(laid).toEqual([
      { place: "broken", index: undefined },
      { place: [0, 0], index: undefined },
      { place: [1, 1], index: 0 },
      { place: [2, 2], index: 1 },
    ]);
    expect(layOut("zip", [[[0], [0]]], "broken")).toEqual([
      { place: [0, 0], index: undefined },
      { place: "broken", index: 0 },
    ]);
  });

  test("are compared source by source", () => {
    expect(sameMembers([[0, 1]], [[0, 1]])).toBe(true);
    expect(sameMembers([[0, 1]], [[1, 0]])).toBe(false);
    expect(sameMembers([[0]], [[0, 1]])).toBe(false);
    expect(sameMembers("broken", "broken")).toBe(true);
    expect(sameMembers(undefined, [[0]])).toBe(false);
    expect(sameMembers([[0]], "broken")).toBe(false);
  });
});
