/**
 * Spans on their way to an OpenTelemetry collector.
 *
 * Owns: batches, and what happens when nobody takes them. Leaves to otlp.ts: the format; to whoever feeds it: which spans.
 *
 * R1. It exists only when the environment names an endpoint: otherwise nothing leaves the machine.
 * R2. A run never waits for it. What waits is bounded; beyond that the oldest spans are dropped, and that is said once.
 * R3. A batch that is refused for the moment (429, 5xx, no answer) is sent again, a few times; anything else is dropped.
 */
import type { Clock, TimerHandle } from "../base/clock.ts";
import { otlpTraces } from "./otlp.ts";
import type { Span } from "./span.ts";

export interface OtlpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
}

const BATCH = 512;
const MAX_WAITING = 20_000;
const EVERY_MS = 1_000;
const TRIES = 3;
const RETRY_MS = 500;
const TIMEOUT_MS = 10_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** R1. */
export function otlpTarget(env: Environment): OtlpTarget | undefined {
  const base = env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const own = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
  const url = own || (base && `${base.replace(/\/+$/, "")}/v1/traces`);
  if (!url || env["OTEL_SDK_DISABLED"] === "true") return undefined;
  const headers = env["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] ?? env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "";
  return {
    url,
    headers: Object.fromEntries(headers.split(",").flatMap(headerOf)),
    serviceName: env["OTEL_SERVICE_NAME"] || "agentic-workgraph",
  };
}

/** Pairs as W3C baggage has them: values are percent-encoded. */
function headerOf(text: string): readonly (readonly [string, string])[] {
  const at = text.indexOf("=");
  if (at < 1) return [];
  const value = text.slice(at + 1).trim();
  try {
    return [[text.slice(0, at).trim(), decodeURIComponent(value)]];
  } catch {
    return [[text.slice(0, at).trim(), value]];
  }
}

export class OtlpExporter {
  readonly #target: OtlpTarget;
  readonly #clock: Clock;
  readonly #say: (text: string) => void;
  #waiting: Span[] = [];
  #timer: TimerHandle | undefined;
  #sending: Promise<void> = Promise.resolve();
  #hasSaid = false;
  #isClosed = false;

  constructor(target: OtlpTarget, parts: { readonly clock: Clock; readonly say: (text: string) => void }) {
    this.#target = target;
    this.#clock = parts.clock;
    this.#say = parts.say;
  }

  add(spans: readonly Span[]): void {
    if (this.#isClosed || spans.length === 0) return;
    this.#waiting.push(...spans);
    const over = this.#waiting.length - MAX_WAITING;
    if (over > 0) {
      this.#waiting.splice(0, over);
      this.#sayOnce(`more than ${MAX_WAITING} spans wait for ${this.#target.url}; the oldest are dropped`);
    }
    if (this.#waiting.length >= BATCH) this.#flush();
    else this.#timer ??= this.#later();
  }

  /** Sends what waits; resolves when it was taken or given up. */
  async close(): Promise<void> {
    this.#flush();
    this.#isClosed = true;
    await this.#sending;
  }

  #later(): TimerHandle {
    const timer = this.#clock.setTimer(() => this.#flush(), EVERY_MS);
    timer.unref();
    return timer;
  }

  #flush(): void {
    if (this.#timer) this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#sending = this.#sending.then(async () => {
      while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, BATCH));
    });
  }

  /** R3. */
  async #send(spans: readonly Span[]): Promise<void> {
    const { url, headers, serviceName } = this.#target;
    const body = JSON.stringify(otlpTraces(spans, { "service.name": serviceName }));
    let problem = "";
    for (let tried = 0; tried < TRIES; tried++) {
      if (tried > 0) await this.#pause(RETRY_MS * 2 ** (tried - 1));
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const sent = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body, signal };
        const response = await fetch(url, { ...sent, redirect: "error" });
        await response.arrayBuffer();
        if (response.ok) return;
        problem = `it answered ${response.status}`;
        if (response.status !== 429 && response.status < 500) break;
      } catch (error) {
        problem = error instanceof Error ? error.message : "it did not answer";
      }
    }
    this.#sayOnce(`spans could not be sent to ${url}: ${problem}; they are dropped, and still told by "spans"`);
  }

  #sayOnce(text: string): void {
    if (this.#hasSaid) return;
    this.#hasSaid = true;
    this.#say(text);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimer(resolve, ms));
  }
}
