/**
 * Whether the database file is whole below what is written in it: trees, indexes, free pages.
 *
 * R1. In a thread of its own with a connection of its own: it reads every page, and nobody else waits for it.
 * R2. What hash chains tell of logs and values, they tell better. This is for everything that no chain covers: an index that is
 *     damaged answers a question with less than there is, and says nothing.
 */
import { Worker } from "node:worker_threads";

const MOST = 5;

/** What is wrong, at most a few lines; empty: nothing. */
export function faultsIn(file: string): Promise<readonly string[]> {
  return new Promise((done, fail) => {
    const thread = new Worker(`(${look.toString()})()`, {
      eval: true,
      workerData: { file, most: MOST },
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    thread.once("message", (faults: readonly string[]) => done(faults));
    thread.once("error", fail);
    thread.once("exit", (code) => fail(new Error(`the thread that looks at "${file}" ended with ${code}`)));
  });
}

/** The whole thread, started from its text as in checkpointer.ts: it refers to nothing outside itself. */
function look(): void {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { file, most } = workerData as { readonly file: string; readonly most: number };
  const database = new DatabaseSync(file, { timeout: 10_000, readOnly: true });
  let faults: readonly string[];
  try {
    const rows = database.prepare(`PRAGMA integrity_check(${most})`).all();
    faults = rows
      .flatMap((row) => String(Object.values(row)[0]).split("\n"))
      .filter((text) => !/^(ok|\*\*\*.*)$/.test(text));
  } catch (error) {
    faults = [(error as Error).message];
  }
  database.close();
  parentPort?.postMessage(faults);
}
