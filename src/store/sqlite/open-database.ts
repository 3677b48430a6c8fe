/**
 * Opens `.workgraph/workgraph.db`, or makes it.
 *
 * Owns: the file's name, what is checked before anything trusts it, pragmas, migrations.
 *
 * R1. The file appears under its name only when it is whole (made beside it, then linked), so an empty one is a damaged one.
 * R2. A file that is not ours, newer than us or damaged is refused by name and left as it is.
 * R3. Each migration is one transaction; a process that is killed in it leaves the version before.
 * R4. Opening waits for another program's lock for `busyMs`, without blocking the event loop.
 */
import { randomUUID } from "node:crypto";
import {
  accessSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Clock } from "../../base/clock.ts";
import { systemClock } from "../../base/clock.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { BACKSTOP_PAGES, JOURNAL_BYTES } from "./checkpointer.ts";
import { Database } from "./database.ts";
import {
  coded,
  damaged,
  isBusy,
  isSqliteError,
  isUnopenable,
  lockedOut,
  newerThanUs,
  noStore,
  olderThanUs,
  readOnlyStore,
} from "./faults.ts";

export const STORE_FILE = "workgraph.db";
/** "wkgr" in the header of the file: ours. */
const APPLICATION_ID = 0x776b6772;

/**
 * Pages of 4 KB: a chain of small commits changes one or two pages each, and a page costs by its bytes (copied, summed, copied
 * again at a checkpoint): 24 us a one-row commit, 39 us with pages of 16 KB, +8 and +28 us for every further page that a commit
 * changes; a row in bulk 0.8 against 1.4 us (2026-11-22, 2 cores, Node 24).
 */
const PAGE_BYTES = 4096;
export interface OpenOptions {
  readonly dir: string;
  /** "power-loss" waits for the disk at every commit. */
  readonly durability?: "process" | "power-loss";
  readonly readOnly?: boolean;
  /** How long another program's lock is waited for, in ms. */
  readonly busyMs: number;
  readonly clock?: Clock;
  /** Upper bound of the file; a commit that would exceed it is refused as on a full disk. */
  readonly maxSizeBytes?: number;
}

export async function openDatabase(options: OpenOptions): Promise<Database> {
  const place = { dir: options.dir, file: join(options.dir, STORE_FILE) };
  const until = systemClock.perf() + options.busyMs;
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    try {
      return openOnce(options, place);
    } catch (error) {
      if (!isBusy(error)) throw coded(error, { ...place, doing: "reading" });
      if (systemClock.perf() > until) throw lockedOut(place, error);
      await sleep(waitMs * (0.5 + Math.random()));
    }
  }
}

interface StorePlace {
  readonly dir: string;
  readonly file: string;
}

function openOnce(options: OpenOptions, place: StorePlace): Database {
  if (!options.readOnly) makeFolder(place);
  if (!checkFiles(place)) {
    if (options.readOnly) throw noStore(place);
    createFile(place);
  }
  const connection = connect(options, place);
  try {
    checkOurs(connection, place);
    configure(connection, options);
    if (options.readOnly !== true) migrate(connection, place.file);
    else if (isOld(connection)) {
      bringUpToDate(place);
      connection.close();
      return openOnce(options, place);
    }
    return new Database(connection, { ...place, clock: options.clock ?? systemClock });
  } catch (error) {
    if (connection.isOpen) connection.close();
    throw error;
  }
}

function makeFolder(place: StorePlace): void {
  try {
    mkdirSync(place.dir, { recursive: true });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EEXIST" || code === "ENOTDIR") throw damaged(place.dir, "is not a folder", error);
    throw readOnlyStore(place, error);
  }
}

/** False when there is no store yet. Throws when what is there cannot be one. */
function checkFiles(place: StorePlace): boolean {
  const main = entryOf(place.file);
  for (const suffix of ["-wal", "-shm"]) {
    const beside = entryOf(`${place.file}${suffix}`);
    if (beside === undefined) continue;
    if (!beside.isFile()) throw damaged(`${place.file}${suffix}`, "is not a regular file");
    // A log without its database: what it holds would be thrown away with a new one.
    if (main === undefined && suffix === "-wal" && beside.size > 0) {
      throw damaged(place.file, `is missing, but its write-ahead log "${STORE_FILE}-wal" is here`);
    }
  }
  if (main === undefined) return false;
  if (main.isDirectory()) throw damaged(place.file, "is a folder, not a file");
  if (main.isFile() && main.size === 0) throw damaged(place.file, "is empty");
  return true;
}

function entryOf(file: string): ReturnType<typeof lstatSync> {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw damaged(file, `cannot be reached (${(error as Error).message})`, error);
  }
}

function createFile(place: StorePlace): void {
  const fresh = join(place.dir, `${STORE_FILE}.${randomUUID()}.new`);
  try {
    const connection = new DatabaseSync(fresh, { timeout: 0 });
    try {
      connection.exec(
        `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA application_id = ${APPLICATION_ID}`,
      );
      migrate(connection, fresh);
      // Closing checkpoints too, but says nothing when that fails: half a file would get the name.
      connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      connection.close();
    }
    publish(fresh, place.file);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EACCES" || code === "EROFS" || code === "EPERM" || isUnopenable(error))
      throw readOnlyStore(place, error);
    throw isSqliteError(error) ? coded(error, { ...place, doing: "writing" }) : error;
  } finally {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${fresh}${suffix}`, { force: true });
  }
}

/** Gives the finished file its name unless another process was first: then theirs is the store. */
function publish(fresh: string, file: string): void {
  try {
    linkSync(fresh, file);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EEXIST") return;
    // File systems without hard links.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
    if (entryOf(file) === undefined) renameSync(fresh, file);
  }
}

function connect(options: OpenOptions, place: StorePlace): DatabaseSync {
  const settings = { timeout: 0, enableForeignKeyConstraints: false };
  if (options.readOnly !== true) {
    // SQLite would open a file that it may not write for reading, and say so at the first commit.
    if (!mayWrite(place.dir) || !mayWrite(place.file)) throw readOnlyStore(place);
    return new DatabaseSync(place.file, settings);
  }
  const connection = new DatabaseSync(place.file, { ...settings, readOnly: true });
  try {
    connection.prepare("SELECT count(*) FROM sqlite_schema").get();
    return connection;
  } catch (error) {
    connection.close();
    // In a folder that may not be written there is no room for the shared index of a write-ahead log. Without such a log
    // nobody writes either, and the file alone is the whole store.
    if (mayWrite(place.dir) || entryOf(`${place.file}-wal`) !== undefined) throw error;
    const url = pathToFileURL(place.file);
    url.searchParams.set("immutable", "1");
    return new DatabaseSync(url, { ...settings, readOnly: true });
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Reading needs the tables of today. A file of an older release gets them, where that is possible, before it is only read. */
function bringUpToDate(place: StorePlace): void {
  if (!mayWrite(place.dir) || !mayWrite(place.file)) throw olderThanUs(place);
  const connection = new DatabaseSync(place.file, { timeout: 0 });
  try {
    migrate(connection, place.file);
  } finally {
    connection.close();
  }
}

function isOld(connection: DatabaseSync): boolean {
  return pragma(connection, "user_version") < migrations().length;
}

function checkOurs(connection: DatabaseSync, place: StorePlace): void {
  const ours = pragma(connection, "application_id") === APPLICATION_ID;
  if (!ours) throw damaged(place.file, "is a database, but not a store of workgraph");
  const found = pragma(connection, "user_version");
  const known = migrations().length;
  if (found > known) throw newerThanUs(place.file, { found, known });
  if (found < 1) throw damaged(place.file, "is damaged: it has no schema version");
}

function pragma(connection: DatabaseSync, name: string): number {
  const row = connection.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name] ?? 0);
}

function configure(connection: DatabaseSync, options: OpenOptions): void {
  // A file made by somebody else must not run what its schema says; cells are checked as their page is read.
  connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY");
  connection.exec(`PRAGMA synchronous = ${options.durability === "power-loss" ? "FULL" : "NORMAL"}`);
  connection.exec(`PRAGMA wal_autocheckpoint = ${BACKSTOP_PAGES}; PRAGMA journal_size_limit = ${JOURNAL_BYTES}`);
  if (options.maxSizeBytes !== undefined) {
    connection.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.maxSizeBytes / PAGE_BYTES))}`);
  }
}

/** The text of each migration, in order: the files `NNNN-name.sql` beside this one. */
function migrations(): readonly string[] {
  const folder = new URL("./", import.meta.url);
  return readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => readFileSync(new URL(name, folder), "utf8"));
}

function migrate(connection: DatabaseSync, file: string): void {
  const all = migrations();
  if (all.length === 0)
    throw new WorkgraphError("WG5002", `the package has no migrations for "${file}"`, { hint: "install it again" });
  if (pragma(connection, "user_version") >= all.length) return;
  connection.exec("BEGIN IMMEDIATE");
  try {
    // Read again under the lock: another process may have done it meanwhile.
    for (let version = pragma(connection, "user_version"); version < all.length; version++) {
      connection.exec(all[version] as string);
      connection.exec(`PRAGMA user_version = ${version + 1}`);
    }
    connection.exec("COMMIT");
  } catch (error) {
    if (connection.isTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}
