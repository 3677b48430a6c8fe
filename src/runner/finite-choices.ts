/**
 * All values that a schema admits, where these are few enough to try.
 *
 * Owns: enumerating constants, enumerations, booleans, unions and objects of these. Leaves to define/schema.ts: JSON Schema of a library.
 *
 * R1. An object has as many choices as its finite fields have together; its other fields get an example, and are named.
 * R2. What has no finite field at all has no choices: nothing is invented to get past it.
 * R3. A choice that the schema itself refuses is no choice.
 */
import { isStandardSchema, jsonSchemaOf, validate } from "../define/schema.ts";

export interface Choices {
  readonly values: readonly unknown[];
  /** Names of fields that hold examples. */
  readonly examples: readonly string[];
  /** There were more than a trace tries. */
  readonly more: number;
}

interface Schema {
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly items?: Schema;
}

/** Values of one result that are tried. */
const MAX_CHOICES = 8;
const MAX_DEPTH = 4;

/** Undefined when the schema leaves more open than can be enumerated (R2), or is none. */
export async function choicesOf(schema: unknown): Promise<Choices | undefined> {
  if (!isStandardSchema(schema)) return undefined;
  const json = jsonSchemaOf(schema, "input") as Schema | undefined;
  const found = json && finite(json, 0);
  if (!found) return undefined;
  const values: unknown[] = [];
  let accepted = 0;
  for (const value of found.values) {
    const checked = await validate(schema, value);
    if (!checked.ok) continue;
    accepted++;
    if (values.length < MAX_CHOICES) values.push(checked.value);
  }
  return values.length === 0 ? undefined : { values, examples: found.examples, more: accepted - values.length };
}

interface Finite {
  readonly values: readonly unknown[];
  readonly examples: readonly string[];
}

/** Enumerated before the schema refuses some, and before they are cut. */
const MAX_ENUMERATED = 256;

function finite(schema: Schema, depth: number): Finite | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if ("const" in schema) return { values: [schema.const], examples: [] };
  if (schema.enum) return { values: schema.enum, examples: [] };
  const union = schema.anyOf ?? schema.oneOf;
  if (union) {
    const members = union.map((member) => finite(member, depth + 1));
    if (!members.every((member) => member !== undefined)) return undefined;
    return {
      values: members.flatMap(({ values }) => values),
      examples: [...new Set(members.flatMap(({ examples }) => examples))],
    };
  }
  if (schema.type === "boolean") return { values: [true, false], examples: [] };
  if (schema.type === "null") return { values: [null], examples: [] };
  return schema.properties ? finiteObject(schema, depth) : undefined;
}

/** R1, R2. */
function finiteObject({ properties = {}, required = [] }: Schema, depth: number): Finite | undefined {
  let values: Readonly<Record<string, unknown>>[] = [{}];
  const examples: string[] = [];
  let isOpen = true;
  for (const [name, property] of Object.entries(properties)) {
    const field = finite(property, depth + 1);
    if (field === undefined) {
      if (!required.includes(name)) continue;
      examples.push(name);
      const example = exampleOf(property, depth + 1);
      values = values.map((value) => ({ ...value, [name]: example }));
      continue;
    }
    isOpen = false;
    examples.push(...field.examples.map((inner) => `${name}.${inner}`));
    values = values.flatMap((value) => field.values.map((choice) => ({ ...value, [name]: choice })));
    if (values.length > MAX_ENUMERATED) values = values.slice(0, MAX_ENUMERATED);
  }
  return isOpen ? undefined : { values, examples };
}

/** A value of the type, for fields whose value is anybody's guess. */
export function exampleOf(schema: object, depth = 0): unknown {
  const one = schema as Schema & { readonly default?: unknown; readonly examples?: readonly unknown[] };
  for (const given of [one.const, one.default, one.examples?.[0], one.enum?.[0]]) if (given !== undefined) return given;
  const union = one.anyOf ?? one.oneOf;
  if (union) return exampleOf(union.find((member) => member.type !== "null") ?? {}, depth + 1);
  switch (typeof one.type === "string" ? one.type : one.type?.find((type) => type !== "null")) {
    case "string":
      return "example".padEnd(one.minLength ?? 0, ".");
    case "number":
    case "integer":
      return Math.max(1, one.minimum ?? 1);
    case "boolean":
      return true;
    case "array":
      return depth >= MAX_DEPTH
        ? []
        : Array.from({ length: one.minItems ?? 1 }, () => exampleOf(one.items ?? {}, depth + 1));
    default:
      if (depth >= MAX_DEPTH) return {};
      return Object.fromEntries(
        (one.required ?? []).map((name) => [name, exampleOf(one.properties?.[name] ?? {}, depth + 1)]),
      );
  }
}
