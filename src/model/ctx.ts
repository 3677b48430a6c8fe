/**
 * `ctx`: what a node function is given beside its input. Types only; runtime/ fills it, define/standalone-ctx.ts for `.run`.
 *
 * R1. Every member is a promise about one attempt at one item: two attempts have two `ctx` and one `idempotencyKey`.
 * R2. Reading `scratchpad`, `errors()`, `runId`, `attempt` or a secret marks the result impure: kept on resume, never
 *     reused by cache or fork.
 */
import type { ErrorRecord, ValidationIssue } from "./error-record.ts";
import type { CallNo, ItemNo, RunId } from "./ids.ts";
import type { Llm } from "./llm.ts";
import type { ArtifactManifest, NextInputs } from "./manifest.ts";

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

/** A published folder as a plain value: passed between nodes and runs, accepted wherever a selector is. */
export interface ArtifactRef {
  /** `workflow/name@RUN` */
  readonly selector: string;
  /** The folder, relative to the project. To read from it, open the artifact: that verifies it. */
  readonly path: string;
  readonly kind?: string;
  /** Of the files in it: paths, sizes, contents. */
  readonly sha256: string;
}

/** A folder that is published when the node returns, and removed when it throws. */
export interface ArtifactFolder {
  /** Absolute folder to write to, with any tool. It is another one once it is published: do not keep it. */
  readonly path: string;
  /** What the node may put into its result; returning the folder itself means the same. `sha256` is known when the node has returned. */
  readonly ref: ArtifactRef;
  /**
   * @param file path inside the folder; folders on the way are made.
   * @param content bytes, or pieces of it as they come: of a stream, only a piece is in memory.
   */
  write(file: string, content: ArtifactContent): Promise<void>;
  /** Two spaces deep, with a line break at the end. */
  writeJson(file: string, value: unknown): Promise<void>;
}

export type ArtifactContent = string | Uint8Array | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** How a folder is published. */
export interface ArtifactOptions {
  /** What it is, for readers: `dataset`, `report`. */
  readonly kind?: string;
  /** Names for it in selectors (`workflow/name@LABEL`): the newest artifact with a label is meant. */
  readonly labels?: readonly string[];
  /** Inputs that prefill a next launch, by name of the workflow; a function is given the selector that will name this artifact. */
  readonly next?: NextInputs | ((ref: Pick<ArtifactRef, "selector" | "path">) => NextInputs);
}

/** A published folder whose files are what its manifest says. */
export interface OpenedArtifact {
  /** Absolute folder to read from. */
  readonly path: string;
  readonly ref: ArtifactRef;
  readonly manifest: ArtifactManifest;
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

  /**
   * Asks a language model that workgraph.config.ts configures (docs/models.md). Its text is shown while it comes, as `ctx.stream` is;
   * tokens and cost are recorded as the provider reports them. It stops when `signal` aborts.
   *
   * A provider that is busy, out of reach or breaks off is asked again, `retries` of the model times; an answer that does not fit
   * `schema` is sent back with what is wrong, `corrections` times. What was answered in an attempt that did not complete is asked
   * again by the next one; `once` keeps it.
   *
   * @returns the answer as text; with `schema`, what the schema gives. `ctx.llm.answer` gives usage, cost and tools with it.
   * @throws WorkgraphError WG1140 no model is configured, WG1141 no such model, WG1142 no such request, WG1143 the entry gives no
   *   model, WG1144 a schema that no model can be told, WG1145 the package "ai" is missing.
   * @throws an error that fails the attempt, recorded as WG2050 refused, WG2051 busy or out of reach, WG2052 does not fit the schema,
   *   WG2053 unreadable, WG2054 withheld.
   * @example
   * const review = await ctx.llm({ system: "You review drafts.", prompt: draft, schema: Review });
   */
  readonly llm: Llm;
  /**
   * Opens a folder that is published under `artifacts/<workflow>/<run>/<name>/` when the node returns.
   *
   * @param name unique in the run: letters, digits, `_ - .`. A node that maps puts the item's key into it.
   * @throws WorkgraphError WG5100 no such name, WG5101 another item has it, WG5107 options that cannot be recorded.
   * @example
   * const dir = await ctx.artifact("dataset", { kind: "dataset", labels: ["nightly"] });
   * await dir.writeJson("rows.json", rows);
   * return dir;
   */
  artifact(name: string, options?: ArtifactOptions): Promise<ArtifactFolder>;
  /**
   * Finds a published folder, hashes its files, and records that this item read it.
   *
   * @param selector a reference, or `workflow/name@latest`, `@RUN`, `@LABEL`, a sha256 prefix, the path of a folder. What it names
   *   is found once in a run; later items and a resume get the same.
   * @throws WorkgraphError WG5110 none, WG5111 several, WG5112 its files are not what was published, WG5113 a broken manifest.
   */
  openArtifact(selector: string | ArtifactRef): Promise<OpenedArtifact>;
}
