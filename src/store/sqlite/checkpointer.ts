/**
 * Copies the write-ahead log back into the database, in a thread of its own.
 *
 * Owns: when and where checkpoints run. Leaves to SQLite: doing them.
 *
 * A checkpoint waits for the disk twice: 6-14 ms here, each time 4 MB were written. Inside a commit that was the worst delay of
 * the event loop and 65% of all time spent in commits (2026-11-22, 2 cores, bench/micro/store.ts).
 *
 * R1. The thread starts with the first START_BYTES written; a short run has none. It never keeps the process alive.
 * R2. A passive checkpoint blocks nobody, but cannot start the log over while commits go on. Past RESTART_PAGES commits are held
 *     back (not the event loop) while the thread copies what is left, a few dozen ms.
 * R3. What many processes wrote is looked after, too, though none of them wrote much: the log is a file, and one of LONG_LOG_BYTES
 *     was not started over since it grew past JOURNAL_BYTES. Whoever sees that copies it.
 * R4. Without the thread (it failed to start, or died) SQLite itself checkpoints at BACKSTOP_PAGES.
 */
import { statSync } from "node:fs";
import { Worker } from "node:worker_threads";

const START_BYTES = 16 * 1024 * 1024;
const EVERY_BYTES = 8 * 1024 * 1024;
const RESTART_PAGES = 8_192;
const RESTART_WAIT_MS = 200;
export const BACKSTOP_PAGES = 65_536;
/** What is left of the log's file when it is started over. */
export const JOURNAL_BYTES: number = 64 * 1024 * 1024;
const LONG_LOG_BYTES = JOURNAL_BYTES + 16 * 1024 * 1024;
/** Written here between two looks at the log's file; the first commit looks, too. */
const LOOK_BYTES = 1024 * 1024;

export class Checkpointer {
  readonly #file: string;
  readonly #resumed: () => void;
  #thread: Worker | undefined;
  #state: "idle" | "copying" | "restarting" | "gone" = "idle";
  #writtenBytes = 0;
  #untilLookBytes = 0;

  /** @param resumed called when commits that `restarting` held back may go on. */
  constructor(file: string, resumed: () => void) {
    this.#file = file;
    this.#resumed = resumed;
  }

  /** No commit now: the log is being started over. */
  get restarting(): boolean {
    return this.#state === "restarting";
  }

  /** Says how much a commit wrote, roughly. */
  wrote(bytes: number): void {
    this.#writtenBytes += bytes;
    this.#untilLookBytes -= bytes;
    if (this.#state !== "idle") return;
    if (this.#writtenBytes < (this.#thread ? EVERY_BYTES : START_BYTES) && !this.#seesLongLog()) return;
    this.#writtenBytes = 0;
    this.#state = "copying";
    this.#thread ??= this.#start();
    this.#ask("copy");
  }

  async close(): Promise<void> {
    this.#state = "gone";
    await this.#thread?.terminate();
  }

  /** R3. */
  #seesLongLog(): boolean {
    if (this.#untilLookBytes > 0) return false;
    this.#untilLookBytes = LOOK_BYTES;
    return (statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0) >= LONG_LOG_BYTES;
  }

  #start(): Worker {
    const data: ThreadData = { file: this.#file, restartPages: RESTART_PAGES, restartWaitMs: RESTART_WAIT_MS };
    const thread = new Worker(`(${serve.toString()})()`, {
      eval: true,
      workerData: data,
      execArgv: ["--disable-warning=ExperimentalWarning"],
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
    });
    thread.unref();
    thread.on("message", (answer: Answer) => {
      if (this.#state === "gone") return;
      if (answer === "long") {
        this.#state = "restarting";
        // Commits wait for this thread now, so the process must.
        thread.ref();
        this.#ask("restart");
      } else this.#settle("idle");
    });
    thread.on("error", () => this.#settle("gone"));
    thread.on("exit", () => this.#settle("gone"));
    return thread;
  }

  #ask(request: Request): void {
    this.#thread?.postMessage(request);
  }

  #settle(state: "idle" | "gone"): void {
    const wasRestarting = this.restarting;
    this.#state = state;
    this.#thread?.unref();
    if (wasRestarting) this.#resumed();
  }
}

type Request = "copy" | "restart";
/** "long": all is copied that can be, but the log should start over. */
type Answer = "done" | "long";

interface ThreadData {
  readonly file: string;
  readonly restartPages: number;
  readonly restartWaitMs: number;
}

/**
 * The whole thread. It is started from its text, so it refers to nothing outside itself: a thread that loads modules from source
 * would load the type stripper with them: 8-38 MB more resident memory for twenty lines.
 */
function serve(): void {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { file, restartPages, restartWaitMs } = workerData as ThreadData;
  const database = new DatabaseSync(file, { timeout: restartWaitMs });
  parentPort?.on("message", (request: Request) => {
    let answer: Answer = "done";
    try {
      if (request === "restart") database.exec("PRAGMA wal_checkpoint(RESTART)");
      else if (Number(database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get()?.["log"]) > restartPages)
        answer = "long";
    } catch {
      // Busy: the next time will do. What is broken, the commits of the main thread will say.
    }
    parentPort.postMessage(answer);
  });
}
