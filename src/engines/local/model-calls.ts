/**
 * `ctx.llm` of one attempt in this process.
 *
 * Owns: where a model call leaves its traces: tokens in the stream of the attempt, a fact in the log, a span beside it.
 * Leaves to llm/: the call itself; to the AttemptChannel: the state of the run.
 *
 * R1. Which model answered is part of what a result depends on: the fact says so before the outcome of the attempt is recorded.
 * R2. A span holds names, numbers and times, never what was asked or answered.
 */
import type { Clock } from "../../base/clock.ts";
import type { Redactor } from "../../base/redactor.ts";
import { jsonSchemaOf, validate } from "../../define/schema.ts";
import { llmOf, type AskHost } from "../../llm/ask.ts";
import { ModelCatalog } from "../../llm/catalog.ts";
import { encode } from "../../model/codec.ts";
import type { Llm, ModelCall } from "../../model/llm.ts";
import type { AttemptChannel, AttemptRequest } from "../../runtime/engine.ts";
import { spanIdOf, type SpanAttributes, type SpanLine } from "../../store/span-line.ts";
import type { AttemptLines } from "./attempt-lines.ts";

export interface ModelParts {
  /** Default: none, so that asking says how to configure one. */
  readonly models: AskHost["models"] | undefined;
  readonly clock: Clock;
}

interface AttemptParts extends ModelParts {
  readonly request: AttemptRequest;
  readonly channel: AttemptChannel;
  readonly redactor: Redactor;
  readonly lines: AttemptLines;
}

const NO_MODELS: ModelCatalog = new ModelCatalog();

export function attemptLlm({ models = NO_MODELS, clock, request, channel, redactor, lines }: AttemptParts): Llm {
  return llmOf({
    models,
    schemas: { validate, jsonSchemaOf },
    nodeId: request.nodeId,
    signal: channel.signal,
    clock,
    draw: Math.random,
    preset: () => channel.models.preset(),
    enter: async (gate) => {
      const ticket = await channel.models.enter(gate);
      return () => channel.models.leave(ticket);
    },
    secret: (name, value) => redactor.add(name, value),
    token: (text) => lines.stream(text),
    warn: (text) => lines.log("warn", text),
    called: (call) => {
      const clean =
        call.error === undefined ? call : { ...call, error: redactor.redact(call.error).slice(0, MAX_ERROR) };
      channel.models.called(clean);
      channel.log(spanLine(clean, { request, now: clock.now() }));
    },
  });
}

const MAX_ERROR = 2_000;

/** R2. In the words of OpenTelemetry for generative AI. */
function spanLine(
  call: ModelCall,
  of: { readonly request: AttemptRequest; readonly now: number },
): Parameters<AttemptChannel["log"]>[0] {
  const { runId: run, call: callNo, item, attempt, workflow } = of.request;
  const attributes: SpanAttributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": call.provider,
    "gen_ai.request.model": call.modelId,
    "gen_ai.workflow.name": workflow,
    "workgraph.model": call.model,
    "workgraph.outcome": call.outcome,
    "workgraph.requests": call.requests,
    ...given("gen_ai.usage.input_tokens", call.usage?.inputTokens),
    ...given("gen_ai.usage.output_tokens", call.usage?.outputTokens),
    ...given("workgraph.cost", call.cost),
    ...given("workgraph.first_token_ms", call.firstTokenMs),
    ...given("gen_ai.response.finish_reasons", call.finish),
  };
  const line: SpanLine = {
    // Spans that node code opens count from 0 upwards.
    spanId: spanIdOf({ run, call: callNo, item, attempt, opened: -call.number }),
    kind: "model",
    startMs: of.now - call.ms,
    endMs: of.now,
    status: call.outcome === "answered" ? "ok" : "error",
    ...(call.error === undefined ? {} : { message: call.error }),
    attributes,
  };
  return { level: "span", text: `chat ${call.modelId}`, fields: encode(line) };
}

function given(name: string, value: string | number | undefined): SpanAttributes {
  return value === undefined ? {} : { [name]: value };
}
