import type { StandardSchemaV1 } from "@standard-schema/spec";
import { expect, test } from "vitest";
import { z } from "zod";
import { isStandardSchema, issuesText, jsonSchemaOf, validate } from "./schema.ts";

function schemaOf(validator: StandardSchemaV1.Props["validate"]): StandardSchemaV1 {
  return { "~standard": { version: 1, vendor: "test", validate: validator } };
}

test("a schema that answers at once and one that answers later give the same", async () => {
  const atOnce = schemaOf((value) => ({ value: Number(value) }));
  const later = schemaOf(async (value) => ({ value: Number(value) }));
  expect(await validate(atOnce, "4")).toEqual({ ok: true, value: 4 });
  expect(await validate(later, "4")).toEqual({ ok: true, value: 4 });
});

test("issues name the field, whichever way the library writes paths", async () => {
  const schema = schemaOf(() => ({
    issues: [
      { message: "too short", path: ["pages", { key: 3 }, "title"] },
      { message: "odd", path: [Symbol("s")] },
      { message: "no path" },
    ],
  }));
  const issues = [
    { path: ["pages", 3, "title"], message: "too short" },
    { path: ["Symbol(s)"], message: "odd" },
    { path: [], message: "no path" },
  ];
  expect(await validate(schema, 1)).toEqual({ ok: false, issues });
  expect(issuesText(issues)).toBe("pages[3].title: too short; Symbol(s): odd; no path");
});

test("a schema that throws has refused the value", async () => {
  const atOnce = schemaOf(() => {
    throw new Error("boom");
  });
  const later = schemaOf(async () => Promise.reject(new Error("boom")));
  const expected = { ok: false, issues: [{ path: [], message: "the schema threw: boom" }] };
  expect(await validate(atOnce, 1)).toEqual(expected);
  expect(await validate(later, 1)).toEqual(expected);
});

test("what is a schema and what is not", () => {
  expect([z.string(), schemaOf((value) => ({ value }))].map(isStandardSchema)).toEqual([true, true]);
  expect([undefined, null, {}, "string", { "~standard": {} }, () => 1].map(isStandardSchema)).toEqual(
    Array.from({ length: 6 }, () => false),
  );
});

test("JSON Schema of what goes in and of what comes out", () => {
  const schema = z.object({ query: z.string(), limit: z.number().default(5) });
  expect(jsonSchemaOf(schema, "input")).toMatchObject({ type: "object", required: ["query"] });
  expect(jsonSchemaOf(schema, "output")).toMatchObject({ required: ["query", "limit"] });
});

test("one part that JSON Schema cannot say does not cost the others", () => {
  const schema = z.object({ since: z.date(), size: z.bigint(), query: z.string() });
  expect(jsonSchemaOf(schema, "input")?.["properties"]).toEqual({
    since: { type: "string", format: "date-time" },
    size: {},
    query: { type: "string" },
  });
});

test("a library without JSON Schema has none, and one that always fails says anything", () => {
  expect(
    jsonSchemaOf(
      schemaOf((value) => ({ value })),
      "input",
    ),
  ).toBeUndefined();
  expect(jsonSchemaOf("no schema", "input")).toBeUndefined();
  const failing = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value: unknown) => ({ value }),
      jsonSchema: {
        input: () => {
          throw new Error("no");
        },
      },
    },
  };
  expect(jsonSchemaOf(failing, "input")).toEqual({});
});
