import { expect, test } from "vitest";
import { linearPattern, MAX_PATTERN, PatternError } from "./linear-pattern.ts";
import { seededRandom } from "./random.ts";

test.each([
  ["b+", "abc", true],
  ["^b", "abc", false],
  ["c$", "abc", true],
  ["^$", "", true],
  ["a|^bc$", "bc", true],
  ["^(ab|c)*d?$", "abcabd", true],
  ["^[a-c^]{2,3}$", "a^c", true],
  ["[^0-9]", "123", false],
  ["\\d{3}-\\w+\\s?$", "555-ab_1 ", true],
  ["^(?:x{0,2}y)+$", "xxyyxy", true],
  ["^\\.\\{$", ".{", true],
  ["^.$", "\u{1F600}", true],
])("%s in %j is %s, as of a regular expression", (pattern, text, found) => {
  expect(linearPattern(pattern)(text)).toBe(found);
  expect(new RegExp(pattern, "u").test(text)).toBe(found);
});

test("it finds what a regular expression finds, for patterns and texts by seed", () => {
  const random = seededRandom(11);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  const pattern = (depth: number): string =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const piece =
        depth > 0 && random() < 0.4
          ? `(${pattern(depth - 1)}|${pattern(depth - 1)})`
          : pick(["a", "b", ".", "[ab]", "[^a]"]);
      return piece + pick(["", "", "*", "+", "?", "{2}", "{1,3}"]);
    }).join("");
  for (let n = 0; n < 2_000; n++) {
    const source = pick(["", "^"]) + pattern(2) + pick(["", "$"]);
    if (source.length > MAX_PATTERN) continue;
    const text = Array.from({ length: Math.floor(random() * 8) }, () => pick(["a", "b", "c"])).join("");
    expect(linearPattern(source)(text), `${source} in ${text}`).toBe(new RegExp(source, "u").test(text));
  }
});

test("a set may hold its own bracket, first", () => {
  expect(linearPattern("^[]-]+$")("-]")).toBe(true);
});

test("what takes others for ever takes it no time", () => {
  const begin = performance.now();
  expect(linearPattern("^(a+)+$")(`${"a".repeat(1_000)}b`)).toBe(false);
  expect(linearPattern("^(a|a?)+(a|a?)+$")(`${"a".repeat(1_000)}b`)).toBe(false);
  expect(performance.now() - begin).toBeLessThan(5_000);
});

test.each([
  ["(", 0],
  ["a)", 1],
  ["*a", 0],
  ["a{3,1}", 1],
  ["a{200}", 1],
  ["[a", 0],
  ["[z-a]", 1],
  ["(?=a)", 1],
  ["\\q", 0],
  ["((a{99}){99}){99}", 0],
  ["a".repeat(201), 200],
])("%s is refused with its place", (pattern, at) => {
  expect(() => linearPattern(pattern)).toThrow(expect.objectContaining({ at }));
  expect(() => linearPattern(pattern)).toThrow(PatternError);
});
