import { expect, test } from "vitest";
import { exampleWords } from "./example-input.ts";

const words = (properties: Record<string, unknown>, lists: "commas" | "json" = "json"): readonly string[] =>
  exampleWords({ names: Object.keys(properties), schema: { type: "object", properties }, lists });

test.each([
  ["a text", { promptText: { type: "string" } }, '--prompt-text "some text"'],
  ["a number", { n: { type: "number" } }, "--n 3"],
  ["a number within its bounds", { n: { type: "integer", minimum: 10, maximum: 20 } }, "--n 10"],
  ["a number below an open bound", { n: { type: "number", exclusiveMaximum: 2 } }, "--n 1"],
  ["a switch", { dry: { type: "boolean" } }, "--dry true"],
  ["a choice", { mode: { type: "string", enum: ["fast", "slow"] } }, "--mode fast"],
  ["a choice that a shell would take apart", { mode: { enum: ["it's"] } }, "--mode 'it'\\''s'"],
  ["a list", { items: { type: "array", items: { type: "string" } } }, `--items '["a","b"]'`],
  ["an address", { to: { type: "string", format: "email" } }, "--to ada@example.com"],
  ["a long text", { key: { type: "string", minLength: 12 } }, "--key 'some text...'"],
  ["null or a number", { n: { anyOf: [{ type: "null" }, { type: "number" }] } }, "--n 3"],
  [
    "an object",
    { at: { type: "object", properties: { x: { type: "number" }, y: { type: "number" } }, required: ["x"] } },
    `--at '{"x":3}'`,
  ],
  ["a name that is an option of ours", { data: { type: "string" } }, "-i 'data=some text'"],
  ["a name that is no flag", { some_name: { type: "number" } }, "-i some_name=3"],
])("%s", (_what, properties, line) => {
  expect(words(properties)).toEqual([line]);
});

test("lists of an annotation are joined with commas", () => {
  const properties = {
    items: { type: "array", items: { type: "string" } },
    ns: { type: "array", items: { type: "number" } },
  };
  expect(words(properties, "commas")).toEqual(["--items a,b", "--ns 1,2"]);
});
