/** What a workflow is given, as its schemas make it and as it is recorded. */
import { CodecError, encode } from "../model/codec.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { ValidationIssue } from "../model/error-record.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { isStandardSchema, validate, type Validated } from "./schema.ts";

type Schema = NonNullable<WorkflowDefinition["output"]>;

/** Everything wrong at once; fields without a schema stay as they are. */
export async function checkedInput(
  schemas: NonNullable<WorkflowDefinition["input"]>,
  input: object,
): Promise<Validated<unknown>> {
  if (isStandardSchema(schemas)) return validate(schemas, input);
  const fields: Record<string, unknown> = { ...input };
  const issues: ValidationIssue[] = [];
  for (const [param, schema] of Object.entries(schemas as Readonly<Record<string, Schema>>)) {
    const result = await validate(schema, fields[param]);
    if (!result.ok) issues.push(...result.issues.map((issue) => ({ ...issue, path: [param, ...issue.path] })));
    else if (result.value !== undefined) fields[param] = result.value;
  }
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: fields };
}

/** @throws WorkgraphError WG1007 for what the codec does not know. */
export function encodeInput(input: unknown, workflow: string): string {
  try {
    return encode(input);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new WorkgraphError("WG1007", `the input of workflow "${workflow}" cannot be recorded: ${error.message}`, {
      cause: error,
    });
  }
}
