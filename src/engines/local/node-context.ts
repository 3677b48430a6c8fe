/**
 * The `ctx` of a node function, in this process.
 *
 * R1. Members are made when they are first read: an item that uses none pays for none.
 * R2. What touches the state of the run goes over the AttemptChannel.
 * R3. Logs, progress and stream chunks are redacted here, before anything else sees them, and bounded per attempt.
 */
import type { Redactor } from "../../base/redactor.ts";
import { decode, encode } from "../../model/codec.ts";
import type { Ctx, NodeLog, Scratchpad } from "../../model/ctx.ts";
import type { ErrorRecord, ValidationIssue } from "../../model/error-record.ts";
import { formatAddress } from "../../model/ids.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { unavailable } from "../../define/unavailable.ts";
import type { AttemptChannel, AttemptRequest } from "../../runtime/engine.ts";

/** Log lines kept per attempt; what comes after is counted in one line that says so. */
const MAX_LINES = 10_000;
/** Characters of stream chunks kept per attempt. */
const MAX_STREAM = 1024 * 1024;
/** Progress is written at most this often. */
const PROGRESS_EVERY_MS = 100;

export class NodeContext implements Ctx {
  readonly #request: AttemptRequest;
  readonly #channel: AttemptChannel;
  readonly #redactor: Redactor;
  readonly #now: () => number;
  #log: NodeLog | undefined;
  #scratchpad: Scratchpad | undefined;
  #once: Map<string, Promise<string>> | undefined;
  #lines = 0;
  #streamed = 0;
  #progressAt = -Infinity;
  #skipsAhead = false;

  constructor(request: AttemptRequest, channel: AttemptChannel, with_: { readonly redactor: Redactor; readonly now: () => number }) {
    this.#request = request;
    this.#channel = channel;
    this.#redactor = with_.redactor;
    this.#now = with_.now;
  }

  get runId(): string {
    return this.#request.runId;
  }
  get workflow(): string {
    return this.#request.workflow;
  }
  get nodeId(): string {
    return this.#request.nodeId;
  }
  get callId(): number {
    return this.#request.call;
  }
  get item(): number {
    return this.#request.item;
  }
  get attempt(): number {
    return this.#request.attempt;
  }
  get signal(): AbortSignal {
    return this.#channel.signal;
  }
  get idempotencyKey(): string {
    return formatAddress(this.#request.runId, this.#request.call, this.#request.item);
  }
  get feedback(): readonly ValidationIssue[] | undefined {
    return this.#request.feedback;
  }
  get missing(): number {
    return this.#request.missing;
  }
  get yielded(): number {
    this.#skipsAhead = true;
    return this.#request.yielded;
  }

  /** Whether the generator asked how far earlier attempts came: its first yield is then the next new one. */
  get skipsAhead(): boolean {
    return this.#skipsAhead;
  }

  get log(): NodeLog {
    if (this.#log) return this.#log;
    const at = (level: "debug" | "info" | "warn" | "error") => (text: string, fields?: Readonly<Record<string, unknown>>) => this.#line(level, text, fields);
    return (this.#log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") });
  }

  #line(level: "debug" | "info" | "warn" | "error" | "progress", text: string, fields?: unknown): void {
    this.#lines++;
    if (this.#lines > MAX_LINES) {
      if (this.#lines === MAX_LINES + 1) this.#channel.log({ level: "warn", text: `[cut: more than ${MAX_LINES} log lines in one attempt; later ones are not kept]` });
      return;
    }
    let encoded: string | undefined;
    if (fields !== undefined) {
      try {
        encoded = encode(fields);
      } catch (error) {
        encoded = encode({ unrecordable: error instanceof Error ? error.message : "fields" });
      }
    }
    this.#channel.log({ level, text: this.#redactor.redact(String(text)), ...(encoded === undefined ? {} : { fields: this.#redactor.redact(encoded) }) });
  }

  progress(done: number | { readonly done: number; readonly total: number }, text?: string): void {
    const share = typeof done === "number" ? done : done.total > 0 ? done.done / done.total : 0;
    const now = this.#now();
    if (share < 1 && now - this.#progressAt < PROGRESS_EVERY_MS) return;
    this.#progressAt = now;
    this.#line("progress", text ?? "", typeof done === "number" ? { share } : { share, done: done.done, total: done.total });
  }

  stream(chunk: unknown): void {
    const text = typeof chunk === "string" ? chunk : encode(chunk);
    const before = this.#streamed;
    this.#streamed += text.length;
    if (before > MAX_STREAM) return;
    this.#channel.log({ level: "stream", text: this.#redactor.redact(text) });
    if (this.#streamed > MAX_STREAM) this.#channel.log({ level: "warn", text: `[cut: more than ${MAX_STREAM} characters streamed in one attempt; later chunks are not kept]` });
  }

  emit(type: string, data?: unknown): void {
    this.#channel.emit(String(type), this.#redactor.redact(encode(data)));
  }

  get scratchpad(): Scratchpad {
    return (this.#scratchpad ??= {
      get: async <T>(key: string): Promise<T | undefined> => {
        const text = await this.#channel.scratchpadGet(key);
        return text === undefined ? undefined : (decode(text) as T);
      },
      set: (key, value) => this.#channel.scratchpadSet(key, this.#clean(value, `scratchpad "${key}"`)),
      cas: (key, expected, next) => this.#channel.scratchpadCas(key, expected === undefined ? undefined : encode(expected), this.#clean(next, `scratchpad "${key}"`)),
    });
  }

  #clean(value: unknown, what: string): string {
    const text = encode(value);
    refuseSecrets(this.#redactor, text, what);
    return text;
  }

  errors(filter?: { readonly node?: string }): Promise<readonly ErrorRecord[]> {
    return Promise.resolve(this.#channel.errors(filter?.node));
  }

  async once<T>(key: string, fn: () => T | Promise<T>): Promise<T> {
    this.#once ??= new Map();
    let text = this.#once.get(key);
    if (!text) {
      text = this.#performOnce(key, fn);
      this.#once.set(key, text);
      text.catch(() => this.#once?.delete(key));
    }
    return decode(await text) as T;
  }

  async #performOnce(key: string, fn: () => unknown): Promise<string> {
    const known = await this.#channel.onceGet(key);
    if (known !== undefined) return known;
    const text = this.#clean(await fn(), `once "${key}"`);
    await this.#channel.oncePut(key, text);
    return text;
  }

  secret(name: string): string {
    const value = process.env[name];
    if (value === undefined || value === "") {
      throw new WorkgraphError("WG1131", `secret "${name}" is not set in the environment of the process that runs "${this.nodeId}"`, { hint: `set the environment variable ${name}` });
    }
    this.#redactor.add(name, value);
    return value;
  }

  llm(): Promise<never> {
    return Promise.reject(unavailable("llm"));
  }
  artifact(): Promise<never> {
    return Promise.reject(unavailable("artifact"));
  }
  openArtifact(): Promise<never> {
    return Promise.reject(unavailable("openArtifact"));
  }
}

/** A secret's value in something that is recorded is an error, not a leak. */
export function refuseSecrets(redactor: Redactor, text: string, what: string): void {
  if (redactor.isEmpty) return;
  const name = redactor.find(text);
  if (name === undefined) return;
  throw new WorkgraphError("WG2012", `the value of secret "${name}" is in ${what}`, { hint: "record only the secret's name, and read it with ctx.secret where it is needed" });
}
