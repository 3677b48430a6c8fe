/**
 * The input of a run: what was given, as the workflow takes it.
 *
 * R1. With a schema the schema decides; it coerces text where it says so. Without one the annotation in the source names
 *     parameters, which are required, and what simple type they have.
 * R2. Text parameters (from a command line) are read as their type: "12" for a number, JSON for anything else.
 * R3. Everything wrong is told at once, with the nearest known name for a typo.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { nearestName } from "../base/nearest-name.ts";
import { isStandardSchema, jsonSchemaOf } from "../define/schema.ts";
import { checkedInput } from "../define/workflow-input.ts";
import { commandLine, shellWord } from "../model/command-line.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { ValidationIssue } from "../model/error-record.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Parameter } from "../version/signature.ts";

export interface GivenInput {
  /** What the workflow was asked for by, for the command line in a hint. */
  readonly target?: string;
  /** As JSON (or from code); undefined: none. */
  readonly input: unknown;
  /** Parameters as text. */
  readonly args?: Readonly<Record<string, string>>;
}

type Fields = Record<string, unknown>;

export async function readInput(
  definition: WorkflowDefinition,
  parameters: readonly Parameter[] | undefined,
  given: GivenInput,
): Promise<unknown> {
  const input = given.input ?? {};
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw invalid(given, definition, [
      {
        path: [],
        message: `the input is ${input === null ? "null" : Array.isArray(input) ? "an array" : `a ${typeof input}`}; it must be an object of parameters`,
      },
    ]);
  }
  const issues: ValidationIssue[] = [];
  const known = parameterNames(definition, parameters);
  const types = typesOf(definition, parameters);
  const fields: Fields = { ...(input as Fields) };
  for (const [name, text] of Object.entries(given.args ?? {}))
    fields[name] = fromText(text, types.get(name), { name, issues });
  if (known) {
    for (const name of Object.keys(fields)) {
      if (known.has(name)) continue;
      const near = nearestName(name, [...known]);
      issues.push({ path: [name], message: `is no parameter${near === undefined ? "" : `; did you mean "${near}"?`}` });
    }
  }
  if (issues.length > 0) throw invalid(given, definition, issues);
  if (definition.input) {
    const checked = await checkedInput(definition.input, fields);
    if (!checked.ok) throw invalid(given, definition, checked.issues);
    return checked.value;
  }
  if (parameters) byAnnotation(parameters, fields, issues);
  if (issues.length > 0) throw invalid(given, definition, issues);
  return fields;
}

/** Names that an input may have; undefined: any. */
export function parameterNames(
  definition: WorkflowDefinition,
  parameters: readonly Parameter[] | undefined,
): Set<string> | undefined {
  if (definition.input && !isStandardSchema(definition.input)) return new Set(Object.keys(definition.input));
  if (definition.input) {
    const schema = jsonSchemaOf(definition.input, "input") as
      { properties?: object; additionalProperties?: unknown } | undefined;
    return schema?.properties && schema.additionalProperties !== true
      ? new Set(Object.keys(schema.properties))
      : undefined;
  }
  return parameters ? new Set(parameters.map((parameter) => parameter.name)) : undefined;
}

interface OneSchema {
  readonly type?: string;
  readonly anyOf?: readonly OneSchema[];
}

function typesOf(definition: WorkflowDefinition, parameters: readonly Parameter[] | undefined): Map<string, string> {
  const types = new Map<string, string>();
  for (const { name, type, text } of parameters ?? []) types.set(name, text ? "text or json" : type);
  if (definition.input) {
    const schemas = isStandardSchema(definition.input)
      ? undefined
      : (definition.input as Readonly<Record<string, StandardSchemaV1>>);
    const whole = schemas
      ? undefined
      : (jsonSchemaOf(definition.input, "input") as { properties?: Record<string, OneSchema> } | undefined)?.properties;
    for (const name of Object.keys(schemas ?? whole ?? {})) {
      const schema = schemas ? (jsonSchemaOf(schemas[name], "input") as OneSchema | undefined) : whole?.[name];
      const type = schema?.type;
      if (schema?.anyOf?.some((member) => member.type === "string")) types.set(name, "text or json");
      if (typeof type === "string")
        types.set(name, type === "integer" ? "number" : type === "array" || type === "object" ? "json" : type);
    }
  }
  return types;
}

/** R2. */
function fromText(
  text: string,
  type: string | undefined,
  at: { readonly name: string; readonly issues: ValidationIssue[] },
): unknown {
  const bad = (message: string): undefined => void at.issues.push({ path: [at.name], message });
  switch (type) {
    case "string":
      return text;
    case "number": {
      const value = Number(text);
      return text.trim() === "" || Number.isNaN(value) ? bad(`"${text}" is not a number`) : value;
    }
    case "boolean":
      return text === "true" || text === ""
        ? true
        : text === "false"
          ? false
          : bad(`"${text}" is neither true nor false`);
    case "text or json":
      // A hash that happens to be all digits is text, as everything is that does not look like JSON of more than one value.
      return /^\s*[[{"]/.test(text) ? jsonOr(text) : text;
    case "string[]":
      return text.startsWith("[") ? json(text, bad) : text.split(",").map((part) => part.trim());
    case "number[]":
      return text.startsWith("[") ? json(text, bad) : text.split(",").map(Number);
    default:
      return jsonOr(text);
  }
}

/** The text itself, where it is no JSON. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function json(text: string, bad: (message: string) => undefined): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return bad(`"${text.slice(0, 80)}" is not JSON`);
  }
}

/** R1: what an annotation can say. */
function byAnnotation(parameters: readonly Parameter[], fields: Fields, issues: ValidationIssue[]): void {
  for (const parameter of parameters) {
    const value = fields[parameter.name];
    if (value === undefined) {
      if (parameter.required) issues.push({ path: [parameter.name], message: `is required (${parameter.typeText})` });
      continue;
    }
    if (!fits(value, parameter))
      issues.push({ path: [parameter.name], message: `must be ${wanted(parameter)}, not ${shortly(value)}` });
  }
}

function wanted({ choices, typeText }: Parameter): string {
  return choices ? `one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}` : typeText;
}

function shortly(value: unknown): string {
  const text =
    typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? JSON.stringify(value) : "";
  if (text !== "" && text.length <= 40) return text;
  return value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

function fits(value: unknown, { type, choices }: Parameter): boolean {
  if (choices) return (choices as readonly unknown[]).includes(value);
  switch (type) {
    case "string":
    case "number":
    case "boolean":
      return typeof value === type;
    case "string[]":
      return Array.isArray(value) && value.every((element) => typeof element === "string");
    case "number[]":
      return Array.isArray(value) && value.every((element) => typeof element === "number");
    default:
      return true;
  }
}

function invalid(
  { target }: GivenInput,
  definition: WorkflowDefinition,
  issues: readonly ValidationIssue[],
): WorkgraphError {
  const lines = issues.map((issue) => `${issue.path.length ? `"${issue.path.join(".")}" ` : ""}${issue.message}`);
  return new WorkgraphError("WG1014", `the input of workflow "${definition.name}" is wrong: ${lines.join("; ")}`, {
    hint: `see what it takes: ${commandLine(`describe ${shellWord(target ?? definition.name)}`)}`,
    details: { issues },
  });
}
