/**
 * One transaction for everything that one turn of the event loop wants written.
 *
 * Owns: when a commit happens, what is retried, who is told. Leaves to units: what they write.
 *
 * R1. A unit is told it is committed after COMMIT, never before.
 * R2. `prepare` may refuse its own unit and writes nothing; a database that fails in `write` fails the whole commit, and every
 *     unit hears it.
 * R3. Another connection's write lock is waited for by a jittered timer, never by blocking; after `busyMs` the units hear WG5012.
 * R4. Units are written in the order they came; one that is waiting already is not queued twice.
 */
import type { TimerHandle } from "../../base/clock.ts";
import { systemClock } from "../../base/clock.ts";
import { isWorkgraphError } from "../../model/workgraph-error.ts";
import { Checkpointer } from "./checkpointer.ts";
import type { Database } from "./database.ts";
import { coded, isBusy, isSqliteError } from "./faults.ts";

export interface Unit {
  /** Checks, inside the transaction; throws to refuse. */
  prepare(): void;
  /** Its writing runs code that may find a mistake of ours half-way: then it alone is undone. */
  readonly guarded: boolean;
  /** The commit that writes it waits for the disk. */
  readonly synced?: boolean;
  /** Gives the size of what it wrote, in bytes, roughly. */
  write(): number;
  committed(): void;
  failed(error: unknown): void;
}

/** Why units of a commit are not written; most commits refuse none. */
interface Refusals {
  units: Map<Unit, unknown> | undefined;
}

function isSynced(units: Iterable<Unit>): boolean {
  for (const unit of units) if (unit.synced) return true;
  return false;
}

/** Database pages that a commit, and a small write in it, change as a rule. */
const COMMIT_BYTES = 2 * 4096;
const SMALL_WRITE_BYTES = 2 * 4096;
const MAX_WAIT_MS = 20;
const SYNC_WAIT_MS = 2;
const SYNC_LIMIT_MS = 1_000;

export class GroupCommit {
  readonly #database: Database;
  readonly #busyMs: number;
  readonly #checkpointer: Checkpointer;
  #queued: Set<Unit> = new Set();
  #immediate: NodeJS.Immediate | undefined;
  #retry: TimerHandle | undefined;
  #busySince: number | undefined;
  #drained: (() => void)[] = [];
  #dataVersion = 0;
  #foreign = 0;
  #syncing = false;
  readonly #alwaysSynced: boolean;

  constructor(database: Database, options: { readonly busyMs: number; readonly synced: boolean }) {
    this.#database = database;
    this.#alwaysSynced = options.synced;
    this.#busyMs = options.busyMs;
    this.#checkpointer = new Checkpointer(database.file, () => {
      if (this.#queued.size > 0) this.#flush();
    });
  }

  /** Raised whenever another connection may have written since the commit before: what units know of rows may be old. */
  get foreignWrites(): number {
    return this.#foreign;
  }

  add(unit: Unit): void {
    this.#queued.add(unit);
    if (this.#immediate === undefined && this.#retry === undefined) {
      this.#immediate = setImmediate(() => this.#flush());
    }
  }

  /** Queues what `make` writes; resolves with its result after the commit. */
  submit<T>(work: { readonly prepare?: () => void; readonly write: () => T }): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T;
      this.add({
        guarded: false,
        prepare: () => work.prepare?.(),
        write: () => {
          result = work.write();
          return SMALL_WRITE_BYTES;
        },
        committed: () => resolve(result),
        failed: reject,
      });
    });
  }

  /** Resolves when nothing waits to be committed. */
  async drain(): Promise<void> {
    while (this.#queued.size > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  /** Commits what waits, and ends. */
  async close(): Promise<void> {
    await this.drain();
    await this.#checkpointer.close();
  }

  /** Commits now. Blocks the event loop for at most a second while another connection holds the write lock. */
  flushSync(): void {
    const until = systemClock.perf() + SYNC_LIMIT_MS;
    this.#cancelTimers();
    while (this.#queued.size > 0 && !this.#tryCommit()) {
      if (systemClock.perf() > until) return this.#later();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SYNC_WAIT_MS);
    }
  }

  #flush(): void {
    this.#cancelTimers();
    if (this.#checkpointer.restarting) return;
    if (!this.#tryCommit()) this.#later();
  }

  #later(): void {
    this.#busySince ??= systemClock.perf();
    const waitedMs = systemClock.perf() - this.#busySince;
    const waitMs = Math.min(1 + waitedMs / 4, MAX_WAIT_MS) * (0.5 + Math.random());
    this.#retry = systemClock.setTimer(() => this.#flush(), waitMs);
  }

  /** False when the database is busy and it is worth waiting. */
  #tryCommit(): boolean {
    const units = this.#queued;
    const refused: Refusals = { units: undefined };
    let bytes = COMMIT_BYTES;
    let begun = false;
    try {
      this.#syncIf(isSynced(units));
      this.#database.begin();
      begun = true;
      this.#queued = new Set();
      this.#noteForeignWrites();
      for (const unit of units) bytes += this.#writeUnit(unit, refused);
      this.#database.commit();
    } catch (error) {
      this.#database.rollback();
      // Once units have prepared themselves they cannot do so again: only a lock that was not given is asked for again.
      if (!begun && isBusy(error) && this.#stillPatient()) return false;
      if (!begun) this.#queued = new Set();
      const told = coded(error, { dir: this.#database.dir, file: this.#database.file, doing: "writing" });
      for (const unit of units) unit.failed(refused.units?.get(unit) ?? told);
      this.#done();
      return true;
    }
    this.#checkpointer.wrote(bytes);
    for (const unit of units) {
      if (refused.units?.has(unit)) unit.failed(refused.units.get(unit));
      else unit.committed();
    }
    this.#done();
    return true;
  }

  #writeUnit(unit: Unit, refused: Refusals): number {
    try {
      unit.prepare();
    } catch (error) {
      (refused.units ??= new Map()).set(unit, error);
      return 0;
    }
    if (!unit.guarded) return unit.write();
    this.#database.statement("SAVEPOINT unit").run();
    try {
      return unit.write();
    } catch (error) {
      if (isSqliteError(error) || isWorkgraphError(error)) throw error;
      this.#database.statement("ROLLBACK TO unit").run();
      (refused.units ??= new Map()).set(unit, error);
      return 0;
    } finally {
      this.#database.statement("RELEASE unit").run();
    }
  }

  /** Runs that ask for it share their commits, and the wait, with the others of the turn. */
  #syncIf(wanted: boolean): void {
    if (wanted === this.#syncing || this.#alwaysSynced) return;
    this.#database.exec(`PRAGMA synchronous = ${wanted ? "FULL" : "NORMAL"}`);
    this.#syncing = wanted;
  }

  #stillPatient(): boolean {
    return this.#busySince === undefined || systemClock.perf() - this.#busySince < this.#busyMs;
  }

  #noteForeignWrites(): void {
    const version = this.#database.dataVersion();
    if (version !== this.#dataVersion) this.#foreign++;
    this.#dataVersion = version;
  }

  #done(): void {
    this.#busySince = undefined;
    if (this.#queued.size > 0) return;
    const drained = this.#drained;
    this.#drained = [];
    for (const resolve of drained) resolve();
  }

  #cancelTimers(): void {
    clearImmediate(this.#immediate);
    if (this.#retry !== undefined) systemClock.clearTimer(this.#retry);
    this.#immediate = undefined;
    this.#retry = undefined;
  }
}
