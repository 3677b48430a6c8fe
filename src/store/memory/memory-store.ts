/**
 * A store that ends with its process: for tests, and for trying something out.
 *
 * Owns: the rules of store.ts without files. Leaves to memory-run.ts: what one run holds.
 *
 * R1. Writes of one turn take effect together, as with a database: nobody reads them before their promise resolves.
 */
import { freemem } from "node:os";
import { ulid } from "ulid";
import type { Clock } from "../../base/clock.ts";
import { systemClock } from "../../base/clock.ts";
import type { StoredEvent } from "../../model/events.ts";
import type { RunId } from "../../model/ids.ts";
import { isRunEnded } from "../../model/status.ts";
import { fileHashes } from "../artifact-facts.ts";
import type { Changes } from "../change-feed.ts";
import { ChangeFeed } from "../change-feed.ts";
import { createdEvent } from "../created-event.ts";
import type { ErrorGroupFilter } from "../error-groups.ts";
import type { ImportedRun, LogBlock } from "../imports.ts";
import { memosOf } from "../memo.ts";
import type { NewNote, NoteFilter } from "../notes.ts";
import type { PoolAsk, PoolGrant } from "../pools.ts";
import { keyReused, notOwner, runExists, runForgotten, storeClosed, unknownRun, wrongSeq } from "../refusals.ts";
import { SEARCH_KINDS, searchTerms } from "../search.ts";
import type { SearchLag, SearchPage, SearchQuery } from "../search.ts";
import type {
  Acquired,
  Append,
  ArtifactFilter,
  ArtifactReadRow,
  Command,
  ListChunk,
  MemoEntry,
  NewRun,
  OwnerInfo,
  RunFilter,
  RunRow,
  Store,
  ValueKey,
} from "../store.ts";
import { tailEvents, Wakes } from "../tail.ts";
import type { Fire, FireClaim } from "../triggers.ts";
import type { Salvage, StoreHealth } from "../upkeep.ts";
import { noCopy } from "../upkeep.ts";
import { MemoryArtifacts } from "./memory-artifacts.ts";
import { MemoryBlobs } from "./memory-blobs.ts";
import { MemoryErrors } from "./memory-errors.ts";
import type { RateAsk, RateGrant } from "../rates.ts";
import { MemoryRates } from "./memory-rates.ts";
import { MemoryFires } from "./memory-fires.ts";
import { MemoryMemos } from "./memory-memos.ts";
import { MemoryNotes } from "./memory-notes.ts";
import { foreignRun } from "./foreign-run.ts";
import { MemoryRun } from "./memory-run.ts";
import type { SearchRecord } from "./memory-search.ts";
import { searchRecords, someRecord } from "./memory-search.ts";
import { runFilter } from "./run-filter.ts";

export function openMemoryStore(options: { readonly clock?: Clock } = {}): Store {
  return new MemoryStore(options.clock ?? systemClock);
}

interface Pending {
  readonly apply: () => void;
  readonly reject: (error: unknown) => void;
}

class MemoryStore implements Store {
  readonly owner: OwnerInfo;
  readonly #clock: Clock;
  readonly #runs: Map<RunId, MemoryRun> = new Map();
  readonly #blobs: MemoryBlobs;
  readonly #wakes: Wakes = new Wakes();
  readonly #artifacts: MemoryArtifacts = new MemoryArtifacts();
  readonly #memos: MemoryMemos = new MemoryMemos();
  readonly #errors: MemoryErrors = new MemoryErrors();
  readonly #notes: MemoryNotes = new MemoryNotes();
  readonly #fires: MemoryFires = new MemoryFires();
  readonly #rates: MemoryRates = new MemoryRates();
  readonly #feed: ChangeFeed = new ChangeFeed();
  #commands: Command[] = [];
  #lastId = 0;
  #pending: Pending[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#blobs = new MemoryBlobs(clock);
    this.owner = { ownerId: ulid(), pid: process.pid, startedAt: clock.now() };
  }

  createRun(run: NewRun): Promise<{ readonly runId: RunId; readonly created: boolean }> {
    return this.#write(() => {
      const known = run.idempotencyKey === undefined ? undefined : this.#byKey(run.workflow, run.idempotencyKey);
      if (known !== undefined) {
        if (known.created.input !== run.input) throw keyReused(run.idempotencyKey as string, known.created.runId);
        return { runId: known.created.runId, created: false };
      }
      if (this.#runs.has(run.runId)) throw runExists(run.runId);
      const { runId, parent } = run;
      const made = new MemoryRun(structuredClone(run), {
        root: parent === undefined ? runId : (this.#runs.get(parent.run)?.root ?? parent.run),
        blobs: this.#blobs,
      });
      made.append([{ event: createdEvent(run), value: run.input }], []);
      this.#runs.set(runId, made);
      this.#committed(runId);
      return { runId, created: true };
    });
  }

  acquire(runId: RunId): Promise<Acquired> {
    return this.#write(() => {
      const run = this.#run(runId);
      run.epoch++;
      run.owner = this.owner;
      return { epoch: run.epoch, seq: run.seq };
    });
  }

  release(runId: RunId, epoch: number): Promise<void> {
    return this.#write(() => {
      this.#held(runId, epoch).owner = undefined;
    });
  }

  append(append: Append): Promise<void> {
    return this.#write(() => {
      const { runId, epoch, expectedSeq, events, lists = [], logs = [] } = append;
      const run = this.#held(runId, epoch);
      if (run.seq !== expectedSeq) throw wrongSeq({ runId, expectedSeq, seq: run.seq });
      const memos = memosOf(append);
      const facts = run.append(events, lists);
      for (const fact of facts.artifacts) {
        this.#artifacts.add(run.created, { ...fact, files: fileHashes(events[fact.seq - expectedSeq - 1]?.value) });
      }
      for (const fact of facts.errors) this.#errors.add(run.created, fact);
      for (const memo of memos) this.#memos.add(runId, memo);
      for (const line of logs) run.logs.push({ ...line, id: ++this.#lastId });
      this.#committed(runId);
    });
  }

  stage(runId: RunId, epoch: number, chunk: ListChunk): Promise<void> {
    return this.#write(() => this.#held(runId, epoch).stage(chunk));
  }

  blocks(runId: RunId, options: Parameters<Store["blocks"]>[1] = {}): Promise<readonly LogBlock[]> {
    return this.#read(() => this.#run(runId).blocks(options));
  }

  importRun(imported: ImportedRun): Promise<void> {
    return this.#write(() => {
      const { runId, parent } = imported.run;
      if (this.#runs.has(runId)) throw runExists(runId);
      const root = parent === undefined ? runId : (this.#runs.get(parent.run)?.root ?? parent.run);
      const { run, facts } = foreignRun(imported, { root, blobs: this.#blobs, nextLine: () => ++this.#lastId });
      for (const fact of facts.artifacts) this.#artifacts.add(run.created, fact);
      for (const fact of facts.errors) this.#errors.add(run.created, fact);
      this.#runs.set(runId, run);
      this.#committed(runId);
    });
  }

  run(runId: RunId): Promise<RunRow | undefined> {
    return this.#read(() => this.#runs.get(runId)?.row());
  }

  runs(filter: RunFilter = {}): ReturnType<Store["runs"]> {
    return this.#read(() => {
      const parentOf = (runId: RunId): RunId | undefined => this.#runs.get(runId)?.created.parent?.run;
      const terms = searchTerms(filter.text ?? "");
      const rows = Array.from(this.#runs.values())
        .filter((run) => terms.length === 0 || SEARCH_KINDS.some((kind) => someRecord(run.records(kind), terms)))
        .map((run) => run.row())
        .filter(runFilter(filter, parentOf));
      const page = rows
        .filter((row) => filter.before === undefined || row.runId < filter.before)
        .sort((a, b) => (a.runId < b.runId ? 1 : -1));
      return { runs: page.slice(0, Math.min(Math.max(filter.limit ?? 50, 1), 1000)), total: rows.length };
    });
  }

  runsByPrefix(prefix: string, limit: number): Promise<readonly RunId[]> {
    return this.#read(() =>
      [...this.#runs.keys()]
        .filter((runId) => runId.startsWith(prefix))
        .sort()
        .reverse()
        .slice(0, limit),
    );
  }

  events(runId: RunId, options: Parameters<Store["events"]>[1] = {}): Promise<readonly StoredEvent[]> {
    const { after = 0, limit = 1_000, values } = options;
    return this.#read(() => this.#run(runId).events({ after, limit, values: values !== "none" }));
  }

  calls(runId: RunId): ReturnType<Store["calls"]> {
    return this.#read(() => this.#run(runId).calls());
  }

  items(runId: RunId, filter: Parameters<Store["items"]>[1] = {}): ReturnType<Store["items"]> {
    return this.#read(() => this.#run(runId).items(filter));
  }

  values(runId: RunId, keys: readonly ValueKey[]): Promise<readonly (string | undefined)[]> {
    return this.#read(() => {
      const run = this.#run(runId);
      return keys.map((key) => {
        if (key.index !== undefined) return run.list(key, { first: key.index, count: 1 }).values[0];
        const seq = run.completedSeq(key);
        return seq === undefined ? undefined : this.#value(run, seq);
      });
    });
  }

  list(
    runId: RunId,
    key: ValueKey,
    range: { readonly first: number; readonly count: number },
  ): ReturnType<Store["list"]> {
    return this.#read(() => this.#run(runId).list(key, range));
  }

  eventValue(runId: RunId, seq: number): Promise<string | undefined> {
    return this.#read(() => this.#value(this.#run(runId), seq));
  }

  errors(runId: RunId, options: Parameters<Store["errors"]>[1] = {}): ReturnType<Store["errors"]> {
    return this.#read(() => this.#run(runId).errors({ after: options.after ?? 0, limit: options.limit ?? 1_000 }));
  }

  logs(runId: RunId, options: Parameters<Store["logs"]>[1] = {}): ReturnType<Store["logs"]> {
    return this.#read(() => this.#run(runId).lines(options));
  }

  verify(runId: RunId): ReturnType<Store["verify"]> {
    return this.#read(() => this.#run(runId).verify());
  }

  tail(runId: RunId, options: Parameters<Store["tail"]>[1] = {}): AsyncIterable<StoredEvent> {
    const { after = 0, signal, values } = options;
    return tailEvents(
      {
        read: (range) => this.#read(() => this.#run(runId).events({ ...range, values: values !== "none" })),
        last: () => this.#read(() => this.#run(runId).last()),
        changed: (aborted) => this.#wakes.next(runId, aborted),
      },
      { after, signal },
    );
  }

  artifacts(filter: ArtifactFilter = {}): ReturnType<Store["artifacts"]> {
    return this.#read(() => this.#artifacts.list(filter));
  }

  artifactReads(
    of: { readonly runId: RunId } | { readonly sha256: string },
    limit = 1_000,
  ): Promise<readonly ArtifactReadRow[]> {
    return this.#read(() => this.#artifacts.reads(of, limit));
  }

  memos(keys: readonly string[]): Promise<readonly (MemoEntry | undefined)[]> {
    return this.#read(() => keys.map((key) => this.#memos.newest(key)));
  }

  pin(runId: RunId, how: "pinned" | "free"): Promise<void> {
    return this.#write(() => {
      this.#known(runId).pinned = how === "pinned";
    });
  }

  forget(runId: RunId, why = "as asked"): Promise<void> {
    return this.#write(() => {
      const run = this.#known(runId);
      if (run.tombstone !== undefined) return;
      run.requireForgettable();
      run.bury({ runId, at: this.#clock.now(), why });
      this.#memos.forget(runId);
      this.#commands = this.#commands.filter((command) => command.runId !== runId);
    });
  }

  sweepBlobs(how: "delete" | "dry"): Promise<{ readonly blobs: number; readonly bytes: number }> {
    return this.#write(() => {
      const names = Array.from(this.#runs.values(), (run) => [...run.named()]).flat();
      return this.#blobs.sweep(names, how);
    });
  }

  search(query: SearchQuery): Promise<SearchPage> {
    return this.#read(() => {
      const runs = [...this.#runs.values()].reverse();
      const newest = (a: SearchRecord, b: SearchRecord): number => (b.line ?? 0) - (a.line ?? 0);
      return searchRecords(query, (kind) => runs.flatMap((run) => [...run.records(kind)]).sort(newest));
    });
  }

  indexSome(): Promise<SearchLag> {
    return this.searchLag();
  }

  searchLag(): Promise<SearchLag> {
    return this.#read(() => ({ events: 0, lines: 0, more: false }));
  }

  errorGroups(filter: ErrorGroupFilter = {}): ReturnType<Store["errorGroups"]> {
    return this.#read(() => this.#errors.list(filter));
  }

  claimFire(claim: FireClaim): ReturnType<Store["claimFire"]> {
    return this.#write(() => this.#fires.claim(claim, this.#clock.now()));
  }

  lastFire(trigger: string): Promise<Fire | undefined> {
    return this.#read(() => this.#fires.last(trigger));
  }

  /** Nobody shares a store in memory. */
  leasePool({ slots, using, want }: PoolAsk): Promise<PoolGrant> {
    return this.#read(() => ({ granted: Math.max(using, want === 0 ? 0 : slots), contended: false }));
  }

  takeStarts(ask: RateAsk): Promise<RateGrant> {
    return this.#write(() => this.#rates.take(ask, this.#clock.now()));
  }

  addNote(note: NewNote): Promise<number> {
    return this.#write(() => {
      if (note.runId !== undefined) this.#known(note.runId);
      return this.#notes.add(note);
    });
  }

  notes(filter: NoteFilter = {}): ReturnType<Store["notes"]> {
    return this.#read(() => this.#notes.list(filter));
  }

  changes(signal?: AbortSignal): AsyncIterable<Changes> {
    return this.#feed.changes(signal, () => undefined);
  }

  health(): Promise<StoreHealth> {
    return this.#read(() => ({ schema: 0, sizeBytes: 0, walBytes: 0, freeBytes: freemem(), writable: true }));
  }

  backup(file: string): Promise<{ readonly sizeBytes: number }> {
    return Promise.reject(noCopy(file, "this store is in memory, there is nothing to copy"));
  }

  /** Memory is not damaged. */
  faults(): Promise<readonly string[]> {
    return this.#read(() => []);
  }

  salvage(runId: RunId): Promise<Salvage> {
    return this.#read(() => ({ validTo: this.#run(runId).seq, missingValues: [] }));
  }

  readonly scratchpad: Store["scratchpad"] = {
    get: (runId, key) => this.#read(() => this.#run(runId).scratchpad.get(key)),
    set: (runId, epoch, { key, value }) =>
      this.#write(() => {
        const { scratchpad } = this.#held(runId, epoch);
        const version = (scratchpad.get(key)?.version ?? 0) + 1;
        scratchpad.set(key, { value, version });
        return version;
      }),
    cas: (runId, epoch, { key, expected, value }) =>
      this.#write(() => {
        const { scratchpad } = this.#held(runId, epoch);
        const present = scratchpad.get(key);
        if (present?.value !== expected) return false;
        scratchpad.set(key, { value, version: (present?.version ?? 0) + 1 });
        return true;
      }),
  };

  readonly once: Store["once"] = {
    get: (runId, { call, item, key }) => this.#read(() => this.#run(runId).once.get(`${call}/${item}/${key}`)),
    put: (runId, epoch, { call, item, key, value }) =>
      this.#write(() => {
        const { once } = this.#held(runId, epoch);
        if (!once.has(`${call}/${item}/${key}`)) once.set(`${call}/${item}/${key}`, value);
      }),
  };

  command(command: Parameters<Store["command"]>[0]): Promise<number> {
    return this.#write(() => {
      this.#run(command.runId);
      const id = ++this.#lastId;
      this.#commands.push({ ...command, args: command.args ?? {}, id, at: this.#clock.now() });
      return id;
    });
  }

  async takeCommands(runIds: readonly RunId[]): Promise<readonly Command[]> {
    if (this.#commands.length === 0) return this.#read(() => []);
    return this.#write(() => {
      const isMine = (command: Command): boolean =>
        runIds.includes(command.runId) && this.#runs.get(command.runId)?.owner !== undefined;
      const taken = this.#commands.filter(isMine);
      this.#commands = this.#commands.filter((command) => !isMine(command));
      return taken;
    });
  }

  pendingCommands(): Promise<readonly Command[]> {
    return this.#read(() =>
      this.#commands.filter(({ runId }) => !isRunEnded(this.#run(runId).index.facts.logged)).slice(0, 100),
    );
  }

  putBlob(bytes: Uint8Array): Promise<string> {
    return this.#write(() => this.#blobs.put(bytes));
  }

  getBlob(hash: string): Promise<Uint8Array | undefined> {
    return this.#read(() => this.#blobs.get(hash));
  }

  flushSync(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    const pending = this.#pending;
    this.#pending = [];
    for (const { apply, reject } of pending) {
      try {
        apply();
      } catch (error) {
        reject(error);
      }
    }
  }

  async close(): Promise<void> {
    this.flushSync();
    this.#closed = true;
    for (const run of this.#runs.values()) run.owner = undefined;
    this.#wakes.wakeAll();
    this.#feed.close();
  }

  #write<T>(work: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(storeClosed());
    this.#immediate ??= setImmediate(() => this.flushSync());
    return new Promise((resolve, reject) => {
      this.#pending.push({ apply: () => resolve(work()), reject });
    });
  }

  async #read<T>(look: () => T): Promise<T> {
    if (this.#closed) throw storeClosed();
    return look();
  }

  #committed(runId: RunId): void {
    this.#wakes.wake(runId);
    this.#feed.committed(runId);
  }

  #run(runId: RunId): MemoryRun {
    const run = this.#known(runId);
    if (run.tombstone !== undefined) throw runForgotten(run.tombstone);
    return run;
  }

  /** Forgotten or not. */
  #known(runId: RunId): MemoryRun {
    const run = this.#runs.get(runId);
    if (run === undefined) throw unknownRun(runId);
    return run;
  }

  #held(runId: RunId, epoch: number): MemoryRun {
    const run = this.#runs.get(runId);
    if (run?.owner === undefined || run.epoch !== epoch) throw notOwner({ runId, epoch });
    return run;
  }

  #byKey(workflow: string, key: string): MemoryRun | undefined {
    for (const run of this.#runs.values()) {
      if (run.created.workflow === workflow && run.created.idempotencyKey === key) return run;
    }
    return undefined;
  }

  #value(run: MemoryRun, seq: number): string | undefined {
    const { value, blob } = run.payload(seq);
    return blob === undefined ? value : this.#blobs.text(blob);
  }
}
