import { expect, test } from "vitest";
import { assert, assertNever } from "./assert.ts";

test("assert lets what holds pass", () => {
  assert(1 === 1, "one is one");
});

test("assert says that the bug is ours", () => {
  expect(() => assert(false, "slots went below 0")).toThrow("this is a bug in workgraph: slots went below 0");
});

test("assertNever shows the value that should not exist, a circular one too", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  expect(() => assertNever({ kind: "odd" } as never)).toThrow('this is a bug in workgraph: unexpected {"kind":"odd"}');
  expect(() => assertNever(undefined as never)).toThrow("unexpected undefined");
  expect(() => assertNever(circular as never)).toThrow("unexpected [object Object]");
});
