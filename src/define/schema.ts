/**
 * Schemas of any library that speaks Standard Schema: validation, and JSON Schema where the library offers it.
 *
 * R1. A schema that throws while it validates has found the value invalid: what it threw is the issue.
 * R2. JSON Schema is for forms and tools, never for validation: what cannot be expressed there becomes "anything".
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { ValidationIssue } from "../model/error-record.ts";

export type Validated<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly ValidationIssue[] };

/** `{ type: "object", ... }`. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const props = (value as { "~standard"?: unknown })["~standard"];
  if (typeof props !== "object" || props === null) return false;
  return typeof (props as { validate?: unknown }).validate === "function";
}

/** Validates with a schema that may answer at once or later. */
export async function validate<S extends StandardSchemaV1>(
  schema: S,
  value: unknown,
): Promise<Validated<StandardSchemaV1.InferOutput<S>>> {
  try {
    const result = await schema["~standard"].validate(value);
    if (result.issues === undefined) return { ok: true, value: result.value as StandardSchemaV1.InferOutput<S> };
    return { ok: false, issues: result.issues.map(issueOf) };
  } catch (error) {
    return { ok: false, issues: [{ path: [], message: `the schema threw: ${messageOf(error)}` }] };
  }
}

/**
 * The JSON Schema (draft 2020-12) of what goes into a schema, or comes out of it.
 * `undefined` when its library offers none. Never throws.
 *
 * @param side "input": what a form fills in, defaults optional. "output": what validation gives.
 */
export function jsonSchemaOf(schema: unknown, side: "input" | "output"): JsonSchema | undefined {
  if (!isStandardSchema(schema)) return undefined;
  const converter = (schema as unknown as Partial<StandardJSONSchemaV1>)[
    "~standard"
  ] as Partial<StandardJSONSchemaV1.Props>;
  const convert = converter.jsonSchema?.[side];
  if (typeof convert !== "function") return undefined;
  try {
    return convert({ target: "draft-2020-12" });
  } catch {
    // zod refuses the whole schema for one z.date(), z.bigint() or transform in it, unless told otherwise.
  }
  try {
    return convert({ target: "draft-2020-12", libraryOptions: { unrepresentable: "any", override: datesAsText } });
  } catch {
    return {};
  }
}

/** zod's hook over each part: a date is filled in as text. */
function datesAsText(part: {
  readonly zodSchema?: { readonly _zod?: { readonly def?: { readonly type?: string } } };
  readonly jsonSchema: Record<string, unknown>;
}): void {
  if (part.zodSchema?._zod?.def?.type !== "date") return;
  part.jsonSchema["type"] = "string";
  part.jsonSchema["format"] = "date-time";
}

function issueOf(issue: StandardSchemaV1.Issue): ValidationIssue {
  const path = (issue.path ?? []).map((segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "symbol" ? String(key) : key;
  });
  return { path, message: issue.message };
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "something that cannot be shown";
  }
}

/** All issues in one text: `pages[3].title: too short; expected an object`. */
export function issuesText(issues: readonly ValidationIssue[]): string {
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${pathText(path)}: ${message}`)).join("; ");
}

function pathText(path: ValidationIssue["path"]): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");
}
