/**
 * Copies the write-ahead log back into the database, in a thread of its own.
 *
 * Owns: when and where checkpoints run. Leaves to SQLite: doing them.
 *
 * A checkpoint waits for the disk twice: 6-14 ms here, each time 4 MB were written. Inside a commit that was the worst delay of
 * the event loop and 65% of all time spent in commits (2026-11-22, 2 cores, bench/micro/store.ts).
 *
 * R1. The thread starts with the first START_BYTES written; a short run has none. It never keeps the process alive.
 * R2. A passive checkpoint blocks nobody, but cannot start the log over while commits go on; past RESTART_PAGES the thread takes
 *     the write lock for the moment that needs, and commits wait for it by timer like for any other writer.
 * R3. Without the thread (it failed to start, or died) SQLite itself checkpoints at BACKSTOP_PAGES.
 */
import { DatabaseSync } from "node:sqlite";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const START_BYTES = 8 * 1024 * 1024;
const RESTART_PAGES = 16_384;
export const BACKSTOP_PAGES = 65_536;
const ROLE = "workgraph checkpoints";

interface ThreadData {
  readonly role: typeof ROLE;
  readonly file: string;
}

export class Checkpointer {
  readonly #file: string;
  #thread: Worker | undefined;
  #failed = false;
  #busy = false;
  #writtenBytes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Says how much a commit wrote, roughly. */
  wrote(bytes: number): void {
    this.#writtenBytes += bytes;
    if (this.#writtenBytes < START_BYTES || this.#busy || this.#failed) return;
    this.#writtenBytes = 0;
    this.#busy = true;
    this.#thread ??= this.#start();
    this.#thread.postMessage("checkpoint");
  }

  async close(): Promise<void> {
    this.#failed = true;
    await this.#thread?.terminate();
  }

  #start(): Worker {
    const data: ThreadData = { role: ROLE, file: this.#file };
    const thread = new Worker(new URL(import.meta.url), { workerData: data, execArgv: [], stdin: false });
    thread.unref();
    thread.on("message", () => {
      this.#busy = false;
    });
    const fail = (): void => {
      this.#failed = true;
    };
    thread.on("error", fail);
    thread.on("exit", fail);
    return thread;
  }
}

function serve(file: string): void {
  const database = new DatabaseSync(file, { timeout: 0 });
  database.exec("PRAGMA synchronous = NORMAL");
  const port = parentPort;
  port?.on("message", () => {
    try {
      const done = database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
      if (Number(done?.["log"]) > RESTART_PAGES) database.exec("PRAGMA wal_checkpoint(RESTART)");
    } catch {
      // Busy: the next time will do. What is broken, the commits of the main thread will say.
    }
    port.postMessage("done");
  });
}

const data: unknown = workerData;
if (!isMainThread && typeof data === "object" && data !== null && (data as Partial<ThreadData>).role === ROLE) {
  serve((data as ThreadData).file);
}
