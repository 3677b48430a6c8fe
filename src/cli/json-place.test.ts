import fc from "fast-check";
import { expect, test } from "vitest";
import { badJsonAt } from "./json-place.ts";

test.each([
  ['{"a":1,\n "b":}', 13],
  ['{"a":', 5],
  ["{a:1}", 1],
  ["[1,2", 4],
  ["[1,]", 3],
  ['{"a":1,}', 7],
  ['"abc', 4],
  ["nul", 3],
  ["nulk", 3],
  ['{"a":1} x', 8],
  ["'a'", 0],
  ["01", 1],
  ["1.", 2],
  ["-", 1],
  ["1e+", 3],
  ['"\\x"', 2],
  ['"\\u12g4"', 5],
  ["", 0],
])("%s goes wrong at %i", (text, at) => {
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
  expect(badJsonAt(text)).toBe(at);
});

test("never points into a part that could still become JSON", () => {
  // Everything before the bad character is the beginning of some JSON text, so cutting there moves no place.
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom("}", "]", ",", ":", "x", '"', "1", "-", " "),
      (json, where, mark) => {
        const at = where % (json.length + 1);
        const text = json.slice(0, at) + mark + json.slice(at);
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        if (valid) return;
        const bad = badJsonAt(text);
        expect(badJsonAt(text.slice(0, bad))).toBe(bad);
        expect(bad).toBeGreaterThanOrEqual(0);
        expect(bad).toBeLessThanOrEqual(text.length);
      },
    ),
  );
});

test("reads all of what is JSON", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(badJsonAt(json)).toBe(json.length);
    }),
  );
});
