/**
 * ctx.llm: one model call, from what a node asks to what it gets.
 *
 * Owns: the order of things: which model, waiting for what its calls share, requests, corrections, and the record of it all.
 * Leaves to one-request.ts: a request; to engines/: where tokens, lines and records go.
 *
 * R1. Two kinds of failure are told apart. A provider that is busy, out of reach or breaks off is asked again after a while, for as long
 *     as it asks for, if that is no longer than MAX_WAIT_MS. An answer that does not fit the schema is sent back with what is wrong.
 *     What neither helps fails the attempt; whether the node tries again is the node's.
 * R2. Once the attempt's signal has aborted nothing is asked any more, and the reason is thrown as it is.
 * R3. Every call is recorded, however it ended, with what the provider said of tokens and cost and nothing else.
 * R4. Keys of a model are known as secrets before its first request goes out.
 */
import type { Clock } from "../base/clock.ts";
import type { RateLimit, RetryPolicy } from "../model/definition.ts";
import type { Llm, LlmAnswer, LlmMessage, LlmRequest, ModelCall } from "../model/llm.ts";
import { retryDelay } from "../model/retry-delay.ts";
import type { FoundModel, ModelCatalog } from "./catalog.ts";
import { ModelError } from "./model-error.ts";
import { oneRequest, type Answered } from "./one-request.ts";
import { providerError } from "./provider-errors.ts";
import { checkRequest } from "./request.ts";
import { loadSdk, type Sdk } from "./sdk.ts";
import { Spent } from "./spent.ts";
import { correction, wantedShape, type Schemas, type WantedShape } from "./structured.ts";

const DEFAULT_CORRECTIONS = 2;
/** A provider that asks for a longer rest than this is given it by the node's own retries. */
const MAX_WAIT_MS = 60_000;
const BACKOFF: Omit<RetryPolicy, "max"> = {
  backoff: "exponential",
  delayMs: 1_000,
  maxDelayMs: 30_000,
  jitter: "full",
};

/** What calls of one model share. */
export interface ModelGate {
  readonly model: string;
  readonly pool?: string;
  readonly rateLimit?: RateLimit;
}

/** What a model call needs of the attempt that makes it. */
export interface AskHost {
  readonly models: Pick<ModelCatalog, "find">;
  readonly schemas: Schemas;
  readonly nodeId: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly draw: () => number;
  /** The default model of the workflow. */
  readonly preset: () => Promise<string | undefined>;
  /** Resolves when a place is there; what it gives frees it. */
  readonly enter: (gate: ModelGate) => Promise<() => void>;
  readonly secret: (name: string, value: string) => void;
  readonly token: (text: string) => void;
  readonly warn: (text: string) => void;
  readonly called: (call: ModelCall) => void;
}

/** `ctx.llm` of one attempt. */
export function llmOf(host: AskHost): Llm {
  let asked = 0;
  const answer = async (request: unknown): Promise<LlmAnswer<unknown>> => {
    const checked = checkRequest(request, host.nodeId);
    host.signal.throwIfAborted();
    const model = await host.models.find(checked.model, checked.model === undefined ? await host.preset() : undefined);
    for (const [name, value] of model.secrets) host.secret(name, value);
    const sdk = await loadSdk();
    return new Asking({ host, sdk, model, request: checked, number: ++asked }).answer();
  };
  const value = async (request: unknown): Promise<unknown> => (await answer(request)).value;
  return Object.assign(value, { answer }) as Llm;
}

interface AskingParts {
  readonly host: AskHost;
  readonly sdk: Sdk;
  readonly model: FoundModel;
  readonly request: LlmRequest;
  readonly number: number;
}

class Asking {
  readonly #parts: AskingParts;
  readonly #spent = new Spent();
  readonly #shape: WantedShape | undefined;
  readonly #startedAt: number;
  #firstTokenMs: number | undefined;
  #requests = 0;

  constructor(parts: AskingParts) {
    this.#parts = parts;
    const { host, model, request } = parts;
    const { schemas, nodeId } = host;
    this.#shape = request.schema && wantedShape(request.schema, { schemas, object: model.object, nodeId });
    this.#startedAt = host.clock.perf();
  }

  async answer(): Promise<LlmAnswer<unknown>> {
    const { model } = this.#parts;
    try {
      const { answered, value } = await this.#fitting();
      this.#record("answered", { finish: answered.finish });
      return {
        value,
        text: answered.text,
        model: model.name,
        modelId: model.object.modelId,
        usage: this.#spent.usage ?? "unknown",
        cost: this.#spent.cost ?? "unknown",
        finish: answered.finish,
        toolCalls: answered.toolCalls,
        requests: this.#requests,
      };
    } catch (error) {
      const isAborted = this.#parts.host.signal.aborted;
      const message = error instanceof Error ? error.message : String(error);
      this.#record(isAborted ? "cancelled" : "failed", { error: message });
      throw error;
    }
  }

  /** An answer that is what the schema says, where there is one. */
  async #fitting(): Promise<{ readonly answered: Answered; readonly value: unknown }> {
    const { model, request, host } = this.#parts;
    const { corrections = DEFAULT_CORRECTIONS } = request;
    const messages: LlmMessage[] = request.messages
      ? [...request.messages]
      : [{ role: "user", content: request.prompt ?? "" }];
    for (let corrected = 0; ; corrected++) {
      const answered = await this.#requested(messages);
      if (answered.finish === "content-filter") throw withheld(model.name);
      if (!this.#shape) return { answered, value: answered.text };
      const read = await this.#shape.read(answered.text);
      if (read.ok) return { answered, value: read.value };
      const shown = read.issues
        .slice(0, 3)
        .map(({ path, message }) => `${path.length ? `${path.join(".")}: ` : ""}${message}`);
      const cut = answered.finish === "length" ? " (the answer was cut: maxOutputTokens)" : "";
      const what = `the answer of model "${model.name}" is not what the schema says${cut}: ${shown.join("; ")}`;
      if (corrected >= corrections) {
        throw new ModelError(what, { code: "WG2052", kind: "validation", retryable: true, issues: read.issues });
      }
      host.warn(`${what}; it is told so and asked again (correction ${corrected + 1} of ${corrections})`);
      if (request.stream !== false) host.token("\n[model: this answer did not fit the schema; the next one follows]\n");
      messages.push({ role: "assistant", content: answered.text }, { role: "user", content: correction(read.issues) });
    }
  }

  /** R1. */
  async #requested(messages: readonly LlmMessage[]): Promise<Answered> {
    const { host, sdk, model } = this.#parts;
    for (let failedBefore = 0; ; failedBefore++) {
      host.signal.throwIfAborted();
      const shown = { any: false };
      try {
        return await this.#once(messages, shown);
      } catch (thrown) {
        host.signal.throwIfAborted();
        const error = providerError(sdk, model.name, thrown);
        const { retryable, waitMs: asked } = error.facts;
        if (!retryable || failedBefore >= model.retries || (asked ?? 0) > MAX_WAIT_MS) throw lasting(error);
        const waitMs = asked ?? retryDelay({ ...BACKOFF, max: model.retries }, failedBefore, host.draw());
        host.warn(`${error.message}; asked again in ${waitMs} ms (retry ${failedBefore + 1} of ${model.retries})`);
        if (shown.any) host.token("\n[model: the answer broke off; it starts again]\n");
        await this.#wait(waitMs);
      }
    }
  }

  async #once(messages: readonly LlmMessage[], shown: { any: boolean }): Promise<Answered> {
    const { host, sdk, model, request } = this.#parts;
    const { name, pool, rateLimit } = model;
    const leave = pool === undefined ? undefined : await host.enter({ model: name, pool });
    try {
      return await oneRequest({
        sdk,
        model,
        request,
        messages,
        shape: this.#shape,
        signal: host.signal,
        spent: this.#spent,
        sending: async () => {
          if (rateLimit) (await host.enter({ model: name, rateLimit }))();
          this.#requests++;
        },
        token: (text) => {
          this.#firstTokenMs ??= host.clock.perf() - this.#startedAt;
          shown.any = true;
          host.token(text);
        },
      });
    } finally {
      leave?.();
    }
  }

  /** R2. */
  #wait(waitMs: number): Promise<void> {
    const { clock, signal } = this.#parts.host;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(() => {
        signal.removeEventListener("abort", aborted);
        resolve();
      }, waitMs);
      const aborted = (): void => {
        clock.clearTimer(timer);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", aborted, { once: true });
    });
  }

  /** R3. */
  #record(outcome: ModelCall["outcome"], how: Pick<ModelCall, "finish" | "error">): void {
    const { host, model, request, number } = this.#parts;
    const { usage, cost } = this.#spent;
    host.called({
      number,
      ...(request.model === undefined ? {} : { asked: request.model }),
      model: model.name,
      provider: model.object.provider,
      modelId: model.object.modelId,
      identity: model.identity,
      outcome,
      ms: host.clock.perf() - this.#startedAt,
      ...(this.#firstTokenMs === undefined ? {} : { firstTokenMs: this.#firstTokenMs }),
      requests: this.#requests,
      ...(usage === undefined ? {} : { usage }),
      ...(cost === undefined ? {} : { cost }),
      ...how,
    });
  }
}

function lasting(error: ModelError): ModelError {
  const { waitMs } = error.facts;
  if (waitMs === undefined || waitMs <= MAX_WAIT_MS) return error;
  const longer = `${error.message}; it asks to wait ${Math.ceil(waitMs / 1000)} s, which is left to the retries of the node`;
  return new ModelError(longer, error.facts);
}

function withheld(model: string): ModelError {
  return new ModelError(`model "${model}" withheld its answer: its content filter stopped it`, {
    code: "WG2054",
    kind: "model",
    retryable: false,
  });
}
