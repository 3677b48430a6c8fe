/**
 * `ctx.llm` of `.run`: there are no models outside of a project, but a test may give one as a function.
 *
 * R1. With `schema`, what the function gives has to be what the schema says, as an answer has to be in a run.
 */
import type { Ctx } from "../model/ctx.ts";
import type { Llm, LlmAnswer, LlmRequest } from "../model/llm.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { issuesText, validate } from "./schema.ts";

/** Answers in place of a model: the text, or the value before the schema has seen it. */
export type AnswerFunction = (request: LlmRequest) => unknown;

/** What `.run` may be given: any member of `ctx`; in place of `llm`, a function is enough. */
export type GivenCtx = Partial<Omit<Ctx, "llm">> & { readonly llm?: Llm | AnswerFunction };

export function standaloneLlm(nodeId: string, given: Llm | AnswerFunction | undefined): Llm {
  if (given && "answer" in given) return given;
  const answer = async (request: LlmRequest): Promise<LlmAnswer<unknown>> => {
    if (!given) throw noModels(nodeId);
    const answered: unknown = await given(request);
    const text = typeof answered === "string" ? answered : JSON.stringify(answered);
    const facts = {
      text,
      model: "given",
      modelId: "given",
      usage: "unknown",
      cost: "unknown",
      finish: "stop",
    } as const;
    return { ...facts, value: await fitting(request, answered, nodeId), toolCalls: [], requests: 1 };
  };
  const value = async (request: LlmRequest): Promise<unknown> => (await answer(request)).value;
  return Object.assign(value, { answer }) as Llm;
}

/** R1. */
async function fitting({ schema }: LlmRequest, answered: unknown, nodeId: string): Promise<unknown> {
  if (!schema) return answered;
  const result = await validate(schema, answered);
  if (result.ok) return result.value;
  throw new Error(
    `node "${nodeId}": the answer that the test gives is not what the schema says: ${issuesText(result.issues)}`,
  );
}

function noModels(nodeId: string): WorkgraphError {
  return new WorkgraphError("WG1140", `node "${nodeId}" asks ctx.llm, and \`.run\` has no models`, {
    hint: 'give an answer: .run(input, { llm: () => "text" })',
  });
}
