import { expect, test } from "vitest";

import { chanceOf } from "../pictures/chance.ts";
import { insideStrip, Split, STRIPS } from "./seed-set.ts";

test("no split shows a pixel of the photo that another one shows", () => {
  const strips = Object.values(STRIPS).toSorted(([a], [b]) => a - b);
  const gaps = strips.slice(1).map(([from], index) => from - strips[index]![1]);
  for (const gap of gaps) expect(gap).toBeGreaterThan(0);
});

test.each(Split.options)("a view is pushed back into the strip of %s, wherever it was", (split) => {
  const chance = chanceOf("views", split);
  const [from, to] = STRIPS[split];
  for (let round = 0; round < 500; round++) {
    const far = {
      left: chance() * 4 - 2,
      top: chance() * 4 - 2,
      width: 0.02 + chance() * 0.5,
      height: 0.02 + chance() * 0.9,
    };
    const { left, top, width, height } = insideStrip(far, split);
    expect(left).toBeGreaterThanOrEqual(from);
    expect(left + width).toBeLessThanOrEqual(to + 1e-9);
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top + height).toBeLessThanOrEqual(1 + 1e-9);
  }
});
