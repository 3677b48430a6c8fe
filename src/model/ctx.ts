/**
 * `ctx`: what a node function is given beside its input. Types only; runtime/ fills it, define/standalone-ctx.ts for `.run`.
 *
 * R1. Every member is a promise about one attempt at one item: two attempts have two `ctx` and one `idempotencyKey`.
 * R2. Reading `scratchpad`, `errors()`, `runId`, `attempt` or a secret marks the result impure: kept on resume, never
 *     reused by cache or fork.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ErrorRecord, ValidationIssue } from "./error-record.ts";
import type { CallNo, ItemNo, RunId } from "./ids.ts";

/** Fields of a log line: values of the codec's closed set. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Lines that belong to an attempt. They go to the run, not to the terminal; secrets are redacted before any write. */
export interface NodeLog {
  debug(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  error(text: string, fields?: LogFields): void;
}

/** Durable values of the run, seen by all its nodes. Values of the codec's closed set, at most one per key. */
export interface Scratchpad {
  /** A fresh copy, or `undefined` when nothing was set. */
  get<T = unknown>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown): Promise<void>;
  /** Sets `next` if the value present equals `expected` (`undefined`: none yet); whether it did. */
  cas(key: string, expected: unknown, next: unknown): Promise<boolean>;
}

/** What `ctx.llm` is asked. */
export interface LlmRequest {
  readonly prompt: string;
  readonly model?: string;
  readonly schema?: StandardSchemaV1;
  readonly stream?: boolean;
}

/** A published folder as a plain value: passed between nodes, accepted wherever a selector is. */
export interface ArtifactRef {
  readonly selector: string;
  readonly path: string;
  readonly kind?: string;
  readonly sha256: string;
}

/** A folder that is published when the node returns. */
export interface ArtifactFolder {
  readonly path: string;
  readonly ref: ArtifactRef;
  write(file: string, content: string | Uint8Array): Promise<void>;
  writeJson(file: string, value: unknown): Promise<void>;
}

/**
 * The context of one attempt at one item.
 *
 * @example
 * const scrapePage = node({ id: "scrape_page", timeout: "20s", retries: 2 }, async ({ url }: { url: string }, ctx) => {
 *   ctx.log.info("fetching", { url, attempt: ctx.attempt });
 *   const response = await fetch(url, { signal: ctx.signal });
 *   return { url, body: await response.text() };
 * });
 */
export interface Ctx {
  readonly runId: RunId;
  /** Name of the workflow. */
  readonly workflow: string;
  readonly nodeId: string;
  /** CALL of the item's address `RUN.CALL.ITEM`, from 1. */
  readonly callId: CallNo;
  /** ITEM of the item's address, from 0. */
  readonly item: ItemNo;
  /** From 1; goes on counting over crashes and resumes. */
  readonly attempt: number;
  /** Aborts when the attempt times out, the run is cancelled, or a race was lost. Hand it to everything that takes one. */
  readonly signal: AbortSignal;
  /** Run, call and item: equal for all attempts and resumes of this item. For services that accept such a key. */
  readonly idempotencyKey: string;
  /** With `onInvalid: "retry"`, from attempt 2: what the schema found wrong with the last result. Otherwise `undefined`. */
  readonly feedback: readonly ValidationIssue[] | undefined;
  /** How many items the gather parameters did not get (`onFailed: "drop"` or `{ tolerate }`). Otherwise 0. */
  readonly missing: number;
  /** In a generator: items that earlier attempts recorded, so that this one may skip ahead. Otherwise 0. */
  readonly yielded: number;
  readonly log: NodeLog;

  /**
   * How far this item is.
   * @param done a share from 0 to 1, or counts: `{ done: 3, total: 10 }`.
   */
  progress(done: number | { readonly done: number; readonly total: number }, text?: string): void;
  /** A piece of output as it comes to be, e.g. tokens. Shown live, kept up to a limit; not the result. */
  stream(chunk: unknown): void;
  /** A fact of your own in the event log of the run. `type` as event names are: `page.stale`. */
  emit(type: string, data?: unknown): void;

  readonly scratchpad: Scratchpad;
  /** Errors of this run so far, attempts that were retried included, oldest first; of one node where `node` is given. */
  errors(filter?: { readonly node?: string }): Promise<readonly ErrorRecord[]>;
  /**
   * A sub-result recorded inside the item: `fn` runs once for this item and key, and no retry or resume repeats it.
   * @param key unique in the item.
   */
  once<T>(key: string, fn: () => T | Promise<T>): Promise<T>;
  /**
   * An environment variable of the executing process. Its value is refused in inputs, results and keys, and redacted from logs.
   * @throws WorkgraphError when it is not set.
   */
  secret(name: string): string;

  /** Asks a model. @throws WorkgraphError (WG1130) in a version without models. */
  llm(request: LlmRequest): Promise<unknown>;
  /** Opens a folder to publish. @throws WorkgraphError (WG1130) in a version without artifacts. */
  artifact(
    name: string,
    options?: { readonly kind?: string; readonly labels?: readonly string[]; readonly next?: unknown },
  ): Promise<ArtifactFolder>;
  /** Opens a published folder. @throws WorkgraphError (WG1130) in a version without artifacts. */
  openArtifact(selector: string | ArtifactRef): Promise<{ readonly path: string; readonly ref: ArtifactRef }>;
}
