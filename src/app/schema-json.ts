/**
 * JSON Schema of what goes into a workflow, from the schema that its definition carries.
 *
 * By shape: any library that speaks Standard JSON Schema. What a library cannot express reads as "anything".
 */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One schema of the whole input, or one per parameter; undefined when there is none, or its library offers no JSON Schema. */
export function inputJsonSchema(input: unknown): JsonSchema | undefined {
  if (input === undefined || input === null) return undefined;
  if (isStandard(input)) return converted(input);
  const entries = Object.entries(input as Readonly<Record<string, unknown>>);
  const properties = Object.fromEntries(entries.map(([name, schema]) => [name, converted(schema) ?? {}]));
  const required = entries.filter(([, schema]) => !acceptsNothing(schema)).map(([name]) => name);
  return { type: "object", properties, required };
}

interface Standard {
  readonly validate?: (value: unknown) => unknown;
  readonly jsonSchema?: { readonly input?: (options: unknown) => JsonSchema };
}

function standardOf(schema: unknown): Standard | undefined {
  return (schema as { readonly "~standard"?: Standard } | null | undefined)?.["~standard"];
}

function isStandard(schema: unknown): boolean {
  return typeof standardOf(schema)?.validate === "function";
}

function converted(schema: unknown): JsonSchema | undefined {
  const convert = standardOf(schema)?.jsonSchema?.input;
  if (typeof convert !== "function") return undefined;
  try {
    return convert({ target: "draft-2020-12", libraryOptions: { unrepresentable: "any" } });
  } catch {
    return {};
  }
}

/** Whether a parameter may be left out: its schema takes `undefined`. One that answers later counts as required. */
function acceptsNothing(schema: unknown): boolean {
  try {
    const result = standardOf(schema)?.validate?.(undefined) as { readonly issues?: unknown; readonly then?: unknown };
    return result !== undefined && result.then === undefined && result.issues === undefined;
  } catch {
    return false;
  }
}
