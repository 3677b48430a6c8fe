/**
 * Whether an input fits the schema of its workflow, said while it is typed. The server checks again and has the last word.
 *
 * R1. Nothing is evaluated as code: the content policy of the page forbids it.
 * R2. A schema that is not understood here refuses nothing.
 */
import { config, fromJSONSchema, type ZodType } from "zod";

/** R1. */
config({ jitless: true });

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Misfit {
  readonly path: readonly string[];
  readonly message: string;
}

const read = new WeakMap<object, ZodType | undefined>();

function typeOf(schema: JsonSchema): ZodType | undefined {
  if (!read.has(schema)) {
    try {
      read.set(schema, fromJSONSchema(schema));
    } catch {
      read.set(schema, undefined);
    }
  }
  return read.get(schema);
}

export function misfits(schema: JsonSchema, value: unknown): readonly Misfit[] {
  const result = typeOf(schema)?.safeParse(value);
  if (result === undefined || result.success) return [];
  return result.error.issues.map(({ path, message }) => ({ path: path.map(String), message }));
}
