/**
 * Language models, as nodes ask them and as runs record it. Types, and what several calls come to.
 *
 * Owns: the shape of a request, an answer, a recorded model call, and of totals. Leaves to llm/: asking; to app/: checking what a
 * project configures.
 *
 * R1. What a provider did not report is absent, never 0. Totals say how many calls they know nothing of.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { DurationInput } from "../base/duration.ts";

/** A model object of a provider package for `ai`, such as `createOpenAICompatible({ ... })("qwen3")` gives. */
export interface LanguageModelObject {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
}

/** A model object, or a function that gives one when it is asked for first: the provider package is loaded no sooner. */
export type ModelSource = LanguageModelObject | (() => LanguageModelObject | Promise<LanguageModelObject>);

/** Passed on to the provider. What a model does not know it ignores. */
export interface ModelSettings {
  readonly temperature?: number;
  /** Longest answer, in tokens. */
  readonly maxOutputTokens?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly seed?: number;
  readonly stopSequences?: readonly string[];
  /** By name of the provider, as its package documents. */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export const MODEL_SETTINGS: readonly (keyof ModelSettings)[] = [
  "temperature",
  "maxOutputTokens",
  "topP",
  "topK",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
  "stopSequences",
  "providerOptions",
];

/** A model of `workgraph.config.ts` with what its calls share. */
export interface ModelConfig {
  readonly model: ModelSource;
  /** Of every call of it; those of a call come before them. */
  readonly settings?: ModelSettings;
  /** Name of a pool of the project: calls of this model wait for one of its slots. */
  readonly pool?: string;
  /** Requests started at most in any window of `per`, over all runs and processes of one data folder. */
  readonly rateLimit?: { readonly limit: number; readonly per: DurationInput };
  /** Requests after the first when the provider is busy or cannot be reached; 0 to 100, default 2. */
  readonly retries?: number;
  /** Environment variables whose values are taken out of all that is recorded. API keys that the model object sends as a header
   *  are found without it. */
  readonly secrets?: readonly string[];
}

/** One entry of `models`: a model, one with what its calls share, or the name of another entry. */
export type ModelEntry = string | ModelSource | ModelConfig;

export interface LlmMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  /** Text, or parts as `ai` documents them. */
  readonly content: string | readonly unknown[];
}

/** What `ctx.llm` is asked: `prompt` or `messages`, one of the two. */
export interface LlmRequest<S extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined> {
  readonly prompt?: string;
  readonly messages?: readonly LlmMessage[];
  readonly system?: string;
  /** Name of an entry of `models` in workgraph.config.ts. Default: the workflow's `model`, else the entry "default", else the only
   *  entry. */
  readonly model?: string;
  /** What the answer has to be: the model is told so, the answer is read as JSON and validated. */
  readonly schema?: S;
  /** Asked again, with what is wrong with the answer, when that does not fit the schema; 0 to 100, default 2. */
  readonly corrections?: number;
  /** Tools as `tool()` of `ai` makes them, by name. */
  readonly tools?: Readonly<Record<string, unknown>>;
  /** Answers of the model at most when it uses tools; 1 to 100, default 10. */
  readonly rounds?: number;
  /** Whether its text is shown while it comes; default true. */
  readonly stream?: boolean;
  readonly settings?: ModelSettings;
}

/** Tokens of one answer, as reported. */
export interface LlmUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Part of the input. */
  readonly cachedTokens?: number;
  /** Part of the output. */
  readonly reasoningTokens?: number;
}

/** An answer with what is known about it: what `ctx.llm.answer` gives. */
export interface LlmAnswer<T> {
  readonly value: T;
  readonly text: string;
  /** Name of the entry in `models`. */
  readonly model: string;
  readonly modelId: string;
  readonly usage: LlmUsage | "unknown";
  /** As the provider reports it, in its currency. */
  readonly cost: number | "unknown";
  /** `stop`, `length`, `tool-calls`, `content-filter`, ... */
  readonly finish: string;
  readonly toolCalls: readonly { readonly name: string; readonly input: unknown }[];
  /** Requests that it took, refused ones and corrections included. */
  readonly requests: number;
}

/** `ctx.llm`. */
export interface Llm {
  /** The answer as text; with `schema`, what the schema makes of it. */
  <S extends StandardSchemaV1>(
    request: LlmRequest<S> & { readonly schema: S },
  ): Promise<StandardSchemaV1.InferOutput<S>>;
  (request: LlmRequest<undefined>): Promise<string>;
  /** The same, with usage, cost and the tools that were used. */
  answer<S extends StandardSchemaV1>(
    request: LlmRequest<S> & { readonly schema: S },
  ): Promise<LlmAnswer<StandardSchemaV1.InferOutput<S>>>;
  answer(request: LlmRequest<undefined>): Promise<LlmAnswer<string>>;
}

/** A model call, as a run records it. */
export interface ModelCall {
  /** Of the attempt, from 1. */
  readonly number: number;
  /** The name that was asked for; absent: the default. */
  readonly asked?: string;
  /** Name of the entry in `models`. */
  readonly model: string;
  readonly provider: string;
  readonly modelId: string;
  /** Digest of provider, model id and settings in the configuration: while it is equal, results hold. */
  readonly identity: string;
  readonly outcome: "answered" | "failed" | "cancelled";
  readonly ms: number;
  /** Until its first token came, where it was streamed. */
  readonly firstTokenMs?: number;
  readonly requests: number;
  readonly usage?: LlmUsage;
  readonly cost?: number;
  readonly finish?: string;
  /** Of one that failed. */
  readonly error?: string;
}

/** What the model calls of a run come to. R1. */
export interface ModelTotals {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Calls whose tokens nobody reported. */
  readonly withoutUsage: number;
  /** Sum of what was reported. */
  readonly cost: number;
  /** Calls whose cost nobody reported. */
  readonly withoutCost: number;
}

export const NO_MODEL_CALLS: ModelTotals = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  withoutUsage: 0,
  cost: 0,
  withoutCost: 0,
};

export function withModelCall(totals: ModelTotals, { usage, cost }: Pick<ModelCall, "usage" | "cost">): ModelTotals {
  return addTotals(totals, {
    calls: 1,
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    withoutUsage: usage?.inputTokens === undefined && usage?.outputTokens === undefined ? 1 : 0,
    cost: cost ?? 0,
    withoutCost: cost === undefined ? 1 : 0,
  });
}

export function addTotals(a: ModelTotals, b: ModelTotals): ModelTotals {
  return {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    withoutUsage: a.withoutUsage + b.withoutUsage,
    cost: a.cost + b.cost,
    withoutCost: a.withoutCost + b.withoutCost,
  };
}

/** `0.0123`, `unknown`, or `at least 0.0123`: what was reported of only some calls is no total. */
export function costText({ calls, cost, withoutCost }: ModelTotals): string {
  if (withoutCost === calls) return "unknown";
  const shown = String(Number(cost.toPrecision(6)));
  return withoutCost === 0 ? shown : `at least ${shown}`;
}

/** `1204 in, 88 out`, or what is known of it. */
export function tokensText({ calls, inputTokens, outputTokens, withoutUsage }: ModelTotals): string {
  if (withoutUsage === calls) return "unknown";
  const shown = `${inputTokens} in, ${outputTokens} out`;
  return withoutUsage === 0 ? shown : `at least ${shown}`;
}

/** Which model a name means now, as far as results depend on it. */
export interface ModelIdentities {
  /** @param asked a name; undefined: the default. @returns undefined when there is no such model. */
  identity(asked: string | undefined, preset: string | undefined): Promise<string | undefined>;
}
