/**
 * Answers that have to be what a schema says.
 *
 * Owns: telling the model, reading its text, and telling it what is wrong. Leaves to ask.ts: how often it is asked again.
 *
 * R1. The schema validates; the JSON Schema only tells the model. What the schema gives is the value, defaults and transforms included.
 * R2. A model that cannot be held to a schema by its provider is told it in words.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ValidationIssue } from "../model/error-record.ts";
import type { LanguageModelObject } from "../model/llm.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Given from above: how schemas of any library are used. */
export interface Schemas {
  validate(
    schema: StandardSchemaV1,
    value: unknown,
  ): Promise<
    { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly issues: readonly ValidationIssue[] }
  >;
  jsonSchemaOf(schema: unknown, side: "input" | "output"): JsonSchema | undefined;
}

export interface WantedShape {
  readonly jsonSchema: JsonSchema;
  /** R2. To be added to the instructions; undefined where the provider does it. */
  readonly instruction: string | undefined;
  /** R1. */
  read(text: string): Promise<ReadAnswer>;
}

export type ReadAnswer =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly issues: readonly ValidationIssue[] };

/** @throws WorkgraphError WG1144 when the library of the schema cannot say what it is */
export function wantedShape(
  schema: StandardSchemaV1,
  {
    schemas,
    object,
    nodeId,
  }: { readonly schemas: Schemas; readonly object: LanguageModelObject; readonly nodeId: string },
): WantedShape {
  const jsonSchema = schemas.jsonSchemaOf(schema, "input");
  if (!jsonSchema) {
    throw new WorkgraphError(
      "WG1144",
      `the schema that "${nodeId}" gives ctx.llm is of "${schema["~standard"].vendor}", which cannot write it as JSON Schema`,
      { hint: "use a schema that can, such as one of zod 4; the model has to be told what to answer" },
    );
  }
  const isHeld = (object as { readonly supportsStructuredOutputs?: unknown }).supportsStructuredOutputs !== false;
  return {
    jsonSchema,
    instruction: isHeld
      ? undefined
      : `Answer with JSON only, no other text, that fits this JSON Schema:\n${JSON.stringify(jsonSchema)}`,
    read: async (text) => {
      const parsed = parsedJson(text);
      return parsed === NO_JSON
        ? { ok: false, issues: [{ path: [], message: `expected JSON, got ${shownText(text)}` }] }
        : schemas.validate(schema, parsed);
    },
  };
}

/** What the model is told of an answer that does not fit. */
export function correction(issues: readonly ValidationIssue[]): string {
  const lines = issues
    .slice(0, 20)
    .map(({ path, message }) => `- ${path.length === 0 ? "" : `${path.join(".")}: `}${message}`);
  return `Your answer does not fit what was asked for:\n${lines.join("\n")}\nAnswer again, with the whole corrected JSON and nothing else.`;
}

const NO_JSON = Symbol("no JSON");
const FENCED = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/;

/** Models like to put JSON into a fence. */
function parsedJson(text: string): unknown {
  const trimmed = text.trim();
  try {
    return JSON.parse(FENCED.exec(trimmed)?.[1] ?? trimmed) as unknown;
  } catch {
    return NO_JSON;
  }
}

function shownText(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return line === "" ? "no text" : JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}...` : line);
}
