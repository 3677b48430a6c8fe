/**
 * The store: event logs, what indexes them, and blobs. One interface, several implementations, one contract suite.
 *
 * Owns: the shape every implementation has. Leaves to runtime/: what events mean; to app/: which store is opened.
 *
 * R1. Only the owner appends. `append` names the epoch it owns; a stale epoch is refused inside the transaction.
 * R2. `seq` is gap-free from 1. `append` names the seq it expects to follow; anything else is refused.
 * R3. Everything given to one `append` becomes durable together or not at all. The promise resolves after the commit;
 *     appends of one turn of the event loop share a commit (group commit).
 * R4. Each commit of a run continues its hash chain: hash = sha256(previous hash, bytes of the events).
 * R5. Readers never block the owner and never see part of an append.
 * R6. Values come back as the text that was recorded, byte for byte.
 */
import type { AppendedEvent, ParentItem, RunEvent, RunOrigin, StoredEvent } from "../model/events.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";
import type { ModelTotals } from "../model/llm.ts";
import type { ItemStatus, LoggedRunStatus, RunStatus } from "../model/status.ts";
import type { Changes } from "./change-feed.ts";
import type { ErrorGroupStore } from "./error-groups.ts";
import type { ImportStore } from "./imports.ts";
import type { NoteStore } from "./notes.ts";
import type { PoolStore } from "./pools.ts";
import type { RateStore } from "./rates.ts";
import type { SearchStore } from "./search.ts";
import type { TriggerStore } from "./triggers.ts";
import type { UpkeepStore } from "./upkeep.ts";

/** Where the code of a run came from. */
export interface CodeOrigin {
  /** Folder that the stored paths of its version are relative to, itself relative to the project folder; "" for the same. */
  readonly root: string;
  /** What git knew, where there was a repository. */
  readonly git?: { readonly commit: string | undefined; readonly branch: string | undefined; readonly dirty: boolean };
}

/** Who wants to own runs: one per process; its lock dies with the process. */
export interface OwnerInfo {
  readonly ownerId: string;
  readonly pid: number;
  readonly startedAt: number;
}

export interface NewRun {
  readonly runId: RunId;
  readonly project: string;
  readonly workflow: string;
  /** Closure hash, or "unversioned". */
  readonly version: string;
  /** Blob hash of the version's manifest, when there is one. */
  readonly manifest?: string;
  readonly code?: CodeOrigin;
  readonly tags: Readonly<Record<string, string>>;
  readonly caller: { readonly kind: string; readonly id: string };
  /** "power-loss": every commit of this run waits for the disk. Default "process": survives kill -9. */
  readonly durability?: "process" | "power-loss";
  readonly idempotencyKey?: string;
  readonly parent?: ParentItem;
  readonly origin?: RunOrigin;
  /** Of runs that wait for a place: higher first, then the older. Default 0. */
  readonly priority?: number;
  /** Encoded input. */
  readonly input: string;
  readonly createdAt: number;
}

export interface RunRow {
  readonly runId: RunId;
  readonly project: string;
  readonly workflow: string;
  readonly version: string;
  readonly manifest?: string;
  readonly code?: CodeOrigin;
  readonly tags: Readonly<Record<string, string>>;
  readonly caller: { readonly kind: string; readonly id: string };
  readonly parent?: ParentItem;
  /** The topmost run above it; itself when it has no parent. */
  readonly root: RunId;
  readonly origin?: RunOrigin;
  readonly priority: number;
  /** Kept by `forget`, whatever its age. */
  readonly pinned: boolean;
  /** Its log, items and values were removed at this time (epoch ms); the row stays as a tombstone. */
  readonly forgottenAt?: number;
  /** As who removed it said. */
  readonly forgottenWhy?: string;
  readonly logged: LoggedRunStatus;
  /** Log and owner joined. */
  readonly status: RunStatus;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly seq: number;
  readonly epoch: number;
  /** Present when the run waits for the disk. */
  readonly durability?: "power-loss";
  readonly owner?: OwnerInfo & { readonly alive: boolean };
  /** Times an owner died while holding this run. */
  readonly ownerDeaths: number;
  /** Items by status, kept current by appends; those of superseded calls are left out. */
  readonly counts: Readonly<Partial<Record<ItemStatus, number>>>;
  readonly calls: number;
  /** What its calls of language models come to; absent where there were none. */
  readonly models?: ModelTotals;
}

export interface RunPage {
  readonly runs: readonly RunRow[];
  readonly total: number;
  /** The words are so common that they were not looked for in all runs. */
  readonly isCut?: boolean;
  /** Of a page that is cut: nobody has looked below this run. None: no page has what is missing. */
  readonly lookedTo?: RunId;
}

export interface RunFilter {
  readonly workflow?: string;
  /** One status, or any of several. */
  readonly status?: RunStatus | readonly RunStatus[];
  readonly version?: string;
  /** Child runs of this run. */
  readonly parent?: RunId;
  /** This run and everything below it. */
  readonly root?: RunId;
  /** Runs made from this one (fork, reuse, continues, rerun). */
  readonly origin?: RunId;
  /** "root": runs without a parent only. Default "all". */
  readonly level?: "root" | "all";
  /** Created at or after / before these times, epoch ms. */
  readonly createdFrom?: number;
  readonly createdBefore?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** Ended runs that took at least / at most so long from their start, pauses included. */
  readonly minMs?: number;
  readonly maxMs?: number;
  /** Runs in which one error, log line or value has all these words (search.ts, R2); "" is no condition. */
  readonly text?: string;
  /** Runs with ids below this one (pages go from newest to oldest). */
  readonly before?: RunId;
  /** 1 to 1000, default 50. */
  readonly limit?: number;
}

export interface CallRow {
  readonly call: CallNo;
  readonly seq: number;
  readonly event: Extract<RunEvent, { type: "call.created" }>;
  readonly closed?: Extract<RunEvent, { type: "call.closed" }>;
  readonly superseded: boolean;
  readonly counts: Readonly<Partial<Record<ItemStatus, number>>>;
}

export interface ItemRow {
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly status: ItemStatus;
  readonly attempts: number;
  /** Seq of the event that set the status. */
  readonly seq: number;
  readonly startedAt?: number;
  /** Duration of the last attempt. */
  readonly ms?: number;
  /** Elements of a `many` result. */
  readonly size?: number;
}

export interface ItemFilter {
  readonly call?: CallNo;
  readonly item?: ItemNo;
  readonly status?: readonly ItemStatus[];
  /** Continue after this (call, item). */
  readonly after?: readonly [CallNo, ItemNo];
  /** 1 to 10,000, default 100. */
  readonly limit?: number;
}

/** Names a recorded value: the result of (call, item), or element `index` of the list stored under it.
 *  Lists of plain arrays use the negative list number as `call` and item 0. */
export interface ValueKey {
  readonly call: number;
  readonly item: ItemNo;
  readonly index?: number;
}

/** Elements of a list, staged before the event that names them or appended together with it. */
export interface ListChunk {
  /** Call number, or the negative number of a recorded plain array. */
  readonly call: number;
  readonly item: ItemNo;
  readonly first: number;
  /** One encoded value per element. */
  readonly values: readonly string[];
  /** Stable keys, when the node has `key`. */
  readonly keys?: readonly string[];
}

export interface LogLine {
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly attempt: number;
  readonly at: number;
  /** "stream": a chunk given to `ctx.stream`; "progress": `ctx.progress`; "out"/"err": what the node wrote to stdout or stderr;
   *  "span": a span that node code opened. */
  readonly level: "debug" | "info" | "warn" | "error" | "progress" | "stream" | "out" | "err" | "span";
  readonly text: string;
  /** Encoded extra fields. */
  readonly fields?: string;
}

export interface StoredLogLine extends LogLine {
  /** Cursor of side tables: increases, may have gaps. */
  readonly id: number;
}

/** A result under its memo key; its `item.completed` is in the same append. */
export interface Memo {
  /** Lower-case hex digits, at least 26. */
  readonly key: string;
  readonly call: CallNo;
  readonly item: ItemNo;
}

export interface Append {
  readonly runId: RunId;
  readonly epoch: number;
  /** The seq after which these events follow. */
  readonly expectedSeq: number;
  readonly events: readonly AppendedEvent[];
  readonly lists?: readonly ListChunk[];
  /** Results of this append that other runs may take, by memo key. */
  readonly memos?: readonly Memo[];
  readonly logs?: readonly LogLine[];
}

export interface Command {
  readonly id: number;
  readonly runId: RunId;
  readonly kind: "cancel";
  readonly by: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly at: number;
}

export interface ErrorRow {
  readonly seq: number;
  readonly call?: CallNo;
  readonly item?: ItemNo;
  readonly attempt?: number;
  readonly error: ErrorRecord;
  /** False for an attempt that was retried. */
  readonly final: boolean;
}

/** A published folder, as the log of its run tells. */
export interface ArtifactRow {
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly attempt: number;
  readonly seq: number;
  readonly at: number;
  readonly name: string;
  readonly kind?: string;
  readonly labels: readonly string[];
  readonly sha256: string;
  readonly files: number;
  readonly sizeBytes: number;
}

export interface ArtifactFilter {
  readonly runId?: RunId;
  readonly workflow?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly label?: string;
  /** Beginning of the content hash, at least 6 characters. */
  readonly sha256?: string;
  /** Content hash of a file that is in the folder. */
  readonly file?: string;
  /** Rows older than this one: pages go from newest to oldest. */
  readonly before?: { readonly runId: RunId; readonly seq: number };
  /** 1 to 1000, default 50. */
  readonly limit?: number;
}

/** A published folder was opened by an item. */
export interface ArtifactReadRow {
  readonly runId: RunId;
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly seq: number;
  readonly asked: string;
  readonly selector: string;
  readonly sha256: string;
}

/** A result that other runs may take: the newest recorded under a memo key. */
export interface MemoEntry {
  readonly runId: RunId;
  readonly call: CallNo;
  readonly item: ItemNo;
  /** Epoch ms. */
  readonly at: number;
}

export interface Acquired {
  readonly epoch: number;
  readonly seq: number;
}

export interface EventStore
  extends SearchStore, ErrorGroupStore, TriggerStore, PoolStore, RateStore, NoteStore, UpkeepStore, ImportStore {
  /** Creates the row and its `run.created` event (seq 1). With an idempotency key that is known for this workflow, gives the old
   *  run's id and creates nothing (`created: false`); WG5008 when the key was used with another input. */
  createRun(run: NewRun): Promise<{ readonly runId: RunId; readonly created: boolean }>;
  /** Takes ownership when nobody alive has it: raises the epoch. Throws WG5006 (owned, with pid) or WG5001 (unknown run). */
  acquire(runId: RunId): Promise<Acquired>;
  /** Gives up ownership (a paused or ended run). */
  release(runId: RunId, epoch: number): Promise<void>;
  /** Throws WG5009 (stale epoch, not owned), WG5011 (wrong seq), WG5004 (full), WG5012 (locked); then nothing of it was written. */
  append(append: Append): Promise<void>;
  /** Writes list elements ahead of the event that will name them. Replaces what the list held from `first` on (an earlier attempt's
   *  elements); what comes before `first` stays. Same fencing as append. */
  stage(runId: RunId, epoch: number, chunk: ListChunk): Promise<void>;

  run(runId: RunId): Promise<RunRow | undefined>;
  runs(filter?: RunFilter): Promise<RunPage>;
  /** Run ids that start with a prefix, at most `limit`, newest first. */
  runsByPrefix(prefix: string, limit: number): Promise<readonly RunId[]>;
  /** Events with seq > after in order; `limit` default 1,000. `values: "none"` leaves inline values out (cheaper). */
  events(
    runId: RunId,
    options?: { readonly after?: number; readonly limit?: number; readonly values?: "none" | "inline" },
  ): Promise<readonly StoredEvent[]>;
  calls(runId: RunId): Promise<readonly CallRow[]>;
  items(runId: RunId, filter?: ItemFilter): Promise<{ readonly items: readonly ItemRow[]; readonly total: number }>;
  /** The encoded text of each value, in the order asked; undefined where nothing is recorded. Blobs are resolved. */
  values(runId: RunId, keys: readonly ValueKey[]): Promise<readonly (string | undefined)[]>;
  /** Elements first..first+count-1 of a list (fewer at its end), with keys where they were given. */
  list(
    runId: RunId,
    key: ValueKey,
    range: { readonly first: number; readonly count: number },
  ): Promise<{ readonly values: readonly string[]; readonly keys?: readonly string[] }>;
  /** The value that an event carries (input, output, plain arguments), by its seq. */
  eventValue(runId: RunId, seq: number): Promise<string | undefined>;
  errors(runId: RunId, options?: { readonly after?: number; readonly limit?: number }): Promise<readonly ErrorRow[]>;
  logs(
    runId: RunId,
    options?: { readonly call?: CallNo; readonly item?: ItemNo; readonly after?: number; readonly limit?: number },
  ): Promise<readonly StoredLogLine[]>;

  /** Published folders, newest first. Rows follow from `artifact.published` events, in the commit of the event. */
  artifacts(filter?: ArtifactFilter): Promise<{ readonly artifacts: readonly ArtifactRow[]; readonly total: number }>;
  /** Who opened published folders: the reads of one run, or those of one content hash by any run; oldest first, at most `limit`
   *  (default 1,000). */
  artifactReads(
    of: { readonly runId: RunId } | { readonly sha256: string },
    limit?: number,
  ): Promise<readonly ArtifactReadRow[]>;
  /** The newest result under each memo key, in the order asked; entries of forgotten runs are gone, and older ones that they
   *  replaced may be gone with them. */
  memos(keys: readonly string[]): Promise<readonly (MemoEntry | undefined)[]>;

  /** Keeps a run from being forgotten, or lets it go. WG5001 for an unknown run. */
  pin(runId: RunId, how: "pinned" | "free"): Promise<void>;
  /** Removes the log, items, values, logs and memos of an ended run that is not pinned; its row, and those of the artifacts that
   *  it published, stay. Reading what was removed is WG5061, which says when and why. WG5060 when the run is pinned, held or not
   *  ended (an owner may come back). A run that is forgotten already stays so. */
  forget(runId: RunId, why?: string): Promise<void>;
  /** Deletes blobs that no run, version or value names any more; with "dry" only counts them. One that was put within the last hour
   *  stays: what will name it may not be written yet. */
  sweepBlobs(how: "delete" | "dry"): Promise<{ readonly blobs: number; readonly bytes: number }>;

  /** Run-scoped durable values. `version` counts writes of a key from 1; 0 = never written. */
  scratchpad: {
    get(runId: RunId, key: string): Promise<{ readonly value: string; readonly version: number } | undefined>;
    set(runId: RunId, epoch: number, entry: { readonly key: string; readonly value: string }): Promise<number>;
    /** Writes when the present value equals `expected` (undefined: not written yet); answers whether it did. */
    cas(
      runId: RunId,
      epoch: number,
      entry: { readonly key: string; readonly expected: string | undefined; readonly value: string },
    ): Promise<boolean>;
  };
  /** Sub-results of `ctx.once`, by (call, item, key). */
  once: {
    get(
      runId: RunId,
      key: { readonly call: CallNo; readonly item: ItemNo; readonly key: string },
    ): Promise<string | undefined>;
    put(
      runId: RunId,
      epoch: number,
      entry: { readonly call: CallNo; readonly item: ItemNo; readonly key: string; readonly value: string },
    ): Promise<void>;
  };

  /** Asks the owner for something; anybody may. */
  command(command: {
    readonly runId: RunId;
    readonly kind: "cancel";
    readonly by: string;
    readonly args?: Readonly<Record<string, unknown>>;
  }): Promise<number>;
  /** Commands not yet taken for runs this process owns; taking removes them. */
  takeCommands(runIds: readonly RunId[]): Promise<readonly Command[]>;
  /** Commands that nobody has taken, for runs that have not ended: oldest first, at most 100. They stay. */
  pendingCommands(): Promise<readonly Command[]>;

  /** Events as they are committed, by this process or another, until the run has ended or `signal` aborts. */
  tail(
    runId: RunId,
    options?: { readonly after?: number; readonly signal?: AbortSignal; readonly values?: "none" | "inline" },
  ): AsyncIterable<StoredEvent>;

  /** That runs changed, by this process or another, until `signal` aborts: for lists of runs. What changed is read anew. */
  changes(signal?: AbortSignal): AsyncIterable<Changes>;

  /** Verifies the hash chain of a run; the seq of the first bad commit, or undefined. */
  verify(runId: RunId): Promise<{ readonly badSeq: number; readonly reason: string } | undefined>;
  /** Commits what is pending, gives up the runs still owned (they read interrupted, nobody died) and closes. Later calls reject
   *  with WG5007. */
  close(): Promise<void>;
  /** Commits what is pending now, synchronously where the implementation can (used when the process is exiting). */
  flushSync(): void;
  readonly owner: OwnerInfo;
}

export interface BlobStore {
  /** Stores bytes under their sha256 (lowercase hex) and gives it. */
  putBlob(bytes: Uint8Array): Promise<string>;
  getBlob(hash: string): Promise<Uint8Array | undefined>;
}

/** What `openStore` gives: both interfaces over one database. */
export type Store = EventStore & BlobStore;
