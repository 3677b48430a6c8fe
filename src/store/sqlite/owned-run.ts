/**
 * A run that this process owns: what waits to be written for it, and what is known of it so that writing needs no reading.
 *
 * Owns: the order and bytes of a run's commit. Leaves to group-commit.ts: when; to run-index.ts: what events mean.
 *
 * R1. What is given after a wrong seq or under a stale epoch is refused at once; the owner is checked again inside the
 *     transaction whenever another connection has written.
 * R2. What is in memory is never ahead of the database between two commits: events are applied inside the transaction, and after
 *     a commit that failed everything is read anew.
 * R3. One commit is one block of the log, or several when its text passes BLOCK_UNITS; each continues the chain.
 */
import { jsonText, parseJson } from "../../base/primordials.ts";
import { Deferred } from "../../base/deferred.ts";
import { sha256Hex } from "../../base/hash.ts";
import type { AppendedEvent } from "../../model/events.ts";
import type { ModelTotals } from "../../model/llm.ts";
import type { ItemCounts } from "../../model/status.ts";
import { fileHashes } from "../artifact-facts.ts";
import type { ArtifactFact } from "../artifact-facts.ts";
import { CHAIN_START, chainHash } from "../chain.ts";
import { createdEvent } from "../created-event.ts";
import { assertEncoded, eventText, INLINE_UNITS } from "../log-line.ts";
import type { MemoGiven } from "../memo.ts";
import { memosOf } from "../memo.ts";
import { notOwner, wrongSeq } from "../refusals.ts";
import type { CallIndex } from "../run-index.ts";
import { codeCounts, countsRecord, RunIndex } from "../run-index.ts";
import type { Append, ListChunk, LogLine, NewRun } from "../store.ts";
import type { ArtifactRows } from "./artifact-rows.ts";
import type { NamedBlob } from "./blobs.ts";
import { writeNamedBlob } from "./blobs.ts";
import type { CallRows } from "./call-rows.ts";
import type { Database } from "./database.ts";
import type { ErrorRows } from "./error-rows.ts";
import type { GroupCommit, Unit } from "./group-commit.ts";
import { assertWithin, logKey, MAX_SEQ } from "./keys.ts";
import type { Lists } from "./lists.ts";
import type { LogBlocks, RunKey } from "./log-blocks.ts";
import type { MemoRows } from "./memo-rows.ts";
import type { RunRows, StoredRun } from "./run-rows.ts";
import type { SideTables } from "./side-tables.ts";

/** Text of one block: a reader decodes a whole block for one value of it. */
const BLOCK_UNITS = 256 * 1024;
/** What a small write costs in the write-ahead log. */
const PAGE_BYTES = 4096;
/** Packed pages of one call that stay in memory after a commit: 3.4 KB each. */
const KEPT_PAGES = 1_024;

/** The parts of the store that a run writes through. */
export interface RunParts {
  readonly database: Database;
  readonly commits: GroupCommit;
  readonly log: LogBlocks;
  readonly runs: RunRows;
  readonly calls: CallRows;
  readonly lists: Lists;
  readonly errors: ErrorRows;
  readonly side: SideTables;
  readonly artifacts: ArtifactRows;
  readonly memos: MemoRows;
  readonly ownerId: string;
}

interface Operation {
  readonly write: () => unknown;
  result?: unknown;
  readonly done: Deferred<unknown>;
}

interface Block {
  readonly first: number;
  readonly n: number;
  readonly previous: string;
  readonly hash: string;
  readonly body: string;
}

export class OwnedRun implements Unit {
  readonly key: RunKey;
  readonly epoch: number;
  readonly #parts: RunParts;
  #row: StoredRun;
  readonly #lost: () => void;
  readonly #told: () => void;
  #index: RunIndex;
  #hash: string;
  #givenSeq: number;
  #checkedAt: number;
  /** This process has acquired the run anew: what is given to this hold of it is too late. */
  fenced = false;
  #events: AppendedEvent[] = [];
  #lines: LogLine[] = [];
  #memos: MemoGiven[] = [];
  #operations: Operation[] = [];
  #appended: Deferred<void> | undefined;
  /** Its own row is written once in a commit, last: a run that ends is mostly released in the same one. */
  #rowChanged = false;
  #writing: { readonly blocks: readonly Block[]; readonly blobs: readonly NamedBlob[] } = { blocks: [], blobs: [] };

  /** @param row as written by `acquire` in a transaction that has committed. */
  constructor(parts: RunParts, row: StoredRun, on: { readonly lost: () => void; readonly committed: () => void }) {
    this.#parts = parts;
    this.#row = row;
    this.#lost = on.lost;
    this.#told = on.committed;
    this.key = { runId: row.run_id, runNo: row.run_no };
    this.epoch = row.epoch;
    this.#checkedAt = parts.commits.foreignWrites;
    ({ index: this.#index, hash: this.#hash } = this.#read());
    this.#givenSeq = this.#index.facts.seq;
  }

  get seq(): number {
    return this.#index.facts.seq;
  }

  append(append: Append): Promise<void> {
    const { runId, epoch, expectedSeq } = append;
    if (epoch !== this.epoch) return Promise.reject(notOwner({ runId, epoch }));
    if (expectedSeq !== this.#givenSeq) {
      return Promise.reject(wrongSeq({ runId, expectedSeq, seq: this.#givenSeq }));
    }
    if (append.memos !== undefined && append.memos.length > 0) this.#memos.push(...memosOf(append));
    for (const event of append.events) this.#events.push(event);
    this.#givenSeq += append.events.length;
    if (append.logs) for (const line of append.logs) this.#lines.push(line);
    if (append.lists) for (const chunk of append.lists) this.#addList(chunk);
    this.#appended ??= new Deferred<void>();
    this.#parts.commits.add(this);
    return this.#appended.promise;
  }

  /** Writes something beside the log, fenced as events are. */
  operate<T>(epoch: number, write: () => T): Promise<T> {
    if (epoch !== this.epoch) return Promise.reject(notOwner({ runId: this.key.runId, epoch }));
    return this.#add(write) as Promise<T>;
  }

  /** Gives the run up, after what was given before. */
  release(epoch: number): Promise<void> {
    return this.operate(epoch, () => {
      this.#row.owner_id = null;
      this.#row.owner_pid = null;
      this.#row.owner_started_at = null;
      this.#rowChanged = true;
    }).then(this.#lost);
  }

  get synced(): boolean {
    return this.#row.durability === "power-loss";
  }

  get guarded(): boolean {
    return this.#operations.length > 0;
  }

  prepare(): void {
    const { commits, runs, ownerId } = this.#parts;
    if (this.fenced) throw notOwner({ runId: this.key.runId, epoch: this.epoch });
    if (this.#checkedAt !== commits.foreignWrites) {
      if (!runs.isHeld(this.key.runNo, { epoch: this.epoch, ownerId })) {
        this.#lost();
        throw notOwner({ runId: this.key.runId, epoch: this.epoch });
      }
      this.#checkedAt = commits.foreignWrites;
    }
    const events = this.#events;
    if (events.length === 0) return;
    assertWithin(this.#index.facts.seq + events.length, MAX_SEQ);
    this.#writing = this.#encode(events);
    for (let i = 0; i < events.length; i++) this.#index.apply(events[i]!.event);
  }

  write(): number {
    let bytes = 0;
    const { database, calls, runs, side } = this.#parts;
    const { blocks, blobs } = this.#writing;
    const { facts } = this.#index;
    for (const blob of blobs) {
      writeNamedBlob(database, blob);
      bytes += blob.bytes.length;
    }
    if (blocks.length > 0) {
      const counts = jsonText(countsRecord(facts.counts));
      const models = facts.models === undefined ? null : jsonText(facts.models);
      const insert = database.statement(
        "INSERT INTO log (id, n, calls, counts, models, previous, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      );
      for (const block of blocks) {
        insert.run(
          logKey(this.key.runNo, block.first),
          block.n,
          facts.calls,
          counts,
          models,
          block.previous,
          block.hash,
          block.body,
        );
        bytes += block.body.length;
      }
      for (const call of this.#index.dirtyCalls) {
        calls.write(this.key.runNo, call);
        bytes += PAGE_BYTES;
      }
      if (this.#index.errors.length > 0) {
        this.#parts.errors.write({ runNo: this.key.runNo, workflow: this.#row.workflow }, this.#index.errors);
      }
      if (this.#index.statusChanged) {
        this.#row.logged = facts.logged;
        this.#row.started_at = facts.startedAt ?? null;
        this.#row.ended_at = facts.endedAt ?? null;
        this.#rowChanged = true;
      }
    }
    for (const fact of this.#index.artifacts) this.#writeArtifact(fact);
    this.#parts.memos.write(this.key.runNo, this.#memos);
    if (this.#index.statusChanged || this.#operations.length > 0) this.#parts.memos.flush();
    for (const line of this.#lines) side.addLine(this.key.runNo, line);
    for (const operation of this.#operations) {
      operation.result = operation.write();
      bytes += PAGE_BYTES;
    }
    if (this.#rowChanged) runs.update(this.#row);
    this.#rowChanged = false;
    return bytes;
  }

  committed(): void {
    this.#hash = this.#writing.blocks.at(-1)?.hash ?? this.#hash;
    this.#index.settle(keepInMemory);
    const { appended, operations } = this.#taken();
    for (const operation of operations) operation.done.resolve(operation.result);
    appended?.resolve();
    this.#told();
  }

  failed(error: unknown): void {
    const { appended, operations } = this.#taken();
    try {
      const row = this.#parts.runs.find(this.key.runId);
      if (row?.epoch !== this.epoch || row.owner_id !== this.#parts.ownerId) throw error;
      this.#row = row;
      ({ index: this.#index, hash: this.#hash } = this.#read());
      this.#givenSeq = this.#index.facts.seq;
    } catch {
      // Somebody else has it, or nobody knows what stands in the file: it must be acquired again before anything is appended.
      this.#lost();
    }
    for (const operation of operations) operation.done.reject(error);
    appended?.reject(error);
  }

  #writeArtifact({ seq, event }: ArtifactFact): void {
    const { artifacts } = this.#parts;
    if (event.type === "artifact.read") return artifacts.writeRead(this.key.runNo, { seq, event });
    const manifest = this.#events[seq - this.#index.facts.seq - 1 + this.#events.length]?.value;
    const run = { runNo: this.key.runNo, workflow: this.#row.workflow };
    artifacts.writePublished(run, { seq, event, files: fileHashes(manifest) });
  }

  #addList(chunk: ListChunk): void {
    this.#add(() => this.#parts.lists.write(this.key.runNo, chunk)).catch(() => undefined);
  }

  #add(write: () => unknown): Promise<unknown> {
    const operation: Operation = { write, done: new Deferred() };
    this.#operations.push(operation);
    this.#parts.commits.add(this);
    return operation.done.promise;
  }

  #taken(): { readonly appended: Deferred<void> | undefined; readonly operations: readonly Operation[] } {
    const taken = { appended: this.#appended, operations: this.#operations };
    this.#events = [];
    this.#lines = [];
    this.#memos = [];
    this.#operations = [];
    this.#appended = undefined;
    this.#rowChanged = false;
    this.#writing = { blocks: [], blobs: [] };
    return taken;
  }

  #read(): { readonly index: RunIndex; readonly hash: string } {
    const { log, calls } = this.#parts;
    const end = log.end(this.key);
    const row = this.#row;
    const index = new RunIndex(calls.source(this.key), {
      seq: end?.seq ?? 0,
      logged: row.logged,
      startedAt: row.started_at ?? undefined,
      endedAt: row.ended_at ?? undefined,
      calls: end?.calls ?? 0,
      counts: codeCounts(parseJson(end?.counts ?? "{}") as ItemCounts),
      models: end?.models ? (parseJson(end.models) as ModelTotals) : undefined,
    });
    return { index, hash: end?.hash ?? CHAIN_START };
  }

  #encode(events: readonly AppendedEvent[]): {
    readonly blocks: readonly Block[];
    readonly blobs: readonly NamedBlob[];
  } {
    const blocks: Block[] = [];
    const blobs: NamedBlob[] = [];
    let lines: string[] = [];
    let units = 0;
    let first = this.#index.facts.seq + 1;
    let previous = this.#hash;
    const close = (): void => {
      const body = lines.join("\n");
      const hash = chainHash(previous, body);
      blocks.push({ first, n: lines.length, previous, hash, body });
      previous = hash;
      first += lines.length;
      lines = [];
      units = 0;
    };
    for (let i = 0; i < events.length; i++) {
      const { event, value } = events[i]!;
      const text = eventText(event);
      const line = value === undefined ? text : lineOf(text, { value, blobs });
      lines.push(line);
      units += line.length;
      if (units >= BLOCK_UNITS) close();
    }
    if (lines.length > 0) close();
    return { blocks, blobs };
  }
}

function lineOf(event: string, { value, blobs }: { readonly value: string; readonly blobs: NamedBlob[] }): string {
  assertEncoded(value);
  if (value.length <= INLINE_UNITS) return `${event}\t${value}`;
  const hash = sha256Hex(value);
  blobs.push({ hash, bytes: Buffer.from(value, "utf8") });
  return `${event}\t#${hash}`;
}

/** The first block of a run: its creation, before anybody owns it. */
export function firstBlock(run: NewRun): { readonly block: Block; readonly blobs: readonly NamedBlob[] } {
  const event = createdEvent(run);
  const blobs: NamedBlob[] = [];
  const body = lineOf(eventText(event), { value: run.input, blobs });
  return { block: { first: 1, n: 1, previous: CHAIN_START, hash: chainHash(CHAIN_START, body), body }, blobs };
}

/** A closed call rarely changes again, and is read when it does. */
function keepInMemory(call: CallIndex): boolean {
  if (call.pages.size > KEPT_PAGES) call.pages.clear();
  return call.closedSeq === 0;
}
