import { describe, expect, test } from "vitest";
import { readFlags, readPairs } from "./param-flags.ts";

describe("parameters as flags", () => {
  test.each([
    [["f.ts", "--prompt-text", "a b"], { promptText: "a b" }, ["f.ts"]],
    [["--query=x=y", "f.ts", "{}"], { query: "x=y" }, ["f.ts", "{}"]],
    [["f.ts", "--deep"], { deep: "true" }, ["f.ts"]],
    [["f.ts", "--deep", "--wide"], { deep: "true", wide: "true" }, ["f.ts"]],
    [["f.ts", "--no-deep"], { deep: "false" }, ["f.ts"]],
    [["f.ts", "--count", "-5"], { count: "-5" }, ["f.ts"]],
    [["f.ts", "--empty="], { empty: "" }, ["f.ts"]],
    [["f.ts", "-"], {}, ["f.ts", "-"]],
    [["f.ts", "--snake_case", "1"], { snake_case: "1" }, ["f.ts"]],
  ])("%j", (words, args, rest) => {
    expect(readFlags(words)).toEqual({ args, rest });
  });

  test("given twice are refused", () => {
    expect(() => readFlags(["--a", "1", "--a", "2"])).toThrow('"a" is given twice');
  });

  test("short options that are not ours are refused", () => {
    expect(() => readFlags(["f.ts", "-x"])).toThrow('unknown option "-x"');
  });

  test("may be named like anything an object has", () => {
    expect(Object.entries(readFlags(["--constructor", "c"]).args)).toEqual([["constructor", "c"]]);
    expect(Object.entries(readPairs(["__proto__=p"], "-i"))).toEqual([["__proto__", "p"]]);
  });
});

describe("key=value", () => {
  test("splits at the first sign", () => {
    expect(readPairs(["a=b=c", "d="], "-i")).toEqual({ a: "b=c", d: "" });
  });

  test.each(["a", "=b"])('refuses "%s"', (pair) => {
    expect(() => readPairs([pair], "--tag")).toThrow("has no key and value");
  });
});
