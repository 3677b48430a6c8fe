/** The profile of a run, as it is laid out and asked about. */
import { describe, expect, test } from "vitest";
import type { FlameFrame } from "../../src/model/flame.ts";
import type { Timeline } from "../../src/model/timeline.ts";
import { changeText, limitOf, readChange, toggled, whatIfCommand, withLimit } from "../../ui/profile/change.ts";
import { flameLayout } from "../../ui/profile/flame-layout.ts";
import { lanesBy } from "../../ui/timeline/lanes.ts";

function frame(name: string, totalMs: number, children: readonly FlameFrame[] = []): FlameFrame {
  const selfMs = totalMs - children.reduce((sum, child) => sum + child.totalMs, 0);
  return { kind: "node", name, count: 1, totalMs, selfMs, children };
}

const ROOT = frame("main", 100, [
  frame("sub", 60, [frame("child", 40, [frame("work", 40)])]),
  frame("fetch", 39.9),
  frame("note", 0.1),
]);

describe("the flame", () => {
  test("children lie within what they stand below, and what is too narrow is counted", () => {
    const { boxes, depth, leftOut } = flameLayout(ROOT, ["main"]);
    expect(boxes.map(({ path, left, width }) => [path.join(" "), left, Number(width.toFixed(6))])).toEqual([
      ["main", 0, 1],
      ["main sub", 0, 0.6],
      ["main sub child", 0, 0.4],
      ["main sub child work", 0, 0.4],
      ["main fetch", 0.6, 0.399],
    ]);
    expect([depth, leftOut]).toEqual([4, 1]);
  });

  test("what is zoomed fills the width, what it stands below is above it, and an unknown name ends the way", () => {
    const { boxes } = flameLayout(ROOT, ["main", "sub", "child"]);
    expect(boxes.map(({ frame: { name }, depth, width }) => [name, depth, width])).toEqual([
      ["main", 0, 1],
      ["sub", 1, 1],
      ["child", 2, 1],
      ["work", 3, 1],
    ]);
    expect(flameLayout(ROOT, ["main", "gone", "child"]).boxes[0]?.frame.name).toBe("main");
  });
});

describe("what if", () => {
  test("a change survives the address, and what cannot be understood is left out", () => {
    const text = "scrape=16,break:judge,gather:report";
    expect(changeText(readChange(text))).toBe(text);
    expect(readChange("scrape=0,=3,x=many,,scrape=2")).toMatchObject({ limits: ["scrape=2"] });
    expect(changeText(readChange(undefined))).toBeUndefined();
  });

  test("a limit replaces the one before, and is taken back", () => {
    const change = withLimit(withLimit(readChange("a=2"), "b", 3), "a", 4);
    expect([limitOf(change, "a"), limitOf(change, "b"), limitOf(change, "c")]).toEqual([4, 3, undefined]);
    expect(withLimit(change, "a", undefined).limits).toEqual(["b=3"]);
    expect(toggled(toggled([], "x"), "x")).toEqual([]);
  });

  test("the command asks the same", () => {
    expect(whatIfCommand("01R", readChange("a=2,break:b,gather:c"))).toBe(
      "npx workgraph profile 01R --what-if a=2 --without-break b --without-gather c",
    );
  });
});

test("a lane per item keeps both attempts of an item in one lane, in the order of the items", () => {
  const spans = {
    call: [2, 2, 2],
    item: [10, 9, 10],
    attempt: [1, 1, 2],
    startMs: [0, 1, 5],
    endMs: [2, 3, 6],
    outcome: [2, 0, 0],
    lane: [0, 1, 0],
  };
  const timeline = { rows: [{ node: "n", calls: [2], attempts: 3, lanes: 2, spans }] } as unknown as Timeline;
  const [row] = lanesBy(timeline, "items").rows;
  expect([row?.lanes, row?.spans?.lane]).toEqual([2, [1, 0, 1]]);
  expect(lanesBy(timeline, "slots")).toBe(timeline);
});
