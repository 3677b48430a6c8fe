/**
 * Spans that node code opens through @opentelemetry/api, recorded under their attempt.
 *
 * Owns: the tracer that the API hands out in a process that performs attempts. Leaves to store/span-line.ts: what is kept of a span.
 *
 * R1. It is registered at the first attempt, when the code of the run is loaded: where that code registered a tracer provider of its
 *     own, the spans are its own, and nothing of this happens. Where only we load code, it waits until that code asks for the API.
 * R2. Outside of an attempt, and without the package, the API does nothing, as it does by itself.
 * R3. Bounded per attempt: in spans, in attributes of a span, in characters. What is cut is said in a line.
 * R4. Names, messages and attributes lose secrets before they are kept. Events, links and values that are no text, number or
 *     boolean are not kept; of an exception its type and message are.
 */
import type * as Api from "@opentelemetry/api";
import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import type { Clock } from "../../base/clock.ts";
import type { Redactor } from "../../base/redactor.ts";
import { encode } from "../../model/codec.ts";
import type { AttemptChannel, AttemptRequest } from "../../runtime/engine.ts";
import { spanIdOf, traceIdOf, type SpanLine } from "../../store/span-line.ts";
import { currentFrame } from "../../trace/current.ts";
import { tracingApiAsked } from "../../version/asked-packages.ts";

const MAX_SPANS = 1_000;
const MAX_ATTRIBUTES = 64;
const MAX_CHARACTERS = 2_048;

/** By the codes of the API. */
const STATUSES = ["unset", "ok", "error"] as const;

interface AttemptParts {
  readonly request: AttemptRequest;
  readonly channel: AttemptChannel;
  readonly redactor: Redactor;
  readonly clock: Clock;
}

/** What a frame has whose code may open spans. */
export interface SpanFrame {
  readonly spans: AttemptSpans;
}

/** Who loads code in this process: nothing of the author's but by us, or others too (asked-packages.ts R2). */
export type LoadedBy = "us" | "anybody";

/** The spans of one attempt. */
export class AttemptSpans {
  readonly #parts: AttemptParts;
  #opened = 0;

  constructor(parts: AttemptParts) {
    this.#parts = parts;
  }

  /** @returns undefined beyond the bound (R3) */
  open(name: string, parentId: string | undefined, options: Api.SpanOptions): RecordedSpan | undefined {
    const opened = this.#opened++;
    if (opened >= MAX_SPANS) {
      const text = `[cut: more than ${MAX_SPANS} spans in one attempt; later ones are not kept]`;
      if (opened === MAX_SPANS) this.#parts.channel.log({ level: "warn", text });
      return undefined;
    }
    const { runId: run, call, item, attempt } = this.#parts.request;
    const spanId = spanIdOf({ run, call, item, attempt, opened });
    return new RecordedSpan({ ...this.#parts, spanId, parentId, traceId: traceIdOf(run) }, name, options);
  }
}

type SpanParts = AttemptParts & {
  readonly spanId: string;
  readonly traceId: string;
  readonly parentId: string | undefined;
};

class RecordedSpan implements Api.Span {
  readonly #parts: SpanParts;
  readonly #startMs: number;
  readonly #startedAt: number;
  readonly #attributes: Map<string, string | number | boolean> = new Map();
  #name: string;
  #status: SpanLine["status"] = "unset";
  #message: string | undefined;
  #isOpen = true;

  constructor(parts: SpanParts, name: string, { startTime, attributes }: Api.SpanOptions) {
    this.#parts = parts;
    this.#name = name;
    this.#startMs = epochMs(startTime) ?? parts.clock.now();
    this.#startedAt = parts.clock.perf();
    if (attributes) this.setAttributes(attributes);
  }

  spanContext(): Api.SpanContext {
    const { traceId, spanId } = this.#parts;
    return { traceId, spanId, traceFlags: 1 };
  }

  setAttribute(key: string, value: unknown): this {
    if (!this.#isOpen || (this.#attributes.size >= MAX_ATTRIBUTES && !this.#attributes.has(key))) return this;
    if (typeof value === "string") this.#attributes.set(key, this.#clean(value));
    else if (typeof value === "number" || typeof value === "boolean") this.#attributes.set(key, value);
    else if (Array.isArray(value)) this.#attributes.set(key, this.#clean(JSON.stringify(value)));
    return this;
  }

  setAttributes(attributes: Api.Attributes): this {
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) this.setAttribute(key, value);
    return this;
  }

  setStatus({ code, message }: Api.SpanStatus): this {
    if (!this.#isOpen) return this;
    this.#status = STATUSES[code] ?? "unset";
    this.#message = message === undefined ? undefined : this.#clean(message);
    return this;
  }

  updateName(name: string): this {
    if (this.#isOpen) this.#name = name;
    return this;
  }

  recordException(exception: Api.Exception): void {
    const { name, message } = typeof exception === "string" ? { name: "Error", message: exception } : exception;
    this.setAttribute("exception.type", name ?? "Error");
    this.setAttribute("exception.message", message ?? "");
  }

  // R4.
  addEvent(): this {
    return this;
  }
  addLink(): this {
    return this;
  }
  addLinks(): this {
    return this;
  }

  isRecording(): boolean {
    return this.#isOpen;
  }

  end(endTime?: Api.TimeInput): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { channel, clock, spanId, parentId } = this.#parts;
    const line: SpanLine = {
      spanId,
      ...(parentId === undefined ? {} : { parentId }),
      startMs: this.#startMs,
      endMs: epochMs(endTime) ?? this.#startMs + clock.perf() - this.#startedAt,
      status: this.#status,
      ...(this.#message === undefined ? {} : { message: this.#message }),
      attributes: Object.fromEntries(this.#attributes),
    };
    channel.log({ level: "span", text: this.#clean(this.#name), fields: encode(line) });
  }

  #clean(text: string): string {
    return this.#parts.redactor.redact(text.slice(0, 2 * MAX_CHARACTERS)).slice(0, MAX_CHARACTERS);
  }
}

/** A time that the API takes: epoch ms, a Date, or seconds and nanoseconds. Small numbers are of `performance.now`: not told. */
function epochMs(time: Api.TimeInput | undefined): number | undefined {
  if (time === undefined) return undefined;
  if (Array.isArray(time)) return time[0] * 1_000 + time[1] / 1_000_000;
  const ms = time instanceof Date ? time.getTime() : time;
  return ms > 1e11 ? ms : undefined;
}

class AttemptTracer implements Api.Tracer {
  readonly #api: typeof Api;

  constructor(api: typeof Api) {
    this.#api = api;
  }

  startSpan(name: string, options: Api.SpanOptions = {}, context: Api.Context = this.#api.context.active()): Api.Span {
    const frame = currentFrame();
    const spans = frame && "spans" in frame ? (frame as unknown as SpanFrame).spans : undefined;
    const above = options.root === true ? undefined : this.#api.trace.getSpan(context);
    const parentId = above instanceof RecordedSpan ? above.spanContext().spanId : undefined;
    return spans?.open(name, parentId, options) ?? this.#api.trace.wrapSpanContext(this.#api.INVALID_SPAN_CONTEXT);
  }

  startActiveSpan<F extends (span: Api.Span) => unknown>(name: string, ...rest: readonly unknown[]): ReturnType<F> {
    const fn = rest.at(-1) as F;
    const options = (rest.length > 1 ? rest[0] : {}) as Api.SpanOptions;
    const context = (rest.length > 2 ? rest[1] : this.#api.context.active()) as Api.Context;
    const span = this.startSpan(name, options, context);
    return this.#api.context.with(
      this.#api.trace.setSpan(context, span),
      fn as never,
      undefined,
      span,
    ) as ReturnType<F>;
  }
}

/** Which span is the current one, through every await. */
class SpanContexts implements Api.ContextManager {
  readonly #storage: AsyncLocalStorage<Api.Context> = new AsyncLocalStorage<Api.Context>();
  readonly #root: Api.Context;

  constructor(root: Api.Context) {
    this.#root = root;
  }

  active(): Api.Context {
    return this.#storage.getStore() ?? this.#root;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Api.Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(context, () => fn.call(thisArg as never, ...args));
  }

  bind<T>(context: Api.Context, target: T): T {
    if (typeof target !== "function") return target;
    return ((...args: unknown[]) => this.#storage.run(context, () => (target as never as Function)(...args))) as T;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}

let registering: Promise<void> | undefined;
let isSeenTo = false;

/** R1, R2. @returns undefined when that was done before */
export function spansRecorded(code: LoadedBy): Promise<void> | undefined {
  if (isSeenTo) return undefined;
  if (code === "us" && !tracingApiAsked(registerNow)) {
    isSeenTo = true;
    return undefined;
  }
  return (registering ??= import("@opentelemetry/api")
    .then(register)
    // R2: it is not installed.
    .catch(() => undefined)
    .finally(() => (isSeenTo = true)));
}

/** An attempt is about to load it: what is registered counts for all copies of the API in this process. */
function registerNow(): void {
  try {
    register(createRequire(import.meta.url)("@opentelemetry/api") as typeof Api);
  } catch {
    // R2: it is installed for the author's code alone.
  }
}

function register(api: typeof Api): void {
  const tracer = new AttemptTracer(api);
  if (api.trace.setGlobalTracerProvider({ getTracer: () => tracer }))
    api.context.setGlobalContextManager(new SpanContexts(api.ROOT_CONTEXT));
}
