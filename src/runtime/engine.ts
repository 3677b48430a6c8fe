/**
 * Where attempts run. The runtime decides what runs when; an engine performs one attempt and says how it ended.
 *
 * Owns: the shape of a request and an outcome. Leaves to engines/: performing it.
 *
 * R1. A request and an outcome are plain data: values are encoded text, no closures, no clocks. They could cross a network.
 * R2. Whatever touches the state of the run while an attempt is under way travels over its AttemptChannel.
 * R3. Only the owner commits. An outcome means nothing until the runtime has recorded it.
 */
import type { NodeDefinition, RateLimit } from "../model/definition.ts";
import type { ErrorRecord, ValidationIssue } from "../model/error-record.ts";
import type { ModelCall } from "../model/llm.ts";
import type { LogLine } from "../store/store.ts";

export interface AttemptRequest {
  readonly runId: string;
  readonly workflow: string;
  readonly nodeId: string;
  readonly call: number;
  readonly item: number;
  readonly path: string;
  readonly attempt: number;
  /** Encoded value per parameter. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Failed items left out of gathered parameters. */
  readonly missing: number;
  /** What validation said of the attempt before, when `onInvalid` is "retry". */
  readonly feedback?: readonly ValidationIssue[];
  /** Elements an earlier attempt of this generator has recorded. */
  readonly yielded: number;
}

/** A folder that an attempt published, as its event tells it. */
export interface PublishedArtifact {
  readonly name: string;
  readonly kind?: string;
  readonly labels: readonly string[];
  readonly sha256: string;
  readonly files: number;
  readonly sizeBytes: number;
  /** The manifest, encoded. */
  readonly manifest: string;
}

/** A published folder that an attempt opened. */
export interface ReadArtifact {
  /** The selector as the node gave it. */
  readonly asked: string;
  /** What it named: `workflow/name@RUN`. */
  readonly selector: string;
  readonly sha256: string;
}

/** What an attempt did besides giving a result; recorded in the commit of its outcome. */
export interface AttemptFacts {
  readonly published?: readonly PublishedArtifact[];
  readonly read?: readonly ReadArtifact[];
  /** What it read besides its inputs: `scratchpad`, `errors`, `runId`, `attempt`, `secret`. */
  readonly impure?: readonly string[];
}

export type AttemptOutcome =
  | { readonly ok: true; readonly value: string; readonly fallback?: boolean; readonly facts?: AttemptFacts }
  /** Elements of a `many` result, with their stable keys when the node has `key`. */
  | {
      readonly ok: true;
      readonly facts?: AttemptFacts;
      readonly list: readonly string[];
      readonly keys?: readonly string[];
      readonly fallback?: boolean;
      /** A node that does not declare its result returned one value: a list of one. */
      readonly scalar?: true;
    }
  /** A generator ended; its elements went over the channel. */
  | { readonly ok: true; readonly streamed: number; readonly facts?: AttemptFacts }
  | { readonly ok: false; readonly error: ErrorRecord; readonly retryable: boolean; readonly facts?: AttemptFacts };

/** What attempts of a run ask and tell each other about published folders. */
export interface ArtifactChannel {
  /** Of the run: the hash of its code, for a manifest, and whether its folders wait for the disk. */
  run(): Promise<{ readonly version: string; readonly durability: "process" | "power-loss" }>;
  /** Takes a name for this item. @throws WorkgraphError WG5101 when another item has it */
  claim(name: string): Promise<void>;
  /** Lets a name go that was not published after all. */
  release(name: string): Promise<void>;
  /** What a selector named when this run asked first. */
  pinned(asked: string): Promise<ReadArtifact | undefined>;
  /** Says what a selector names; the first answer given is the run's answer. */
  pin(read: ReadArtifact): Promise<ReadArtifact>;
  /** Whether the attempt has neither ended nor timed out: what it publishes now is recorded. */
  counts(): Promise<boolean>;
}

/** What calls of a language model share with others. */
export interface SharedModel {
  readonly model: string;
  readonly pool?: string;
  readonly rateLimit?: RateLimit;
}

/** What attempts of a run ask and tell about their calls of language models. */
export interface ModelChannel {
  /** The default of the workflow. */
  preset(): Promise<string | undefined>;
  /** Resolves when a place is there, and gives the number to leave it with. Rejects when the attempt's signal aborts. */
  enter(shared: SharedModel): Promise<number>;
  leave(ticket: number): void;
  /** A call is over. Recorded before the outcome of the attempt. */
  called(call: ModelCall): void;
}

export interface AttemptChannel {
  readonly artifacts: ArtifactChannel;
  readonly models: ModelChannel;
  /** Aborts when the attempt times out or the run is cancelled. */
  readonly signal: AbortSignal;
  log(line: Pick<LogLine, "level" | "text" | "fields">): void;
  emit(name: string, value: string): void;
  /** Records elements of a generator from `first` on; resolves when they are committed. */
  yield(
    first: number,
    entries: { readonly values: readonly string[]; readonly keys?: readonly string[] },
  ): Promise<void>;
  /** Elements that earlier attempts recorded. */
  recorded(): Promise<{ readonly values: readonly string[]; readonly keys?: readonly string[] }>;
  scratchpadGet(key: string): Promise<string | undefined>;
  scratchpadSet(key: string, value: string): Promise<void>;
  scratchpadCas(key: string, expected: string | undefined, value: string): Promise<boolean>;
  onceGet(key: string): Promise<string | undefined>;
  oncePut(key: string, value: string): Promise<void>;
  /** Failed attempts recorded in this run so far, retried ones included, oldest first. */
  errors(node: string | undefined): Promise<readonly ErrorRecord[]>;
}

export interface Engine {
  /** Attempts of one call at once, whatever its node says. Absent: as that says. */
  readonly slots?: number;
  attempt(request: AttemptRequest, channel: AttemptChannel): Promise<AttemptOutcome>;
  /** Makes the nodes of a run known before its first attempt. */
  define(runId: string, definitions: ReadonlyMap<string, NodeDefinition>): void;
  forget(runId: string): void;
}
