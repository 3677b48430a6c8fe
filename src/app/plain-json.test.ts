import { describe, expect, test } from "vitest";
import { encode } from "../model/codec.ts";
import { plainJson, plainValue, previewOf } from "./plain-json.ts";

describe("as plain JSON", () => {
  test.each([
    ["dates are text", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["a bad date says so", new Date(Number.NaN), "Invalid Date"],
    ["bigints are text", 12n, "12"],
    ["numbers that JSON lacks are text", [Number.NaN, -Infinity], ["NaN", "-Infinity"]],
    ["maps with text keys are objects", new Map([["a", 1]]), { a: 1 }],
    ["other maps are pairs", new Map([[1, "a"]]), [[1, "a"]]],
    ["sets are lists", new Set([1, 2]), [1, 2]],
    ["bytes are base64", new Uint8Array([1, 2, 3]), "AQID"],
    ["undefined is left out of objects and null in lists", { a: undefined, b: [undefined] }, { b: [null] }],
    ["urls are text", new URL("http://a.b/"), "http://a.b/"],
  ])("%s", (_, value, expected) => {
    expect(plainJson(value)).toEqual(expected);
  });

  test("errors keep name, message, code and cause", () => {
    const error = Object.assign(new TypeError("no", { cause: new Error("why") }), { code: "E1" });
    expect(plainJson(error)).toEqual({
      name: "TypeError",
      message: "no",
      code: "E1",
      cause: { name: "Error", message: "why" },
    });
  });

  test("a recorded value is what JSON.stringify can write", () => {
    const value = { when: new Date(0), many: [1n, new Map([["k", new Set(["v"])]])] };
    expect(JSON.parse(JSON.stringify(plainValue(encode(value))))).toEqual({
      when: "1970-01-01T00:00:00.000Z",
      many: ["1", { k: ["v"] }],
    });
  });
});

test("a preview is one bounded line", () => {
  expect(previewOf(encode({ a: "x\ny" }), 100)).toBe('{"a":"x\\ny"}');
  const long = previewOf(encode("x".repeat(100_000)), 50);
  expect(long).toHaveLength(50);
  expect(long.endsWith("...")).toBe(true);
});
