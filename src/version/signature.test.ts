import { describe, expect, test } from "vitest";
import { jsonSchemaOf, readSignature } from "./signature.ts";
import type { Parameter } from "./signature.ts";

const read = (parameter: string, declarations = ""): Promise<readonly Parameter[] | undefined> =>
  readSignature({
    text: `import { workflow } from "agentic-workgraph";\n${declarations}\nexport const flow = workflow({ name: "flow" }, async (${parameter}) => 1);`,
    file: "flow.ts",
    at: { exportName: "flow" },
  });

describe("the signature of a workflow", () => {
  test.for([
    ["string", { type: "string" }],
    ["number", { type: "number" }],
    ["boolean", { type: "boolean" }],
    ["string[]", { type: "string[]" }],
    ["readonly number[]", { type: "number[]" }],
    ["ReadonlyArray<string>", { type: "string[]" }],
    ['"a" | "b"', { type: "string", choices: ["a", "b"] }],
    ["1 | 2 | -3", { type: "number", choices: [1, 2, -3] }],
    ['"a" | 1', { type: "json", choices: ["a", 1] }],
    ["string | number", { type: "json" }],
    ['string | "a"', { type: "string" }],
    ["string | ArtifactRef", { type: "json", text: true }],
    ["`id-${string}`", { type: "string" }],
    ["{ deep: string }", { type: "json" }],
    ["Date", { type: "json" }],
    ["any", { type: "json" }],
    ["string[][]", { type: "json" }],
  ] as const)("reads %s", async ([typeText, expected]) => {
    expect(await read(`{ a }: { a: ${typeText} }`)).toEqual([{ name: "a", required: true, typeText, ...expected }]);
  });

  test("a mark, a default and undefined each make a parameter optional", async () => {
    const found = await read("{ a, b = 3, c, d }: { a?: string; b: number; c: string | undefined; d: string }");
    expect(found?.map(({ name, required }) => [name, required])).toEqual([
      ["a", false],
      ["b", false],
      ["c", false],
      ["d", true],
    ]);
    expect(found?.[1]?.default).toBe(3);
  });

  test("a default of the whole parameter makes all of it optional", async () => {
    expect(await read('{ a }: { a: string } = { a: "x" }')).toEqual([
      { name: "a", type: "string", required: false, typeText: "string" },
    ]);
  });

  test.for([
    ["-1", -1],
    ['"x"', "x"],
    ["`x`", "x"],
    ["true", true],
    ["null", null],
    ['["a", "b"]', ["a", "b"]],
    ["{ deep: [1] }", { deep: [1] }],
  ] as const)("a literal default is known: %s", async ([text, value]) => {
    expect((await read(`{ a = ${text} }: { a: any }`))?.[0]?.default).toEqual(value);
  });

  test("any other default is optional and unknown", async () => {
    expect(await read("{ a = Date.now() }: { a: number }")).toEqual([
      { name: "a", type: "number", required: false, typeText: "number" },
    ]);
  });

  test("follows aliases and interfaces of the file", async () => {
    const declarations =
      'type Level = "low" | "high"; interface Base { id: string } interface Input extends Base { level?: Level }';
    expect(await read("input: Input", declarations)).toEqual([
      { name: "id", type: "string", required: true, typeText: "string" },
      { name: "level", type: "string", choices: ["low", "high"], required: false, typeText: "Level" },
    ]);
  });

  test("joins intersections and reads Partial and Readonly", async () => {
    const found = await read("input: Readonly<{ a: string }> & Partial<{ b: number }>");
    expect(found?.map(({ name, required }) => [name, required])).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });

  test("a circular alias ends", async () => {
    expect(await read("input: A", "type A = B; type B = A;")).toBeUndefined();
    expect(await read("{ a }: { a: A }", "type A = B; type B = A;")).toMatchObject([{ name: "a", type: "json" }]);
  });

  test("an imported type says nothing", async () => {
    expect(await read("input: Elsewhere", 'import type { Elsewhere } from "./elsewhere.ts";')).toBeUndefined();
  });

  test("no parameter is an empty list", async () => {
    expect(await read("")).toEqual([]);
  });

  test("plain JavaScript gives names, and types by defaults", async () => {
    expect(await read('{ a, b = 2, c = "x" }')).toEqual([
      { name: "a", type: "json", required: true, typeText: "" },
      { name: "b", type: "number", required: false, default: 2, typeText: "" },
      { name: "c", type: "string", required: false, default: "x", typeText: "" },
    ]);
  });

  test("a function defined elsewhere in the file is found", async () => {
    const text = `import { workflow as w } from "agentic-workgraph";\nfunction main({ a }: { a: string }) {}\nexport default w({ name: "f" }, main);`;
    expect(await readSignature({ text, file: "flow.ts", at: { exportName: "default" } })).toMatchObject([
      { name: "a" },
    ]);
    expect(await readSignature({ text, file: "flow.ts", at: { line: 3 } })).toMatchObject([{ name: "a" }]);
  });
});

describe("its JSON Schema", () => {
  test("says types, choices, defaults and what is required", async () => {
    const parameters = await read(
      '{ q, n = 5, mode, tags, extra }: { q: string; n?: number; mode?: "a" | "b"; tags: string[]; extra: object }',
    );
    expect(jsonSchemaOf(parameters ?? [])).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        q: { type: "string" },
        n: { type: "number", default: 5 },
        mode: { type: "string", enum: ["a", "b"] },
        tags: { type: "array", items: { type: "string" } },
        extra: {},
      },
      required: ["q", "tags", "extra"],
      additionalProperties: false,
    });
  });

  test("a parameter named __proto__ is a parameter", () => {
    const schema = jsonSchemaOf([{ name: "__proto__", type: "string", required: false, typeText: "string" }]);
    expect(Object.keys(schema["properties"] as object)).toEqual(["__proto__"]);
  });
});
