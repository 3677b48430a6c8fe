/** What a workflow under test is given, as its schemas make it. Without schemas the compiler has checked it. */
import { isStandardSchema, issuesText, validate } from "../define/schema.ts";
import { CodecError, encode } from "../model/codec.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { ValidationIssue } from "../model/error-record.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

type Schema = NonNullable<WorkflowDefinition["output"]>;

/** @throws WorkgraphError WG1014 when a schema refuses it, WG1007 for what cannot be recorded */
export async function encodedInput({ name, input: schemas }: WorkflowDefinition, input: object): Promise<string> {
  const { value, issues } = await checked(schemas, input);
  if (issues.length > 0) {
    throw new WorkgraphError("WG1014", `the input of workflow "${name}" is wrong: ${issuesText(issues)}`, {
      hint: "give what the schemas in its options take",
      details: { issues },
    });
  }
  try {
    return encode(value);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new WorkgraphError("WG1007", `the input of workflow "${name}" cannot be recorded: ${error.message}`, {
      cause: error,
    });
  }
}

async function checked(
  schemas: WorkflowDefinition["input"],
  input: object,
): Promise<{ readonly value: unknown; readonly issues: readonly ValidationIssue[] }> {
  if (schemas === undefined) return { value: input, issues: [] };
  if (isStandardSchema(schemas)) {
    const outcome = await validate(schemas, input);
    return outcome.ok ? { value: outcome.value, issues: [] } : { value: undefined, issues: outcome.issues };
  }
  const fields: Record<string, unknown> = { ...input };
  const issues: ValidationIssue[] = [];
  for (const [param, schema] of Object.entries(schemas as Readonly<Record<string, Schema>>)) {
    const outcome = await validate(schema, fields[param]);
    if (!outcome.ok) issues.push(...outcome.issues.map((issue) => ({ ...issue, path: [param, ...issue.path] })));
    else if (outcome.value !== undefined) fields[param] = outcome.value;
  }
  return { value: fields, issues };
}
