/**
 * A plausible input, as words of a command line to paste.
 *
 * Owns: example values by schema, and how they are written. Leaves to runner/input.ts and cli/param-flags.ts: reading them.
 *
 * R1. What is written here is read back as a value that the schema accepts, as far as a schema can be answered without
 *     knowing what it is about: patterns and references are not.
 */
import { shellWord } from "../model/command-line.ts";
import type { JsonSchema } from "./schema-json.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export interface ExampleInput {
  readonly names: readonly string[];
  /** Of the whole input. */
  readonly schema: JsonSchema | undefined;
  /** How a list is read: an annotation takes "a,b", a schema JSON. */
  readonly lists: "commas" | "json";
}

/** Options of `workgraph run`: a parameter of the same name goes through -i. */
const OWN_FLAGS: ReadonlySet<string> = new Set([
  "json",
  "data",
  "tag",
  "quiet",
  "idempotency-key",
  "help",
  "input",
  "detach",
  "priority",
]);

export function exampleWords({ names, schema, lists }: ExampleInput): readonly string[] {
  const { properties = {} } = (schema ?? {}) as Schema;
  return names.map((name) => {
    const value = exampleOf(properties[name] ?? {}, 0);
    const text = typeof value === "string" ? value : listed(value, lists);
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const isPlain = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(flag) && !OWN_FLAGS.has(flag);
    return isPlain ? `--${flag} ${quoted(text)}` : `-i ${shellWord(`${name}=${text}`)}`;
  });
}

function listed(value: unknown, lists: ExampleInput["lists"]): string {
  return lists === "commas" && Array.isArray(value) ? value.join(",") : JSON.stringify(value);
}

/** Double quotes, which people type, where they mean the same. */
function quoted(text: string): string {
  return /^[\w ]+$/.test(text) && text.includes(" ") ? `"${text}"` : shellWord(text);
}

/** Schemas may be circular. */
const MAX_DEPTH = 6;

function exampleOf(schema: Schema, depth: number): unknown {
  for (const given of [schema.const, schema.examples?.[0], schema.default, schema.enum?.[0]]) {
    if (given !== undefined) return given;
  }
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined && depth < MAX_DEPTH) {
    return exampleOf(union.find((member) => member.type !== "null") ?? {}, depth + 1);
  }
  const type = typeof schema.type === "string" ? schema.type : schema.type?.find((one) => one !== "null");
  switch (type) {
    case "string":
      return exampleText(schema);
    case "number":
    case "integer":
      return exampleNumber(schema);
    case "boolean":
      return true;
    case "array":
      return exampleList(schema, depth);
    default:
      return exampleObject(schema, depth);
  }
}

const BY_FORMAT: Readonly<Record<string, string>> = {
  email: "ada@example.com",
  uri: "https://example.com",
  url: "https://example.com",
  uuid: "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
  date: "2026-01-31",
  time: "12:00:00Z",
  "date-time": "2026-01-31T12:00:00Z",
};

function exampleText({ format = "", minLength = 0, maxLength = Infinity }: Schema): string {
  const text = BY_FORMAT[format] ?? "some text".slice(0, maxLength).trimEnd();
  return text.padEnd(minLength, ".");
}

const NUMBER = 3;

function exampleNumber(schema: Schema): number {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum, exclusiveMaximum, multipleOf = 1 } = schema;
  const least = exclusiveMinimum === undefined ? minimum : Math.max(minimum, exclusiveMinimum + multipleOf);
  const most = exclusiveMaximum === undefined ? maximum : Math.min(maximum, exclusiveMaximum - multipleOf);
  const multiple = multipleOf === 1 ? NUMBER : multipleOf;
  return Math.min(Math.max(multiple, least), most);
}

function exampleList({ items = {}, minItems = 0 }: Schema, depth: number): unknown[] {
  if (depth >= MAX_DEPTH) return [];
  const length = Math.max(minItems, items.type === undefined ? 0 : 2);
  if (items.type === "string" && Object.keys(items).length === 1) return letters(length);
  if (items.type === "number" && Object.keys(items).length === 1)
    return Array.from({ length }, (_, index) => index + 1);
  return Array.from({ length: Math.max(minItems, 1) }, () => exampleOf(items, depth + 1));
}

function letters(length: number): string[] {
  return Array.from({ length }, (_, index) => String.fromCharCode(97 + (index % 26)));
}

function exampleObject({ properties = {}, required = [] }: Schema, depth: number): unknown {
  if (depth >= MAX_DEPTH) return {};
  return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {}, depth + 1)]));
}
