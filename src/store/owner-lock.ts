/**
 * Whether a process that owns runs still lives.
 *
 * Owns: `.workgraph/owners/<ownerId>.db`, one per process and store: a database held under an exclusive transaction for as long
 * as its process lives. Leaves to stores: which runs an owner holds.
 *
 * R1. The lock is the kernel's: SIGKILL frees it, SIGSTOP and a blocked event loop do not. No heartbeat, no timeout.
 * R2. A file appears under its name only when it is locked already, so that nobody finds a living owner's file free.
 * R3. No file system call but SQLite's opens a lock file that may be ours: closing any descriptor of it would drop the lock.
 * R4. Ids are never used again, so removing the file of a dead owner cannot meet a new one.
 * R5. A lock is held until it is released or its process ends, also when nothing refers to its store any more.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../base/clock.ts";
import { isBusy, isUnopenable } from "./sqlite/faults.ts";

/** "wkgo" in the header of the file. */
const APPLICATION_ID = 0x776b676f;
const SUFFIX = ".db";
const FRESH_SUFFIX = ".db.new";
/** A process that was killed between creating and naming its file leaves one behind. */
const STALE_AFTER_MS = 60_000;

/** R5: what nothing refers to would be collected, and closed with it. */
const allHeld = new Set<DatabaseSync>();

export class OwnerLock {
  readonly ownerId: string;
  readonly #folder: string;
  #held: DatabaseSync | undefined;

  constructor(dir: string, ownerId: string) {
    this.#folder = join(dir, "owners");
    this.ownerId = ownerId;
  }

  /** Takes the lock; without effect when it is held. */
  hold(): void {
    if (this.#held) return;
    mkdirSync(this.#folder, { recursive: true });
    const fresh = join(this.#folder, `${this.ownerId}${FRESH_SUFFIX}`);
    const held = new DatabaseSync(fresh, { timeout: 0 });
    // With a mark of ours in it the file is a database, not an empty file that looks like a leftover.
    held.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA application_id = ${APPLICATION_ID}`);
    held.exec("BEGIN EXCLUSIVE");
    renameSync(fresh, join(this.#folder, `${this.ownerId}${SUFFIX}`));
    this.#held = held;
    allHeld.add(held);
  }

  isAlive(ownerId: string): boolean {
    if (ownerId === this.ownerId) return this.#held !== undefined;
    const file = join(this.#folder, `${ownerId}${SUFFIX}`);
    if (isLocked(file)) return true;
    remove(file);
    return false;
  }

  /** Removes what dead processes left. */
  sweep(): void {
    for (const name of namesIn(this.#folder)) {
      if (name.endsWith(SUFFIX)) this.isAlive(name.slice(0, -SUFFIX.length));
      else if (name.endsWith(FRESH_SUFFIX) && isStale(join(this.#folder, name))) {
        remove(join(this.#folder, name));
      }
    }
  }

  release(): void {
    if (!this.#held) return;
    rmSync(join(this.#folder, `${this.ownerId}${SUFFIX}`), { force: true });
    allHeld.delete(this.#held);
    this.#held.close();
    this.#held = undefined;
  }
}

/** The lock files that are there, and whether their processes live. Removes nothing. */
export function ownerFiles(dir: string): readonly { readonly ownerId: string; readonly alive: boolean }[] {
  const folder = join(dir, "owners");
  return namesIn(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => ({ ownerId: name.slice(0, -SUFFIX.length), alive: isLocked(join(folder, name)) }));
}

/** A read needs a shared lock, which an exclusive one refuses. What is no file, or no database, is nobody's lock. */
function isLocked(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    // What may not even be opened belongs to another user: its owner is taken to live rather than be fenced by mistake.
    return isBusy(error) || isUnopenable(error);
  } finally {
    database?.close();
  }
}

/** Tidying only: a folder that may not be written keeps its files. */
function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {}
}

function isStale(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs < systemClock.now() - STALE_AFTER_MS;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
