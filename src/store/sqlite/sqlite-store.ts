/**
 * The store on one machine: `.workgraph/workgraph.db`.
 *
 * Owns: which part answers what. Leaves to: group-commit.ts when things are written, owned-run.ts a run's writes, log-blocks.ts
 * the log, call-rows.ts calls and items, lists.ts lists, run-rows.ts runs, owner-lock.ts who lives.
 *
 * R1. Everything that writes goes through one GroupCommit; everything that reads sees only what was committed.
 * R2. SQLite answers at once, so reads run in the caller's turn; when another program holds the file they wait by timer.
 * R3. The owner lock is taken with the first run that is acquired: a process that only reads leaves no file.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ulid } from "ulid";
import type { Clock, TimerHandle } from "../../base/clock.ts";
import { systemClock } from "../../base/clock.ts";
import type { StoredEvent } from "../../model/events.ts";
import type { ErrorRecord } from "../../model/error-record.ts";
import type { RunId } from "../../model/ids.ts";
import { OwnerLock } from "../owner-lock.ts";
import { keyReused, notOwner, ownedElsewhere, runExists, storeClosed, unknownRun } from "../refusals.ts";
import type {
  Acquired,
  Append,
  Command,
  ErrorRow,
  ListChunk,
  NewRun,
  OwnerInfo,
  RunFilter,
  RunRow,
  Store,
  ValueKey,
} from "../store.ts";
import { tailEvents, Wakes } from "../tail.ts";
import { readBlob, writeBlob, writeNamedBlob } from "./blobs.ts";
import { CallRows } from "./call-rows.ts";
import type { Database } from "./database.ts";
import { isBusy, isConstraint, lockedOut, readOnlyStore } from "./faults.ts";
import { GroupCommit } from "./group-commit.ts";
import { logKey, MAX_SEQ, seqOfKey } from "./keys.ts";
import { Lists } from "./lists.ts";
import { LogBlocks } from "./log-blocks.ts";
import type { RunKey } from "./log-blocks.ts";
import { openDatabase } from "./open-database.ts";
import { firstBlock, OwnedRun } from "./owned-run.ts";
import type { RunParts } from "./owned-run.ts";
import { ownerOf, RunRows } from "./run-rows.ts";
import type { StoredRun } from "./run-rows.ts";
import { SideTables } from "./side-tables.ts";

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
/** How often a listener looks for commits of other processes. */
const POLL_MS = 50;

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

class SqliteStore implements Store {
  readonly owner: OwnerInfo;
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #lock: OwnerLock;
  readonly #parts: RunParts;
  readonly #owned: Map<RunId, OwnedRun> = new Map();
  readonly #wakes: Wakes = new Wakes();
  #poll: TimerHandle | undefined;
  #seenVersion = 0;
  #state: "open" | "closing" | "closed" = "open";

  constructor(database: Database, settings: Settings) {
    this.#database = database;
    this.#settings = settings;
    this.owner = { ownerId: ulid(), pid: process.pid, startedAt: settings.clock.now() };
    this.#lock = new OwnerLock(database.dir, this.owner.ownerId);
    const log = new LogBlocks(database);
    this.#parts = {
      database,
      commits: new GroupCommit(database, { busyMs: settings.busyMs, synced: settings.durability === "power-loss" }),
      log,
      runs: new RunRows(database, { log, lock: this.#lock }),
      calls: new CallRows(database),
      lists: new Lists(database),
      side: new SideTables(database),
      ownerId: this.owner.ownerId,
    };
    if (!settings.readOnly) this.#lock.sweep();
  }

  // Runs and ownership

  createRun(run: NewRun): Promise<{ readonly runId: RunId; readonly created: boolean }> {
    let known: StoredRun | undefined;
    let first: ReturnType<typeof firstBlock>;
    let taken = false;
    return this.#write({
      prepare: () => {
        first = firstBlock(run);
        if (run.idempotencyKey === undefined) return;
        known = this.#parts.runs.findByKey(run.workflow, run.idempotencyKey);
        if (known !== undefined && this.#parts.log.value(keyOf(known), 1) !== run.input) {
          throw keyReused(run.idempotencyKey, known.run_id);
        }
      },
      write: () => {
        if (known !== undefined) return { runId: known.run_id, created: false };
        try {
          this.#insertRun(run, first);
        } catch (error) {
          if (!isConstraint(error)) throw error;
          taken = true;
        }
        return { runId: run.runId, created: true };
      },
    }).then((created) => {
      if (taken) throw runExists(run.runId);
      this.#wakes.wake(run.runId);
      return created;
    });
  }

  acquire(runId: RunId): Promise<Acquired> {
    let row: StoredRun | undefined;
    let before: OwnedRun | undefined;
    return this.#write({
      prepare: () => {
        row = this.#parts.runs.find(runId);
        if (row === undefined) throw unknownRun(runId);
        const owner = ownerOf(row);
        if (owner === undefined || owner.ownerId === this.owner.ownerId) return;
        if (this.#lock.isAlive(owner.ownerId)) throw ownedElsewhere({ runId, pid: owner.pid });
        row.owner_deaths++;
      },
      write: () => {
        this.#lock.hold();
        const held = row as StoredRun;
        held.epoch++;
        held.owner_id = this.owner.ownerId;
        held.owner_pid = this.owner.pid;
        held.owner_started_at = this.owner.startedAt;
        this.#parts.runs.update(held);
        before = this.#owned.get(runId);
        if (before) before.fenced = true;
        const run: OwnedRun = new OwnedRun(this.#parts, held, {
          lost: () => {
            if (this.#owned.get(runId) === run) this.#owned.delete(runId);
          },
          committed: () => this.#wakes.wake(runId),
        });
        return run;
      },
    }).then(
      (run) => {
        // A later acquire of the same turn may have been here already.
        if ((this.#owned.get(runId)?.epoch ?? 0) < run.epoch) this.#owned.set(runId, run);
        return { epoch: run.epoch, seq: run.seq };
      },
      (error: unknown) => {
        if (before) before.fenced = false;
        throw error;
      },
    );
  }

  release(runId: RunId, epoch: number): Promise<void> {
    return this.#ifOwned({ runId, epoch }, (run) => run.release(epoch));
  }

  append(append: Append): Promise<void> {
    return this.#ifOwned(append, (run) => run.append(append));
  }

  stage(runId: RunId, epoch: number, chunk: ListChunk): Promise<void> {
    return this.#ifOwned({ runId, epoch }, (run) =>
      run.operate(epoch, () => this.#parts.lists.write(run.key.runNo, chunk)),
    );
  }

  // Reading

  run(runId: RunId): Promise<RunRow | undefined> {
    return this.#read(() => {
      const row = this.#parts.runs.find(runId);
      return row && this.#parts.runs.row(row);
    });
  }

  runs(filter: RunFilter = {}): ReturnType<Store["runs"]> {
    return this.#read(() => this.#parts.runs.list(filter));
  }

  runsByPrefix(prefix: string, limit: number): Promise<readonly RunId[]> {
    return this.#read(() => this.#parts.runs.byPrefix(prefix, limit));
  }

  events(runId: RunId, options: Parameters<Store["events"]>[1] = {}): Promise<readonly StoredEvent[]> {
    return this.#readRun(runId, (run) => this.#parts.log.events(run, rangeOf(options)));
  }

  calls(runId: RunId): ReturnType<Store["calls"]> {
    return this.#readRun(runId, (run) => this.#parts.calls.calls(run, this.#parts.log));
  }

  items(runId: RunId, filter: Parameters<Store["items"]>[1] = {}): ReturnType<Store["items"]> {
    return this.#readRun(runId, (run) => this.#parts.calls.items(run, filter));
  }

  values(runId: RunId, keys: readonly ValueKey[]): Promise<readonly (string | undefined)[]> {
    return this.#readRun(runId, (run) => {
      const element = this.#parts.lists.elements();
      const seqOf = this.#parts.calls.completedSeqs(run);
      return keys.map((key) => {
        const { call, item, index } = key;
        if (index !== undefined) return element({ runNo: run.runNo, call, item }, index);
        const seq = seqOf(call, item);
        return seq === undefined ? undefined : this.#parts.log.value(run, seq);
      });
    });
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
    return this.#readRun(runId, (run) =>
      this.#database
        .all<{ id: number; final: number }>(
          "SELECT id, final FROM error WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
          logKey(run.runNo, (options.after ?? 0) + 1),
          logKey(run.runNo, MAX_SEQ),
          options.limit ?? 1000,
        )
        .map((row) => this.#errorRow(run, { seq: seqOfKey(row.id), final: row.final === 1 })),
    );
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
        read: (range) => this.#readRun(runId, (run) => this.#parts.log.events(run, { ...rangeOf(options), ...range })),
        last: () => this.#readRun(runId, (run) => this.#parts.log.event(run, this.#parts.log.end(run)?.seq ?? 0)),
        changed: (aborted) => {
          const wait = this.#wakes.next(runId, aborted);
          this.#watch();
          return wait;
        },
      },
      { after, signal },
    );
  }

  // Beside the log

  readonly scratchpad: Store["scratchpad"] = {
    get: (runId, key) => this.#readRun(runId, ({ runNo }) => this.#parts.side.scratch(runNo, key)),
    set: (runId, epoch, entry) =>
      this.#ifOwned({ runId, epoch }, (run) =>
        run.operate(epoch, () => this.#parts.side.setScratch(run.key.runNo, entry)),
      ),
    cas: (runId, epoch, entry) =>
      this.#ifOwned({ runId, epoch }, (run) =>
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
      this.#ifOwned({ runId, epoch }, (run) =>
        run.operate(epoch, () => this.#parts.side.putOnce(run.key.runNo, entry)),
      ),
  };

  async command(command: Parameters<Store["command"]>[0]): Promise<number> {
    const { runNo } = await this.#readRun(command.runId, (run) => run);
    const { kind, by, args = {} } = command;
    return this.#write({
      write: () => this.#parts.side.addCommand(runNo, { kind, by, args, at: this.#settings.clock.now() }),
    });
  }

  async takeCommands(runIds: readonly RunId[]): Promise<readonly Command[]> {
    const mine = (): OwnedRun[] => runIds.map((runId) => this.#owned.get(runId)).filter((run) => run !== undefined);
    // Asked often and nearly always in vain: looking takes no lock.
    if (mine().length === 0 || !(await this.#read(() => this.#parts.side.anyCommand()))) return [];
    return this.#write({ write: () => mine().flatMap((run) => this.#parts.side.takeCommands(run.key)) });
  }

  putBlob(bytes: Uint8Array): Promise<string> {
    return this.#write({ write: () => writeBlob(this.#database, bytes) });
  }

  getBlob(hash: string): Promise<Uint8Array | undefined> {
    return this.#read(() => {
      const bytes = readBlob(this.#database, hash);
      // A plain array of bytes, whatever class the database hands out.
      return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    });
  }

  // The end

  flushSync(): void {
    if (this.#state !== "closed") this.#parts.commits.flushSync();
  }

  async close(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "closing";
    try {
      await this.#parts.commits.drain();
      // Runs that are still held are given up, not died on.
      const held = [...this.#owned.values()];
      await Promise.allSettled(held.map((run) => run.release(run.epoch)));
      await this.#parts.commits.close();
    } finally {
      if (this.#poll !== undefined) systemClock.clearTimer(this.#poll);
      this.#state = "closed";
      this.#lock.release();
      this.#database.close();
      this.#wakes.wakeAll();
    }
  }

  #insertRun(run: NewRun, { block, blobs }: ReturnType<typeof firstBlock>): void {
    const row = this.#parts.runs.insert(run);
    for (const blob of blobs) writeNamedBlob(this.#database, blob);
    this.#database.run(
      "INSERT INTO log (id, n, calls, counts, previous, hash, body) VALUES (?, 1, 0, '{}', ?, ?, ?)",
      logKey(row.run_no, 1),
      block.previous,
      block.hash,
      block.body,
    );
  }

  #errorRow(run: RunKey, place: { readonly seq: number; readonly final: boolean }): ErrorRow {
    const event = this.#parts.log.event(run, place.seq)?.event;
    if (event?.type !== "item.failed" && event?.type !== "item.retrying" && event?.type !== "run.failed") {
      throw this.#database.damaged(`event ${place.seq} of run "${run.runId}" is not the error it should be`);
    }
    const error: ErrorRecord = event.error;
    if (event.type === "run.failed") return { ...place, error };
    return { ...place, call: event.call, item: event.item, attempt: event.attempt, error };
  }

  #ifOwned<T>(
    claim: { readonly runId: RunId; readonly epoch: number },
    act: (run: OwnedRun) => Promise<T>,
  ): Promise<T> {
    if (this.#state !== "open") return Promise.reject(storeClosed());
    const run = this.#owned.get(claim.runId);
    return run === undefined ? Promise.reject(notOwner(claim)) : act(run);
  }

  #write<T>(work: { readonly prepare?: () => void; readonly write: () => T }): Promise<T> {
    if (this.#state !== "open") return Promise.reject(storeClosed());
    if (this.#settings.readOnly) return Promise.reject(readOnlyStore(this.#database));
    return this.#parts.commits.submit(work);
  }

  #readRun<T>(runId: RunId, look: (run: RunKey) => T): Promise<T> {
    return this.#read(() => {
      const runNo = this.#parts.runs.number(runId);
      if (runNo === undefined) throw unknownRun(runId);
      return look({ runId, runNo });
    });
  }

  async #read<T>(look: () => T): Promise<T> {
    const until = systemClock.perf() + this.#settings.busyMs;
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 20)) {
      if (this.#state === "closed") throw storeClosed();
      try {
        return look();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (systemClock.perf() > until) throw lockedOut(this.#database, error);
      }
      await sleep(waitMs * (0.5 + Math.random()));
    }
  }

  /** Looks for commits of other processes while somebody listens. */
  #watch(): void {
    if (this.#poll !== undefined || this.#state !== "open") return;
    this.#poll = systemClock.setTimer(() => {
      this.#poll = undefined;
      if (this.#wakes.size === 0) return;
      let version: number;
      try {
        version = this.#database.dataVersion();
      } catch {
        // Busy or broken: the read that follows a wake-up waits, or says what is wrong.
        version = -1;
      }
      if (version !== this.#seenVersion) this.#wakes.wakeAll();
      this.#seenVersion = version;
      this.#watch();
    }, POLL_MS);
  }
}

function keyOf(row: StoredRun): RunKey {
  return { runId: row.run_id, runNo: row.run_no };
}

function rangeOf(options: { readonly after?: number; readonly limit?: number; readonly values?: "none" | "inline" }): {
  readonly after: number;
  readonly limit: number;
  readonly values: boolean;
} {
  return { after: options.after ?? 0, limit: options.limit ?? 1_000, values: options.values !== "none" };
}
