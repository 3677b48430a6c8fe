/**
 * One request to a provider through `ai`, streamed or not, with the rounds that its tools take.
 *
 * Owns: what is sent, and reading what comes. Leaves to ask.ts: retries, corrections, waiting.
 *
 * R1. Retries of `ai` are off: there is one place that retries, and it tells.
 * R2. A token is passed on as it comes; nothing waits for the end of an answer.
 */
import type { LanguageModel, ModelMessage, ToolSet } from "ai";
import type { LlmMessage, LlmRequest, ModelSettings } from "../model/llm.ts";
import type { FoundModel } from "./catalog.ts";
import { unreadable } from "./provider-errors.ts";
import type { Sdk } from "./sdk.ts";
import type { Spent } from "./spent.ts";
import type { WantedShape } from "./structured.ts";

const DEFAULT_ROUNDS = 10;

export interface OneRequest {
  readonly sdk: Sdk;
  readonly model: FoundModel;
  readonly request: LlmRequest;
  readonly messages: readonly LlmMessage[];
  readonly shape: WantedShape | undefined;
  readonly signal: AbortSignal;
  readonly spent: Spent;
  /** Before each request that goes out: those of a call with tools are several. */
  readonly sending: () => Promise<void>;
  /** Text as it comes. */
  readonly token: (text: string) => void;
}

export interface Answered {
  readonly text: string;
  readonly finish: string;
  readonly toolCalls: readonly { readonly name: string; readonly input: unknown }[];
}

export async function oneRequest(of: OneRequest): Promise<Answered> {
  return of.request.stream === false ? whole(of) : streamed(of);
}

type Options = Parameters<Sdk["streamText"]>[0];

function optionsOf({ sdk, model, request, messages, shape, signal, sending }: OneRequest): Options {
  const { system, tools, rounds = DEFAULT_ROUNDS } = request;
  const settings: ModelSettings = { ...model.settings, ...request.settings };
  const instructions = [system, shape?.instruction].filter((part) => part !== undefined).join("\n\n");
  const gated = sdk.wrapLanguageModel({
    model: model.object as Parameters<Sdk["wrapLanguageModel"]>[0]["model"],
    middleware: {
      specificationVersion: "v4",
      wrapGenerate: async ({ doGenerate }) => {
        await sending();
        return doGenerate();
      },
      wrapStream: async ({ doStream }) => {
        await sending();
        return doStream();
      },
    },
  }) as LanguageModel;
  return {
    model: gated,
    messages: messages as ModelMessage[],
    allowSystemInMessages: true,
    ...(instructions === "" ? {} : { instructions }),
    ...(tools === undefined ? {} : { tools: tools as ToolSet, stopWhen: sdk.isStepCount(rounds) }),
    ...(shape === undefined ? {} : { output: outputOf(sdk, shape) }),
    ...(settings as Pick<Options, "temperature">),
    maxRetries: 0,
    abortSignal: signal,
  } as Options;
}

/** A provider that holds its model to no schema is asked for JSON; the instruction says which. */
function outputOf(sdk: Sdk, { jsonSchema, instruction }: WantedShape): Options["output"] {
  if (instruction !== undefined) return sdk.Output.json() as Options["output"];
  return sdk.Output.object({
    schema: sdk.jsonSchema(jsonSchema as Parameters<Sdk["jsonSchema"]>[0]),
  }) as Options["output"];
}

async function streamed(of: OneRequest): Promise<Answered> {
  const { sdk, model, spent } = of;
  // What goes wrong is a part of the stream; by itself `ai` would print it, too.
  const result = sdk.streamText({ ...optionsOf(of), onError: () => undefined });
  let text = "";
  let finish: string | undefined;
  let hasBegun = false;
  const toolCalls: { name: string; input: unknown }[] = [];
  try {
    for await (const part of result.stream) {
      switch (part.type) {
        case "start-step":
          // Of several answers the last one is the answer.
          text = "";
          hasBegun = false;
          break;
        case "text-delta":
          hasBegun = true;
          text += part.text;
          of.token(part.text);
          break;
        case "tool-call":
          toolCalls.push({ name: part.toolName, input: part.input });
          break;
        case "finish-step":
          finish = part.finishReason;
          if (finish === "other" && part.rawFinishReason === undefined)
            throw unreadable(model.name, "it ended in the middle");
          hasBegun = false;
          spent.answered(part.usage, part.providerMetadata);
          break;
        case "error":
          throw part.error;
        case "abort":
          throw of.signal.reason;
        default:
          break;
      }
    }
  } catch (error) {
    if (hasBegun) spent.brokeOff();
    throw error;
  }
  if (finish === undefined) throw unreadable(model.name, "nothing came");
  return { text, finish, toolCalls };
}

async function whole(of: OneRequest): Promise<Answered> {
  const { sdk, spent } = of;
  try {
    const result = await sdk.generateText(optionsOf(of));
    for (const round of result.steps) spent.answered(round.usage, round.providerMetadata);
    const toolCalls = result.toolCalls.map((call) => ({ name: call.toolName, input: call.input as unknown }));
    return { text: result.text, finish: result.finishReason, toolCalls };
  } catch (error) {
    // Text that is no JSON: whether that is an answer is decided by the schema, with what the model is told then.
    if (!sdk.NoObjectGeneratedError.isInstance(error) || error.text === undefined) throw error;
    spent.answered(error.usage, undefined);
    return { text: error.text, finish: error.finishReason ?? "other", toolCalls: [] };
  }
}
