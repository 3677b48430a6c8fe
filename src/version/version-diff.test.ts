import { expect, test } from "vitest";
import { lineHunks } from "./version-diff.ts";

const text = (lines: readonly string[]): string => `${lines.join("\n")}\n`;
const numbered = Array.from({ length: 30 }, (_, i) => `line ${i + 1}`);

test("a changed line stands between two lines of each side, with its number", () => {
  const now = numbered.with(9, "changed");
  expect(lineHunks(text(numbered), text(now))).toEqual([
    {
      beforeLine: 8,
      beforeCount: 5,
      nowLine: 8,
      nowCount: 5,
      lines: [" line 8", " line 9", "-line 10", "+changed", " line 11", " line 12"],
    },
  ]);
});

test("changes far from each other are hunks of their own, and later numbers count what was added", () => {
  const now = [...numbered.slice(0, 3), "more", ...numbered.slice(3, 20), ...numbered.slice(21)];
  const hunks = lineHunks(text(numbered), text(now));
  expect(hunks.map(({ beforeLine, nowLine }) => [beforeLine, nowLine])).toEqual([
    [2, 2],
    [19, 20],
  ]);
  expect(hunks.map(({ lines }) => lines.filter((line) => !line.startsWith(" ")))).toEqual([["+more"], ["-line 21"]]);
});

test("equal texts have none; a new and a removed file are one hunk", () => {
  expect(lineHunks("a\nb\n", "a\nb\n")).toEqual([]);
  expect(lineHunks("", "a\n")).toMatchObject([
    { beforeLine: 0, beforeCount: 0, nowLine: 1, nowCount: 1, lines: ["+a"] },
  ]);
  expect(lineHunks("a\n", "")).toMatchObject([{ beforeCount: 1, nowCount: 0, lines: ["-a"] }]);
});

test("texts that have nothing in common are not compared line by line beyond a bound", () => {
  const [before, now] = ["a", "b"].map((letter) => text(Array.from({ length: 20_000 }, (_, i) => `${letter}${i}`)));
  expect(lineHunks(before!, now!)[0]?.lines).toHaveLength(40_000);
});
