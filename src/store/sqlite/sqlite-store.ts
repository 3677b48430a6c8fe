/**
 * The store on one machine: `.workgraph/workgraph.db`.
 *
 * Owns: which part answers what. Leaves to: access.ts waiting and refusing, group-commit.ts when things are written, held-runs.ts
 * and owned-run.ts what owners do, log-blocks.ts the log, call-rows.ts calls and items, lists.ts lists, run-rows.ts runs,
 * artifact-rows.ts published folders, retention.ts what goes, owner-lock.ts who lives.
 */
import { ulid } from "ulid";
import type { Clock } from "../../base/clock.ts";
import { systemClock } from "../../base/clock.ts";
import type { StoredEvent } from "../../model/events.ts";
import type { RunId } from "../../model/ids.ts";
import type { Changes } from "../change-feed.ts";
import type { ErrorGroupFilter } from "../error-groups.ts";
import type { NewNote, NoteFilter } from "../notes.ts";
import type { ImportedRun, LogBlock } from "../imports.ts";
import { OwnerLock } from "../owner-lock.ts";
import type { PoolAsk, PoolGrant } from "../pools.ts";
import { unknownRun } from "../refusals.ts";
import type { SearchLag, SearchPage, SearchQuery } from "../search.ts";
import type {
  Acquired,
  Append,
  ArtifactFilter,
  ArtifactReadRow,
  Command,
  ErrorRow,
  ListChunk,
  MemoEntry,
  NewRun,
  OwnerInfo,
  RunFilter,
  RunRow,
  Store,
  ValueKey,
} from "../store.ts";
import { tailEvents } from "../tail.ts";
import type { Fire, FireClaim } from "../triggers.ts";
import type { CopyKind, Salvage, StoreHealth } from "../upkeep.ts";
import { Access } from "./access.ts";
import { ArtifactRows } from "./artifact-rows.ts";
import { backupDatabase } from "./backup.ts";
import { faultsIn } from "./integrity.ts";
import { readBlob, writeBlob } from "./blobs.ts";
import { CallRows } from "./call-rows.ts";
import { CommitWatch } from "./commit-watch.ts";
import type { Database } from "./database.ts";
import { ErrorRows } from "./error-rows.ts";
import type { RateAsk, RateGrant } from "../rates.ts";
import { RateRows } from "./rate-rows.ts";
import { FireRows } from "./fire-rows.ts";
import { ForeignRuns } from "./foreign-runs.ts";
import { GroupCommit } from "./group-commit.ts";
import { HeldRuns } from "./held-runs.ts";
import { Indexer } from "./indexer.ts";
import { Lists } from "./lists.ts";
import { LogBlocks } from "./log-blocks.ts";
import type { RunKey } from "./log-blocks.ts";
import { MemoRows } from "./memo-rows.ts";
import { NoteRows } from "./note-rows.ts";
import { openDatabase } from "./open-database.ts";
import type { OwnedRun, RunParts } from "./owned-run.ts";
import { PoolRows } from "./pool-rows.ts";
import { Retention } from "./retention.ts";
import { RunRows } from "./run-rows.ts";
import { SearchRows } from "./search-rows.ts";
import { SideTables } from "./side-tables.ts";
import { healthOf, salvageRun } from "./upkeep.ts";

export interface SqliteStoreOptions {
  /** The data folder; made when it is missing. */
  readonly dir: string;
  /** "process" (default) survives kill -9; "power-loss" also waits for the disk at every commit. */
  readonly durability?: "process" | "power-loss";
  readonly clock?: Clock;
  /** Opens without writing anything; what writes is refused with WG5005, a folder without a store with WG5014. */
  readonly readOnly?: boolean;
  /** How long another program's lock on the file is waited for; default 30,000. */
  readonly busyMs?: number;
  /** Upper bound of the file: a commit beyond it is refused as on a full disk (WG5004). */
  readonly maxSizeBytes?: number;
}

const BUSY_MS = 30_000;

/** @throws WorkgraphError WG5002 (damaged, not ours), WG5003 (newer), WG5005 (read-only), WG5012 (locked), WG5014 (nothing there). */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const busyMs = options.busyMs ?? BUSY_MS;
  const database = await openDatabase({ ...options, busyMs });
  return new SqliteStore(database, {
    busyMs,
    clock: options.clock ?? systemClock,
    readOnly: options.readOnly === true,
    durability: options.durability ?? "process",
  });
}

interface Settings {
  readonly busyMs: number;
  readonly clock: Clock;
  readonly readOnly: boolean;
  readonly durability: "process" | "power-loss";
}

/** Events after which a reader lets others go first. */
const LONG_PAGE = 1_000;

class SqliteStore implements Store {
  readonly owner: OwnerInfo;
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #lock: OwnerLock;
  readonly #access: Access;
  readonly #retention: Retention;
  readonly #parts: RunParts;
  readonly #held: HeldRuns;
  readonly #watch: CommitWatch;
  readonly #words: SearchRows;
  readonly #indexer: Indexer;
  readonly #fires: FireRows;
  readonly #rates: RateRows;
  readonly #pools: PoolRows;
  readonly #notes: NoteRows;
  readonly #foreign: ForeignRuns;

  constructor(database: Database, settings: Settings) {
    this.#database = database;
    this.#settings = settings;
    this.owner = { ownerId: ulid(), pid: process.pid, startedAt: settings.clock.now() };
    this.#lock = new OwnerLock(database.dir, this.owner.ownerId);
    const log = new LogBlocks(database);
    const commits = new GroupCommit(database, {
      busyMs: settings.busyMs,
      synced: settings.durability === "power-loss",
    });
    this.#access = new Access(database, commits, settings);
    const lists = new Lists(database);
    const words = new SearchRows(database, { log, lists });
    this.#parts = {
      database,
      commits,
      log,
      errors: new ErrorRows(database, { log, words }),
      runs: new RunRows(database, { log, lock: this.#lock }),
      calls: new CallRows(database),
      lists,
      side: new SideTables(database),
      artifacts: new ArtifactRows(database),
      memos: new MemoRows(database),
      ownerId: this.owner.ownerId,
    };
    this.#words = words;
    this.#indexer = new Indexer({ access: this.#access, log, lists, words, errors: this.#parts.errors });
    this.#fires = new FireRows(database);
    this.#rates = new RateRows(database);
    this.#pools = new PoolRows(this.#access, this.#lock);
    this.#notes = new NoteRows(database);
    this.#watch = new CommitWatch(database);
    this.#held = new HeldRuns(this.#access, this.#parts, {
      lock: this.#lock,
      owner: this.owner,
      committed: (runId) => this.#watch.committed(runId),
    });
    this.#foreign = new ForeignRuns(this.#access, this.#parts, (runId) => this.#watch.committed(runId));
    this.#retention = new Retention({
      access: this.#access,
      runs: this.#parts.runs,
      log,
      memos: this.#parts.memos,
      lock: this.#lock,
      clock: settings.clock,
    });
    if (!settings.readOnly) this.#lock.sweep();
  }

  // Runs and ownership

  createRun(run: NewRun): Promise<{ readonly runId: RunId; readonly created: boolean }> {
    return this.#held.createRun(run);
  }

  acquire(runId: RunId): Promise<Acquired> {
    return this.#held.acquire(runId);
  }

  release(runId: RunId, epoch: number): Promise<void> {
    return this.#held.with({ runId, epoch }, (run) => run.release(epoch));
  }

  append(append: Append): Promise<void> {
    return this.#held.with(append, (run) => run.append(append));
  }

  stage(runId: RunId, epoch: number, chunk: ListChunk): Promise<void> {
    return this.#held.with({ runId, epoch }, (run) =>
      run.operate(epoch, () => this.#parts.lists.write(run.key.runNo, chunk)),
    );
  }

  // Reading

  run(runId: RunId): Promise<RunRow | undefined> {
    return this.#access.read(() => {
      const row = this.#parts.runs.find(runId);
      return row && this.#parts.runs.row(row);
    });
  }

  runs(filter: RunFilter = {}): ReturnType<Store["runs"]> {
    return this.#access.read(() => this.#parts.runs.list(filter));
  }

  runsByPrefix(prefix: string, limit: number): Promise<readonly RunId[]> {
    return this.#access.read(() => this.#parts.runs.byPrefix(prefix, limit));
  }

  async events(runId: RunId, options: Parameters<Store["events"]>[1] = {}): Promise<readonly StoredEvent[]> {
    const events = await this.#readRun(runId, (run) => this.#parts.log.events(run, rangeOf(options)));
    // Whoever reads a long log asks again at once: what else this process has to answer comes in between.
    if (events.length >= LONG_PAGE) await new Promise<void>((resolve) => setImmediate(resolve));
    return events;
  }

  calls(runId: RunId): ReturnType<Store["calls"]> {
    return this.#readRun(runId, (run) => this.#parts.calls.calls(run, this.#parts.log));
  }

  items(runId: RunId, filter: Parameters<Store["items"]>[1] = {}): ReturnType<Store["items"]> {
    return this.#readRun(runId, (run) => this.#parts.calls.items(run, filter));
  }

  values(runId: RunId, keys: readonly ValueKey[]): Promise<readonly (string | undefined)[]> {
    return this.#readRun(runId, (run) => valuesOf(this.#parts, run, keys));
  }

  list(
    runId: RunId,
    key: ValueKey,
    range: { readonly first: number; readonly count: number },
  ): ReturnType<Store["list"]> {
    return this.#readRun(runId, ({ runNo }) =>
      this.#parts.lists.read({ runNo, call: key.call, item: key.item }, range),
    );
  }

  eventValue(runId: RunId, seq: number): Promise<string | undefined> {
    return this.#readRun(runId, (run) => this.#parts.log.value(run, seq));
  }

  errors(runId: RunId, options: Parameters<Store["errors"]>[1] = {}): Promise<readonly ErrorRow[]> {
    return this.#readRun(runId, (run) => this.#parts.errors.list(run, options));
  }

  logs(runId: RunId, options: Parameters<Store["logs"]>[1] = {}): ReturnType<Store["logs"]> {
    return this.#readRun(runId, (run) => this.#parts.side.lines(run.runNo, options));
  }

  verify(runId: RunId): ReturnType<Store["verify"]> {
    return this.#readRun(runId, (run) => this.#parts.log.verify(run));
  }

  tail(runId: RunId, options: Parameters<Store["tail"]>[1] = {}): AsyncIterable<StoredEvent> {
    const { after = 0, signal } = options;
    return tailEvents(
      {
        read: (range) => this.events(runId, { ...options, ...range }),
        last: () => this.#readRun(runId, (run) => this.#parts.log.event(run, this.#parts.log.end(run)?.seq ?? 0)),
        changed: (aborted) => this.#watch.next(runId, aborted),
      },
      { after, signal },
    );
  }

  // Published folders, results to reuse, and what goes

  artifacts(filter: ArtifactFilter = {}): ReturnType<Store["artifacts"]> {
    return this.#access.read(() => this.#parts.artifacts.list(filter));
  }

  artifactReads(
    of: { readonly runId: RunId } | { readonly sha256: string },
    limit = 1_000,
  ): Promise<readonly ArtifactReadRow[]> {
    return this.#access.read(() => this.#parts.artifacts.reads(of, limit));
  }

  memos(keys: readonly string[]): Promise<readonly (MemoEntry | undefined)[]> {
    return this.#access.read(() =>
      this.#parts.memos.find(keys).map((found) => {
        if (found === undefined) return undefined;
        const { runNo, ...entry } = found;
        return { runId: this.#parts.runs.id(runNo), ...entry };
      }),
    );
  }

  pin(runId: RunId, how: "pinned" | "free"): Promise<void> {
    return this.#retention.pin(runId, how);
  }

  forget(runId: RunId, why = "as asked"): Promise<void> {
    return this.#retention.forget(runId, why);
  }

  sweepBlobs(how: "delete" | "dry"): Promise<{ readonly blobs: number; readonly bytes: number }> {
    return this.#retention.sweepBlobs(how);
  }

  // Logs from and for other stores

  blocks(runId: RunId, options: Parameters<Store["blocks"]>[1] = {}): Promise<readonly LogBlock[]> {
    return this.#readRun(runId, (run) => this.#foreign.blocks(run, options));
  }

  importRun(imported: ImportedRun): Promise<void> {
    return this.#foreign.import(imported);
  }

  // What is found over all runs

  search(query: SearchQuery): Promise<SearchPage> {
    return this.#access.read(() => this.#words.find(query));
  }

  indexSome(budgetMs: number): Promise<SearchLag> {
    return this.#indexer.indexSome(budgetMs);
  }

  searchLag(): Promise<SearchLag> {
    return this.#indexer.lag();
  }

  errorGroups(filter: ErrorGroupFilter = {}): ReturnType<Store["errorGroups"]> {
    return this.#access.read(() => this.#parts.errors.groups(filter));
  }

  addNote(note: NewNote): Promise<number> {
    return this.#access.write({
      prepare: () => {
        if (note.runId !== undefined && this.#parts.runs.number(note.runId) === undefined) throw unknownRun(note.runId);
      },
      write: () => this.#notes.add(note),
    });
  }

  notes(filter: NoteFilter = {}): ReturnType<Store["notes"]> {
    return this.#access.read(() => this.#notes.list(filter));
  }

  changes(signal?: AbortSignal): AsyncIterable<Changes> {
    return this.#watch.changes(signal);
  }

  // What processes share

  claimFire(claim: FireClaim): ReturnType<Store["claimFire"]> {
    return this.#access.write({ write: () => this.#fires.claim(claim) });
  }

  lastFire(trigger: string): Promise<Fire | undefined> {
    return this.#access.read(() => this.#fires.last(trigger));
  }

  leasePool(ask: PoolAsk): Promise<PoolGrant> {
    return this.#pools.lease(ask);
  }

  takeStarts(ask: RateAsk): Promise<RateGrant> {
    return this.#access.write({ write: () => this.#rates.take(ask) });
  }

  // Upkeep

  health(): Promise<StoreHealth> {
    return healthOf(this.#access);
  }

  async backup(file: string, how: CopyKind = "whole"): Promise<{ readonly sizeBytes: number }> {
    await this.#access.read(() => undefined);
    return backupDatabase(this.#database.file, file, how);
  }

  async faults(): Promise<readonly string[]> {
    await this.#access.read(() => undefined);
    return faultsIn(this.#database.file);
  }

  async salvage(runId: RunId): Promise<Salvage> {
    return salvageRun(this.#access, await this.#readRun(runId, (run) => run));
  }

  // Beside the log

  readonly scratchpad: Store["scratchpad"] = {
    get: (runId, key) => this.#readRun(runId, ({ runNo }) => this.#parts.side.scratch(runNo, key)),
    set: (runId, epoch, entry) =>
      this.#held.with({ runId, epoch }, (run) =>
        run.operate(epoch, () => this.#parts.side.setScratch(run.key.runNo, entry)),
      ),
    cas: (runId, epoch, entry) =>
      this.#held.with({ runId, epoch }, (run) =>
        run.operate(epoch, () => {
          if (this.#parts.side.scratch(run.key.runNo, entry.key)?.value !== entry.expected) return false;
          this.#parts.side.setScratch(run.key.runNo, entry);
          return true;
        }),
      ),
  };

  readonly once: Store["once"] = {
    get: (runId, key) => this.#readRun(runId, ({ runNo }) => this.#parts.side.once(runNo, key)),
    put: (runId, epoch, entry) =>
      this.#held.with({ runId, epoch }, (run) =>
        run.operate(epoch, () => this.#parts.side.putOnce(run.key.runNo, entry)),
      ),
  };

  async command(command: Parameters<Store["command"]>[0]): Promise<number> {
    const { runNo } = await this.#readRun(command.runId, (run) => run);
    const { kind, by, args = {} } = command;
    return this.#access.write({
      write: () => this.#parts.side.addCommand(runNo, { kind, by, args, at: this.#settings.clock.now() }),
    });
  }

  async takeCommands(runIds: readonly RunId[]): Promise<readonly Command[]> {
    const mine = (): OwnedRun[] => runIds.map((runId) => this.#held.get(runId)).filter((run) => run !== undefined);
    // Asked often and nearly always in vain: looking takes no lock.
    if (mine().length === 0 || !(await this.#access.read(() => this.#parts.side.anyCommand()))) return [];
    return this.#access.write({ write: () => mine().flatMap((run) => this.#parts.side.takeCommands(run.key)) });
  }

  pendingCommands(): Promise<readonly Command[]> {
    return this.#access.read(() => this.#parts.side.pendingCommands());
  }

  putBlob(bytes: Uint8Array): Promise<string> {
    return this.#access.write({ write: () => writeBlob(this.#database, bytes) });
  }

  getBlob(hash: string): Promise<Uint8Array | undefined> {
    return this.#access.read(() => {
      const bytes = readBlob(this.#database, hash);
      // A plain array of bytes, whatever class the database hands out.
      return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    });
  }

  // The end

  flushSync(): void {
    if (this.#access.state !== "closed") this.#parts.commits.flushSync();
  }

  async close(): Promise<void> {
    if (this.#access.state !== "open") return;
    this.#access.state = "closing";
    try {
      await this.#parts.commits.drain();
      await this.#held.releaseAll();
      await this.#pools.releaseAll();
      await this.#parts.commits.close();
    } finally {
      this.#watch.stop();
      this.#access.state = "closed";
      this.#lock.release();
      this.#database.close();
      this.#watch.wakeAll();
    }
  }

  #readRun<T>(runId: RunId, look: (run: RunKey) => T): Promise<T> {
    return this.#access.read(() => {
      const runNo = this.#parts.runs.number(runId);
      if (runNo === undefined) throw unknownRun(runId);
      this.#held.assertRemembered({ runId, runNo });
      return look({ runId, runNo });
    });
  }
}

/** Results of items, and elements of lists; what stands beside each other is read once. */
function valuesOf(parts: RunParts, run: RunKey, keys: readonly ValueKey[]): readonly (string | undefined)[] {
  const element = parts.lists.elements();
  const seqOf = parts.calls.completedSeqs(run);
  return keys.map((key) => {
    const { call, item, index } = key;
    if (index !== undefined) return element({ runNo: run.runNo, call, item }, index);
    const seq = seqOf(call, item);
    return seq === undefined ? undefined : parts.log.value(run, seq);
  });
}

function rangeOf(options: { readonly after?: number; readonly limit?: number; readonly values?: "none" | "inline" }): {
  readonly after: number;
  readonly limit: number;
  readonly values: boolean;
} {
  return { after: options.after ?? 0, limit: options.limit ?? 1_000, values: options.values !== "none" };
}
