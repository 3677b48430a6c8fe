/**
 * The `ctx` of a node function, in this process.
 *
 * Leaves to attempt-lines.ts: what is written beside the log. To the AttemptChannel: the state of the run.
 *
 * R1. Members are made when they are first read: an item that uses none pays for none.
 * R2. What touches the state of the run goes over the AttemptChannel.
 * R3. Members need no `this`: `async ({ url }, { log, progress, once }) => ...` works.
 * R4. What tells of more than the inputs (the run's id and state, the attempt, a secret) is noted when it is read: no other run
 *     reuses such a result.
 */
import type { Redactor } from "../../base/redactor.ts";
import { decode, encode } from "../../model/codec.ts";
import type { Ctx, NodeLog, Scratchpad } from "../../model/ctx.ts";
import type { ErrorRecord, ValidationIssue } from "../../model/error-record.ts";
import { formatAddress } from "../../model/ids.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { unavailable } from "../../define/unavailable.ts";
import type { Llm } from "../../model/llm.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest } from "../../runtime/engine.ts";
import { ArtifactFolders, type ArtifactFolderParts } from "./artifact-folders.ts";
import { AttemptLines } from "./attempt-lines.ts";
import { attemptLlm, type ModelParts } from "./model-calls.ts";
import { refuseSecrets } from "./secrets.ts";

/** What artifacts need besides the attempt; without it there are none. */
export type ArtifactParts = Pick<ArtifactFolderParts, "store" | "clock" | "site">;

/** What the contexts of all attempts at a node share. */
export interface ContextParts {
  readonly redactor: Redactor;
  readonly now: () => number;
  readonly artifacts?: ArtifactParts | undefined;
  readonly models: ModelParts;
}

/** R1. */
interface Members {
  llm?: Llm;
  log?: NodeLog;
  scratchpad?: Scratchpad;
  once?: Map<string, Promise<string>>;
  lines?: AttemptLines;
  folders?: ArtifactFolders;
  skipsAhead?: true;
}

export class NodeContext implements Ctx {
  readonly #request: AttemptRequest;
  readonly #channel: AttemptChannel;
  readonly #parts: ContextParts;
  #members: Members | undefined;
  #impure: Set<string> | undefined;

  constructor(request: AttemptRequest, channel: AttemptChannel, parts: ContextParts) {
    this.#request = request;
    this.#channel = channel;
    this.#parts = parts;
  }

  get #made(): Members {
    return (this.#members ??= {});
  }

  get runId(): string {
    this.#reads("runId");
    return this.#request.runId;
  }
  /** R4. */
  #reads(member: string): void {
    (this.#impure ??= new Set()).add(member);
  }

  /** The outcome, with what its result depends on besides the inputs. */
  told(outcome: AttemptOutcome): AttemptOutcome {
    return this.#impure ? { ...outcome, facts: { ...outcome.facts, impure: [...this.#impure] } } : outcome;
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
    this.#reads("attempt");
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
    this.#made.skipsAhead = true;
    return this.#request.yielded;
  }

  /** Whether the generator asked how far earlier attempts came: its first yield is then the next new one. */
  get skipsAhead(): boolean {
    return this.#members?.skipsAhead === true;
  }

  get #written(): AttemptLines {
    return (this.#made.lines ??= new AttemptLines(this.#channel, this.#parts.redactor, this.#parts.now));
  }

  /** The attempt is over: what a stream held back is written. */
  end(): void {
    this.#members?.lines?.end();
  }

  get log(): NodeLog {
    const made = this.#made;
    if (made.log) return made.log;
    const lines = this.#written;
    const at = (level: keyof NodeLog) => (text: string, fields?: Readonly<Record<string, unknown>>) =>
      lines.log(level, text, fields);
    return (made.log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") });
  }

  get progress(): Ctx["progress"] {
    return (done, text) => this.#written.progress(done, text);
  }

  get stream(): Ctx["stream"] {
    return (chunk) => this.#written.stream(chunk);
  }

  get emit(): Ctx["emit"] {
    const { redactor } = this.#parts;
    return (type, data) => this.#channel.emit(redactor.redact(String(type)), redactor.redact(encode(data)));
  }

  get scratchpad(): Scratchpad {
    this.#reads("scratchpad");
    return (this.#made.scratchpad ??= {
      get: async <T>(key: string): Promise<T | undefined> => {
        const text = await this.#channel.scratchpadGet(key);
        return text === undefined ? undefined : (decode(text) as T);
      },
      set: async (key, value) => this.#channel.scratchpadSet(key, this.#clean(value, `scratchpad "${key}"`)),
      cas: async (key, expected, next) =>
        this.#channel.scratchpadCas(
          key,
          expected === undefined ? undefined : encode(expected),
          this.#clean(next, `scratchpad "${key}"`),
        ),
    });
  }

  #clean(value: unknown, what: string): string {
    const text = encode(value);
    refuseSecrets(this.#parts.redactor, text, what);
    return text;
  }

  get errors(): Ctx["errors"] {
    this.#reads("errors");
    return (filter?: { readonly node?: string }): Promise<readonly ErrorRecord[]> => this.#channel.errors(filter?.node);
  }

  get once(): Ctx["once"] {
    return async <T>(key: string, fn: () => T | Promise<T>): Promise<T> => {
      const once = (this.#made.once ??= new Map());
      let text = once.get(key);
      if (!text) {
        text = this.#performOnce(key, fn);
        once.set(key, text);
        text.catch(() => once.delete(key));
      }
      return decode(await text) as T;
    };
  }

  async #performOnce(key: string, fn: () => unknown): Promise<string> {
    const known = await this.#channel.onceGet(key);
    if (known !== undefined) return known;
    const text = this.#clean(await fn(), `once "${key}"`);
    await this.#channel.oncePut(key, text);
    return text;
  }

  get secret(): Ctx["secret"] {
    this.#reads("secret");
    return (name) => {
      const value = process.env[name];
      if (value === undefined || value === "") {
        throw new WorkgraphError(
          "WG1131",
          `secret "${name}" is not set in the environment of the process that runs "${this.nodeId}"`,
          { hint: `set the environment variable ${name}` },
        );
      }
      this.#parts.redactor.add(name, value);
      return value;
    };
  }

  get llm(): Llm {
    const { models, redactor } = this.#parts;
    const of = { request: this.#request, channel: this.#channel, redactor };
    return (this.#made.llm ??= attemptLlm({ ...models, ...of, lines: this.#written }));
  }
  get artifact(): Ctx["artifact"] {
    return this.#withFolders?.artifact ?? (async () => Promise.reject(unavailable("artifact")));
  }
  get openArtifact(): Ctx["openArtifact"] {
    return this.#withFolders?.openArtifact ?? (async () => Promise.reject(unavailable("openArtifact")));
  }

  /** Artifacts of this attempt; undefined when it uses none. */
  get folders(): ArtifactFolders | undefined {
    return this.#members?.folders;
  }

  get #withFolders(): ArtifactFolders | undefined {
    const { artifacts, redactor } = this.#parts;
    if (!artifacts) return undefined;
    const of = { request: this.#request, channel: this.#channel, redactor };
    return (this.#made.folders ??= new ArtifactFolders({ ...of, ...artifacts }));
  }
}
