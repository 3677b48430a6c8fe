/**
 * A copy of the whole store, as it stood at one moment, while runs go on.
 *
 * R1. The copy is made by `VACUUM INTO` in a thread of its own, with its own connection: nobody who writes waits for it. (SQLite's
 *     page-by-page backup begins anew whenever another process commits, and may never end under load.)
 * R2. It is written beside its place and linked there when it is whole and on the disk: a file of the name is never half a copy, and
 *     never one that was there before.
 * R3. Of a damaged store ("salvage") a plain copy of the file is made first, and its indexes are taken out: `VACUUM` copies indexes
 *     page by page and fails at a damaged one. They are made anew in the copy. Writers wait meanwhile.
 */
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { noCopy, type CopyKind } from "../upkeep.ts";

export async function backupDatabase(
  source: string,
  target: string,
  how: CopyKind = "whole",
): Promise<{ readonly sizeBytes: number }> {
  const file = resolve(target);
  const fresh = `${file}.${randomUUID()}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) throw noCopy(file, "it is there already");
    await copy({ source, fresh, how });
    const written = openSync(fresh, "r+");
    fsyncSync(written);
    closeSync(written);
    linkSync(fresh, file);
    return { sizeBytes: statSync(file).size };
  } catch (error) {
    if (error instanceof WorkgraphError) throw error;
    const isThere = (error as { code?: string }).code === "EEXIST";
    throw noCopy(file, isThere ? "it is there already" : (error as Error).message, error);
  } finally {
    for (const base of [fresh, `${fresh}.plain`])
      for (const suffix of ["", "-wal", "-shm", "-journal"]) remove(`${base}${suffix}`);
  }
}

/** What is not there, or in no folder, needs no removing. */
function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {}
}

interface Work {
  readonly source: string;
  readonly fresh: string;
  readonly how: CopyKind;
}

function copy(work: Work): Promise<void> {
  return new Promise((done, fail) => {
    const thread = new Worker(`(${serve.toString()})()`, {
      eval: true,
      workerData: work,
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    thread.once("error", fail);
    thread.once("exit", (code) =>
      code === 0 ? done() : fail(new Error(`the thread that writes it ended with ${code}`)),
    );
  });
}

/** The whole thread, started from its text as in checkpointer.ts: it refers to nothing outside itself. */
function serve(): void {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const { workerData } = process.getBuiltinModule("node:worker_threads");
  const { copyFileSync, existsSync } = process.getBuiltinModule("node:fs");
  const { source, fresh, how } = workerData as Work;
  const indexes = how === "salvage" ? withoutIndexes() : [];
  const from = new DatabaseSync(how === "salvage" ? `${fresh}.plain` : source, { timeout: 10_000, readOnly: true });
  from.prepare("VACUUM INTO ?").run(fresh);
  from.close();
  // A copy says less than the original in one place only: how it keeps its log.
  const made = new DatabaseSync(fresh, { timeout: 10_000 });
  for (const index of indexes) made.exec(index);
  made.exec("PRAGMA journal_mode = WAL");
  made.close();

  /** R3. Gives what makes them. */
  function withoutIndexes(): readonly string[] {
    const plain = `${fresh}.plain`;
    const lock = new DatabaseSync(source, { timeout: 10_000 });
    lock.exec("BEGIN IMMEDIATE");
    copyFileSync(source, plain);
    if (existsSync(`${source}-wal`)) copyFileSync(`${source}-wal`, `${plain}-wal`);
    lock.exec("ROLLBACK");
    lock.close();
    // This copy is ours to change; newer Nodes protect the schema unless they are told.
    const bare = new DatabaseSync(plain, { timeout: 10_000, defensive: false });
    const rows = bare.prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").all();
    bare.exec("PRAGMA writable_schema = ON");
    bare.exec("DELETE FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
    bare.close();
    return rows.map((row) => String(row["sql"]));
  }
}
