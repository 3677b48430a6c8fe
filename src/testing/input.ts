/** What a workflow under test is given. Without schemas the compiler has checked it. */
import { issuesText } from "../define/schema.ts";
import { checkedInput, encodeInput } from "../define/workflow-input.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

/** @throws WorkgraphError WG1014 when a schema refuses it, WG1007 for what cannot be recorded */
export async function encodedInput({ name, input: schemas }: WorkflowDefinition, input: object): Promise<string> {
  if (schemas === undefined) return encodeInput(input, name);
  const checked = await checkedInput(schemas, input);
  if (checked.ok) return encodeInput(checked.value, name);
  const { issues } = checked;
  throw new WorkgraphError("WG1014", `the input of workflow "${name}" is wrong: ${issuesText(issues)}`, {
    hint: "give what the schemas in its options take",
    details: { issues },
  });
}
