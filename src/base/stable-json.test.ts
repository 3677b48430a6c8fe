import fc from "fast-check";
import { expect, test } from "vitest";
import { stableStringify } from "./stable-json.ts";

test("key order does not matter, at any depth", () => {
  expect(stableStringify({ b: [{ y: 1, x: 2 }], a: 1 })).toBe('{"a":1,"b":[{"x":2,"y":1}]}');
});

test("integer-like keys and an own __proto__ are keys like others", () => {
  const value = JSON.parse('{"b":0,"10":1,"9":2,"__proto__":3}') as unknown;
  expect(stableStringify(value)).toBe('{"10":1,"9":2,"__proto__":3,"b":0}');
});

test("reads values as JSON.stringify does", () => {
  const seen: string[] = [];
  const value = {
    toJSON(key: string): unknown {
      seen.push(key);
      return this;
    },
    holes: [undefined, () => 1, Symbol("s")],
    skipped: undefined,
    boxed: [Object(1), Object("s"), Object(true)] as unknown[],
    when: new Date(0),
    odd: [Number.NaN, -0],
  };
  const text = stableStringify({ value });
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ value })));
  expect(seen[0]).toBe("value");
});

test("what has no JSON text is an error", () => {
  expect(() => stableStringify(undefined)).toThrow("a value of type undefined has no JSON text");
  expect(() => stableStringify(1n)).toThrow(TypeError);
});

test("any JSON value reads back, and equal values have equal text", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = stableStringify(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(stableStringify(JSON.parse(text))).toBe(text);
    }),
  );
});
