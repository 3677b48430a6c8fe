import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { CodecError, decode, encode } from "../codec.ts";

const codec = fileURLToPath(new URL("../codec.ts", import.meta.url));

/** In a process of its own: what it patches stays patched. */
const inChild = (body: string): unknown => {
  const source = `import { decode, encode } from ${JSON.stringify(codec)}; const print = process.stdout.write.bind(process.stdout); ${body}`;
  const args = ["--input-type=module-typescript", "--no-warnings", "-e", source];
  const child = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(child.stderr).toBe("");
  return JSON.parse(child.stdout);
};

const rich = `{ a: 1, list: [1, { b: "x" }], map: new Map([["k", new Set([1n])]]), at: new Date(5), e: new TypeError("t"), bytes: new Uint8Array([1, 2]), r: /x/g, u: new URL("http://x/"), n: -0 }`;

describe("globals that user code patched", () => {
  test("change neither text nor value", () => {
    const expected = inChild(`print(JSON.stringify({ plain: encode({ a: [1] }), text: encode(${rich}) }))`);
    const patched = inChild(`
      const value = ${rich}; const copy = ${rich}; const stringify = JSON.stringify;
      const nothing = () => null; const no = () => { throw new Error("patched"); };
      const spots = [[JSON, ["parse", "stringify"]], [Object, ["keys", "hasOwn", "getPrototypeOf", "defineProperty", "getOwnPropertySymbols"]],
        [Reflect, ["ownKeys", "apply", "getPrototypeOf"]], [Array, ["isArray"]], [Array.prototype, ["slice", "map", "includes", "push", "forEach", "join", Symbol.iterator]],
        [Map.prototype, ["get", "set", "forEach", "entries", Symbol.iterator]], [Set.prototype, ["add", "forEach", Symbol.iterator]],
        [Date.prototype, ["getTime", "valueOf", "toISOString"]], [String.prototype, ["includes", "endsWith", "slice"]], [BigInt.prototype, ["toString"]],
        [Buffer, ["from", "alloc", "allocUnsafeSlow"]], [Buffer.prototype, ["toString", "write"]], [Function.prototype, ["call", "apply", "bind"]]];
      const originals = [];
      for (let i = 0; i < spots.length; i++) for (let k = 0; k < spots[i][1].length; k++) { const [o, name] = [spots[i][0], spots[i][1][k]]; originals[originals.length] = [o, name, o[name]]; }
      let plain, text, again;
      const bind = (o, name, f) => { o[name] = f; };
      for (let i = 0; i < originals.length; i++) bind(originals[i][0], originals[i][1], no);
      globalThis.Map = globalThis.Date = globalThis.Set = globalThis.RegExp = globalThis.BigInt = globalThis.TypeError = no;
      try { plain = encode({ a: [1] }); text = encode(value); again = encode(decode(text)); } finally {
        for (let i = originals.length - 1; i >= 0; i--) bind(originals[i][0], originals[i][1], originals[i][2]);
      }
      if (again !== text) throw new Error("decoded to something else");
      print(stringify({ plain, text }));`);
    expect(patched).toEqual(expected);
  });

  test("do not let a polluted prototype into a value", () => {
    const out = inChild(`
      const value = ${rich};
      const plain = { a: [1, { b: 2 }] };
      const before = [encode(value), encode(plain)];
      Object.prototype.polluted = 1; Object.prototype.$ = "Date"; Object.prototype.v = 3; Object.prototype.get = () => 1;
      Object.prototype.toJSON = () => "lie"; Array.prototype.toJSON = () => "lie"; BigInt.prototype.toJSON = () => "lie"; String.prototype.toJSON = () => "lie";
      const after = [encode(value), encode(plain)];
      const again = [encode(decode(before[0])), encode(decode(before[1]))];
      const own = Object.keys(decode(before[1]));
      delete Object.prototype.toJSON; delete Array.prototype.toJSON; delete Object.prototype.polluted; delete Object.prototype.$; delete Object.prototype.v; delete Object.prototype.get;
      print(JSON.stringify({ same: before[0] === after[0] && before[1] === after[1], again: before[0] === again[0] && before[1] === again[1], own }));`);
    expect(out).toEqual({ same: true, again: true, own: ["a"] });
  });

  test("cannot make a value answer differently on a second reading", () => {
    let reads = 0;
    const liar = new Proxy({ x: 1 }, { get: () => (reads++ === 0 ? 1 : () => "late") });
    expect(encode(liar)).toBe('{"x":1}');
  });
});

describe("where there is no Buffer", () => {
  test("bytes have the same text, and a Buffer comes back as a Uint8Array", () => {
    const bytes = Uint8Array.from({ length: 70_001 }, (_, i) => i * 7);
    const text = encode(Buffer.from(bytes));
    const browser = `delete globalThis.Buffer; const { decode, encode } = await import(${JSON.stringify(codec)});
      const back = decode(${JSON.stringify(text)});
      console.log(JSON.stringify({ text: encode(back), plain: Object.getPrototypeOf(back) === Uint8Array.prototype }))`;
    const args = ["--input-type=module-typescript", "--no-warnings"];
    const child = spawnSync(process.execPath, args, { encoding: "utf8", input: browser });
    expect(child.stderr).toBe("");
    expect(JSON.parse(child.stdout)).toEqual({ text: text.replace('"Buffer"', '"Uint8Array"'), plain: true });
  });
});

describe("size", () => {
  const deep = (levels: number): unknown => {
    let value: unknown = 1;
    for (let i = 0; i < levels; i++) value = i % 2 ? { a: value } : [value];
    return value;
  };

  test("1,000 levels come back, plain or not", () => {
    assert.deepStrictEqual(decode(encode(deep(1_000))), deep(1_000));
    let value: unknown = 1n;
    for (let i = 0; i < 1_000; i++) value = i % 2 ? new Map([[1, value]]) : new Error("x", { cause: value });
    expect(encode(decode(encode(value)))).toBe(encode(value));
  });

  test("the text of the deepest value may stand inside a list of texts", () => {
    const texts = [encode(deep(1_000)), encode(new Error("x", { cause: deep(999) }))];
    const joined = texts.map((text) => `{"status":"ok","value":${text}}`).join(",");
    expect(decode(`[${joined}]`)).toHaveLength(2);
  });

  test("1,001 levels and 100,000 levels are refused without overflowing the stack", () => {
    expect(() => encode(deep(1_001))).toThrow(/deeper than 1000 levels/);
    expect(() => encode(deep(100_000))).toThrow(CodecError);
  });

  test("shared references that multiply are refused in bounded time", () => {
    let value: unknown = "x".repeat(1_000);
    for (let i = 0; i < 60; i++) value = [value, value];
    expect(() => encode(value)).toThrow(/takes the text above/);
  });

  test("200,000 keys come back", () => {
    const value = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, i]));
    const back = decode(encode(value)) as Record<string, number>;
    expect(Object.keys(back).length).toBe(200_000);
    expect(back["k199999"]).toBe(199_999);
  });

  test("a string of 100 MB comes back", () => {
    const value = "x".repeat(100 << 20);
    expect(decode(encode(value)) === value).toBe(true);
  });

  test("a string of 512 MB is refused with what to do", () => {
    expect(() => encode({ text: "x".repeat(2 ** 29 - 64) })).toThrow(
      /"\$\.text" takes the text above .* write large data to a file/,
    );
  });

  test("a Buffer of 100 MB comes back", () => {
    const value = Buffer.alloc(100 << 20, 7);
    expect((decode(encode(value)) as Buffer).equals(value)).toBe(true);
  });
});
