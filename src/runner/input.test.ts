import { expect, test } from "vitest";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { Parameter } from "../version/signature.ts";
import { readInput } from "./input.ts";

const definition = { name: "flow" } as WorkflowDefinition;
const selector: Parameter = { name: "selector", type: "json", text: true, required: true, typeText: "string | Folder" };
const anything: Parameter = { name: "anything", type: "json", required: false, typeText: "unknown" };

async function read(args: Readonly<Record<string, string>>): Promise<unknown> {
  return readInput(definition, [selector, anything], { input: {}, args });
}

test("a parameter that takes any text takes digits as text, and an object as one", async () => {
  expect(await read({ selector: "123456" })).toEqual({ selector: "123456" });
  expect(await read({ selector: "null" })).toEqual({ selector: "null" });
  expect(await read({ selector: '{"path": "folder"}' })).toEqual({ selector: { path: "folder" } });
  expect(await read({ selector: "[draft]" })).toEqual({ selector: "[draft]" });
});

test("where nothing says that it is text, JSON is read, and what is none is text", async () => {
  expect(await read({ selector: "a", anything: "12" })).toEqual({ selector: "a", anything: 12 });
  expect(await read({ selector: "a", anything: "null" })).toEqual({ selector: "a", anything: null });
  expect(await read({ selector: "a", anything: "12 apes" })).toEqual({ selector: "a", anything: "12 apes" });
});
