import { expect, test } from "vitest";
import { z } from "zod";
import { choicesOf } from "./finite-choices.ts";

test("enumerations, booleans, literals and unions of these are tried value by value", async () => {
  expect((await choicesOf(z.enum(["a", "b"])))?.values).toEqual(["a", "b"]);
  expect((await choicesOf(z.boolean()))?.values).toEqual([true, false]);
  expect((await choicesOf(z.literal(7)))?.values).toEqual([7]);
  expect((await choicesOf(z.union([z.literal("x"), z.boolean(), z.null()])))?.values).toEqual(["x", true, false, null]);
});

test("an object has the choices of its finite fields together, and examples in the others", async () => {
  const choices = await choicesOf(
    z.object({ ok: z.boolean(), kind: z.enum(["a", "b"]), why: z.string(), n: z.number().min(3) }),
  );
  expect(choices?.examples).toEqual(["why", "n"]);
  expect(choices?.values).toHaveLength(4);
  expect(choices?.values[0]).toEqual({ ok: true, kind: "a", why: "example", n: 3 });
});

test.each([
  ["text", z.string()],
  ["a number", z.number()],
  ["a list", z.array(z.boolean())],
  ["an object without a finite field", z.object({ text: z.string() })],
  ["a union with text", z.union([z.literal("a"), z.string()])],
])("%s has no choices", async (_, schema) => {
  expect(await choicesOf(schema)).toBeUndefined();
});

test("what the schema refuses is no choice, and what is too much is counted", async () => {
  const refined = z.object({ a: z.boolean(), b: z.boolean() }).refine(({ a, b }) => a !== b);
  expect((await choicesOf(refined))?.values).toEqual([
    { a: true, b: false },
    { a: false, b: true },
  ]);
  const letters = "a b c d e f g h i j k l".split(" ") as [string, ...string[]];
  expect(await choicesOf(z.enum(letters))).toMatchObject({ values: letters.slice(0, 8), more: 4 });
});

test("a schema that offers no JSON Schema has no choices", async () => {
  const bare = { "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) } };
  expect(await choicesOf(bare)).toBeUndefined();
  expect(await choicesOf(undefined)).toBeUndefined();
});
