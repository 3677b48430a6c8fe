/**
 * Loaded into a process before it starts (`--import`): how long its event loop was held in commits.
 *
 * METER_DATABASE is the module of the class Database that the process loads; METER_FOLDER is where the figures are left.
 *
 * R1. A commit holds the loop from BEGIN IMMEDIATE to COMMIT, or until BEGIN is refused: that is what SQLite blocks and computes.
 * R2. A process that is taken off its core meanwhile is held, too. How much of it that was the kernel says (schedstat).
 * R3. A commit waits from the first BEGIN that is refused to its COMMIT; the loop turns meanwhile.
 */
import { openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";

/** What is kept of one hold or wait: no shorter ones than LEAST_MS. */
export interface Timed {
  /** Epoch ms at which it ended. */
  readonly at: number;
  readonly ms: number;
  /** Of these: ready to run, and no core. */
  readonly withoutCoreMs: number;
}

export interface Metered {
  readonly commits: number;
  readonly refused: number;
  readonly holds: readonly Timed[];
  readonly waits: readonly Timed[];
}

const LEAST_MS = 1;

interface Connection {
  begin(): void;
  commit(): void;
  rollback(): void;
}

const schedstat = openSync("/proc/thread-self/schedstat", "r");
const text = Buffer.alloc(64);

/** Ms that this thread was ready to run and had no core. */
function withoutCoreMs(): number {
  const length = readSync(schedstat, text, 0, text.length, 0);
  return Number(text.toString("latin1", 0, length).split(" ")[1]) / 1e6;
}

function meter(connection: Connection, folder: string): void {
  const { begin, commit, rollback } = connection;
  const metered = { commits: 0, refused: 0, holds: [] as Timed[], waits: [] as Timed[] };
  let since = 0;
  let withoutCore = 0;
  let waitingSince: number | undefined;
  const held = (): void => {
    const ms = performance.now() - since;
    if (ms >= LEAST_MS) metered.holds.push({ at: Date.now(), ms, withoutCoreMs: withoutCoreMs() - withoutCore });
  };
  connection.begin = function (this: Connection) {
    withoutCore = withoutCoreMs();
    since = performance.now();
    try {
      begin.call(this);
    } catch (error) {
      held();
      metered.refused++;
      waitingSince ??= since;
      throw error;
    }
  };
  connection.commit = function (this: Connection) {
    commit.call(this);
    held();
    metered.commits++;
    const ms = waitingSince === undefined ? 0 : performance.now() - waitingSince;
    if (ms >= LEAST_MS) metered.waits.push({ at: Date.now(), ms, withoutCoreMs: 0 });
    waitingSince = undefined;
  };
  connection.rollback = function (this: Connection) {
    rollback.call(this);
    held();
  };
  process.on("exit", () => {
    const figures: Metered = metered;
    if (metered.commits > 0) writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(figures));
  });
}

const { METER_DATABASE: file, METER_FOLDER: folder } = process.env;
if (isMainThread && file !== undefined && folder !== undefined) {
  const { Database } = (await import(file)) as { Database: { prototype: Connection } };
  meter(Database.prototype, folder);
}
