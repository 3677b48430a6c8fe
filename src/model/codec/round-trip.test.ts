import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec.ts";

const sparse = (): unknown[] => {
  const list: unknown[] = [1];
  list[3] = new Date(4);
  return list;
};

const values: readonly (readonly [name: string, value: unknown])[] = [
  ["null", null],
  ["undefined", undefined],
  ["true", true],
  ["an empty string", ""],
  ["a lone surrogate", "\ud800"],
  ["NUL, tab and line breaks", "a\u0000b\tc\nd\r\u2028"],
  ["text that turns direction", "\u202e\u200b"],
  ["markup", "</script><img src=x onerror=alert(1)>"],
  ["zero", 0],
  ["negative zero", -0],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["negative Infinity", -Infinity],
  ["a number above the safe integers", 2 ** 53 + 2],
  ["the smallest number", Number.MIN_VALUE],
  ["a bigint", 2n ** 70n],
  ["a negative bigint", -1n],
  ["a Date", new Date(0)],
  ["a Date before 1970", new Date(-1)],
  ["an invalid Date", new Date(NaN)],
  ["a RegExp", /a+\/"\n/giu],
  ["an empty RegExp", new RegExp("")],
  ["a URL", new URL("http://x/?q=1#f")],
  [
    "a Map",
    new Map<unknown, unknown>([
      [1, { a: 1 }],
      [{ k: undefined }, NaN],
      ["$", new Map([[new Date(1), new Set([1n])]])],
    ]),
  ],
  ["a Set", new Set([1, "x", undefined, -1n])],
  ["a Buffer", Buffer.from([0, 255, 10])],
  ["an empty Buffer", Buffer.alloc(0)],
  ["an ArrayBuffer", new Uint8Array([1, 2, 3]).buffer],
  ["a DataView", new DataView(new Uint8Array([1, 2, 3]).buffer)],
  ["a Uint8Array", new Uint8Array([1, 2, 3])],
  ["a Uint8ClampedArray", new Uint8ClampedArray([1, 2])],
  ["an Int16Array", new Int16Array([-1, 2])],
  ["a Float32Array", new Float32Array([NaN, -0, 1.5])],
  ["a Float64Array", new Float64Array([Infinity, 1e300])],
  ["a BigInt64Array", new BigInt64Array([-1n])],
  ["an empty Uint32Array", new Uint32Array(0)],
  ["an array with undefined", [undefined, null]],
  ["a sparse array", sparse()],
  ["an array of holes only", new Array<unknown>(5)],
  ["an undefined property", { a: undefined }],
  ["numeric keys among others", { b: 1, 2: 1, 1: 1 }],
  ["an own __proto__ key", JSON.parse('{"__proto__":{"polluted":1},"a":1}')],
  ["an own __proto__ key beside a Date", { ...JSON.parse('{"__proto__":{"polluted":1}}'), at: new Date(1) }],
  ["a null-prototype object", Object.assign(Object.create(null) as object, { a: 1, at: new Date(2) })],
  ["a null-prototype object with the tag key", Object.assign(Object.create(null) as object, { $: "Date", v: 1 })],
  ["an object that looks like a tag", { $: "Date", v: 0 }],
  ["an object that looks like an escape", { $: "$", v: { $: "Map", v: [] } }],
  ["the string that marks tags", ["$", '"$"', { a: '{"$":"Date"}' }]],
  ["a property named then", { then: 5 }],
  ["a property named toJSON that is no function", { toJSON: 1 }],
  ["the empty key", { "": { "": undefined } }],
];

describe("a value of the closed set", () => {
  test.each(values)("comes back exactly: %s", (_name, value) => {
    const text = encode(value);
    const back = decode(text);
    assert.deepStrictEqual(back, value);
    expect(Object.getPrototypeOf(Object(back))).toBe(Object.getPrototypeOf(Object(value)));
    expect(text).not.toMatch(/[\n\r\t]/);
    expect(encode(back)).toBe(text);
  });

  test.each(values)("comes back exactly from deep inside another: %s", (_name, value) => {
    const nested = { list: [{ value }, new Map([["k", [value]]])] };
    assert.deepStrictEqual(decode(encode(nested)), nested);
  });

  test("takes time by what an array holds, not by its length", () => {
    const list: unknown[] = [];
    list[3_999_999_999] = 7;
    const back = decode(encode([list])) as unknown[][];
    expect(back[0]?.length).toBe(4_000_000_000);
    expect(Object.entries(back[0] ?? [])).toEqual([["3999999999", 7]]);
  });

  test("keeps the order of keys", () => {
    const value = { b: 1n, a: 2, c: { z: undefined, y: 1 } };
    const back = decode(encode(value)) as typeof value;
    expect(Object.keys(back)).toEqual(["b", "a", "c"]);
    expect(Object.keys(back.c)).toEqual(["z", "y"]);
  });

  test("any combination of them comes back exactly", () => {
    const anything = fc.anything({
      key: fc.oneof(fc.constantFrom("$", "v", "__proto__", "constructor", "toString", "then", "1"), fc.string()),
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
      stringUnit: "binary",
    });
    fc.assert(
      fc.property(anything, (value) => {
        const text = encode(value);
        assert.deepStrictEqual(decode(text), value);
        expect(encode(decode(text))).toBe(text);
      }),
      { numRuns: 600, seed: 20_261_122 },
    );
  }, 60_000);
});

describe("what comes back", () => {
  test("is fresh each time", () => {
    const text = encode({ list: [1], at: new Date(0) });
    const first = decode(text) as { list: number[] };
    first.list.push(2);
    assert.deepStrictEqual(decode(text), { list: [1], at: new Date(0) });
  });

  test("is what was there when it was encoded", () => {
    const value = { list: [1], map: new Map([["k", { n: 1 }]]), bytes: Buffer.from([1, 2]) };
    const text = encode(value);
    value.list.push(2);
    (value.map.get("k") as { n: number }).n = 9;
    value.bytes[0] = 9;
    assert.deepStrictEqual(decode(text), { list: [1], map: new Map([["k", { n: 1 }]]), bytes: Buffer.from([1, 2]) });
  });

  test("holds a shared object twice", () => {
    const shared = { at: new Date(1) };
    const [a, b] = decode(encode([shared, shared])) as [unknown, unknown];
    assert.deepStrictEqual([a, b], [shared, shared]);
    expect(a).not.toBe(b);
  });

  test("takes a view over a larger buffer as the part it shows", () => {
    const part = new Uint16Array(new Uint8Array([0, 0, 1, 0, 2, 0, 0, 0]).buffer, 2, 2);
    const back = decode(encode(part)) as Uint16Array;
    assert.deepStrictEqual(back, new Uint16Array([1, 2]));
    expect(back.buffer.byteLength).toBe(4);
  });

  test("owns its bytes instead of sharing the pool of Buffer", () => {
    const back = decode(encode(Buffer.from([1, 2, 3]))) as Buffer;
    expect(back.buffer.byteLength).toBe(3);
  });

  test("pollutes nothing through an own __proto__ key", () => {
    const back = decode(encode({ at: new Date(0), ...JSON.parse('{"__proto__":{"polluted":1}}') })) as object;
    expect(Object.hasOwn(back, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("of a getter is the value it gave once", () => {
    let reads = 0;
    const counting = {
      get n() {
        return ++reads;
      },
    };
    expect(decode(encode(counting))).toEqual({ n: 1 });
    expect(reads).toBe(1);
  });

  test("of equal values has equal text", () => {
    expect(encode({ a: new Map([[1, -0]]), b: /x/g })).toBe(encode({ a: new Map([[1, -0]]), b: /x/g }));
  });
});
