/**
 * What is kept and what goes: pins, forgotten runs, blobs that nothing names.
 *
 * Owns: the pin and forgotten tables, removing rows of runs, sweeping blobs. Leaves to who asks: which runs, and when.
 *
 * R1. A run is forgotten in one commit that leaves a tombstone; its rows go in further commits of BATCH_ROWS, so that nobody waits
 *     long. A process that dies between them leaves rows that nothing reads; forgetting the run again, or a sweep, removes them.
 * R2. A sweep removes what no row names: names are collected first, and a blob that was given within SPARE_MS, or again while the
 *     sweep was looking, stays, because what will name it may not be written yet.
 * R3. Every 64 hex digits in the manifest of a version count as a name: a blob too many is kept rather than one too few.
 */
import type { Clock } from "../../base/clock.ts";
import { sha256Hex } from "../../base/hash.ts";
import type { RunId } from "../../model/ids.ts";
import { isRunEnded } from "../../model/status.ts";
import type { OwnerLock } from "../owner-lock.ts";
import { keptFromForgetting, unknownRun } from "../refusals.ts";
import type { Access } from "./access.ts";
import { readBlob } from "./blobs.ts";
import { callKey, logKey, MAX_CALLS, MAX_SEQ } from "./keys.ts";
import type { LogBlocks } from "./log-blocks.ts";
import type { MemoRows } from "./memo-rows.ts";
import { rowSum } from "./row-sum.ts";
import { ownerOf } from "./run-rows.ts";
import type { RunRows, StoredRun } from "./run-rows.ts";

const BATCH_ROWS = 400;
/** A row of these may hold 256 KB. */
const BATCH_LONG_ROWS = 40;
const SCAN_ROWS = 100;
const SPARE_MS = 3_600_000;

interface Parts {
  readonly access: Access;
  readonly runs: RunRows;
  readonly log: LogBlocks;
  readonly memos: MemoRows;
  readonly lock: OwnerLock;
  readonly clock: Clock;
}

export class Retention {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  pin(runId: RunId, how: "pinned" | "free"): Promise<void> {
    let runNo = 0;
    const { access } = this.#parts;
    return access.write({
      prepare: () => {
        runNo = this.#find(runId).run_no;
      },
      write: () => {
        if (how === "pinned") access.database.run("INSERT OR IGNORE INTO pin (run_no) VALUES (?)", runNo);
        else access.database.run("DELETE FROM pin WHERE run_no = ?", runNo);
      },
    });
  }

  async forget(runId: RunId, why: string): Promise<void> {
    const { access } = this.#parts;
    let row: StoredRun | undefined;
    let known = false;
    await access.write({
      prepare: () => {
        row = this.#find(runId);
        known = this.#parts.runs.tombstone(row.run_no) !== undefined;
        if (!known) this.#assertForgettable(row);
      },
      write: () => {
        if (!known) this.#bury(row as StoredRun, why);
      },
    });
    await this.#clear((row as StoredRun).run_no);
  }

  async sweepBlobs(how: "delete" | "dry"): Promise<{ readonly blobs: number; readonly bytes: number }> {
    const { access, clock } = this.#parts;
    const { database } = access;
    const before = clock.now() - SPARE_MS;
    if (how === "delete") {
      const left = await access.read(() =>
        database.all<{ run_no: number }>("SELECT run_no FROM forgotten WHERE cleared = 0"),
      );
      for (const { run_no } of left) await this.#clear(run_no);
      for (let after: number | undefined = -1; after !== undefined;) after = await this.#sweepMemos(after);
    }
    const named = await this.#named();
    const swept = { blobs: 0, bytes: 0 };
    for (let after = 0; ;) {
      const rows = await access.read(() =>
        database.all<{ id: number; hash: string; bytes: number; given_at: number }>(
          "SELECT id, hash, length(bytes) AS bytes, given_at FROM blob WHERE id > ? ORDER BY id LIMIT ?",
          after,
          BATCH_ROWS,
        ),
      );
      if (rows.length === 0) return swept;
      after = rows.at(-1)?.id ?? after;
      const unnamed = rows.filter((row) => row.given_at < before && !named.has(row.hash));
      for (const row of unnamed) {
        swept.blobs++;
        swept.bytes += row.bytes;
      }
      if (how === "dry" || unnamed.length === 0) continue;
      await access.write({
        write: () => {
          const remove = database.statement("DELETE FROM blob WHERE id = ? AND given_at < ?");
          for (const row of unnamed) remove.run(row.id, before);
        },
      });
    }
  }

  #sweepMemos(after: number): Promise<number | undefined> {
    const { access, memos } = this.#parts;
    return access.write({ write: () => memos.sweep(after) });
  }

  #find(runId: RunId): StoredRun {
    const row = this.#parts.runs.find(runId);
    if (row === undefined) throw unknownRun(runId);
    return row;
  }

  #assertForgettable(row: StoredRun): void {
    const { runs, lock } = this.#parts;
    const owner = ownerOf(row);
    if (!isRunEnded(row.logged))
      throw keptFromForgetting(row.run_id, `it has not ended, its status is "${runs.row(row).status}"`);
    if (owner !== undefined && lock.isAlive(owner.ownerId)) {
      throw keptFromForgetting(row.run_id, `the process with pid ${owner.pid} still holds it`);
    }
    if (runs.isPinned(row.run_no)) throw keptFromForgetting(row.run_id, "it is pinned");
  }

  #bury(row: StoredRun, why: string): void {
    const { access, log, clock } = this.#parts;
    const run = { runId: row.run_id, runNo: row.run_no };
    const end = log.end(run);
    const input = sha256Hex(log.value(run, 1) ?? "");
    const cells = [row.run_no, clock.now(), why, end?.seq ?? 0, end?.calls ?? 0, end?.counts ?? "{}", input] as const;
    const models = end?.models ?? null;
    access.database.run(
      "INSERT INTO forgotten (run_no, at, why, seq, calls, counts, input, models, cleared, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
      ...cells,
      models,
      rowSum(...cells, ...(models === null ? [] : [models])),
    );
  }

  async #clear(runNo: number): Promise<void> {
    const { access } = this.#parts;
    const { database } = access;
    const events = [logKey(runNo, 0), logKey(runNo, MAX_SEQ)];
    const calls = [callKey(runNo, 0), callKey(runNo, MAX_CALLS)];
    const rows = (table: string, where: string, limit = BATCH_ROWS): string =>
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE ${where} ORDER BY id LIMIT ${limit})`;
    const words = (table: string, among: string): string =>
      `DELETE FROM ${table} WHERE rowid IN (SELECT id FROM ${table}_docsize WHERE id ${among} LIMIT ${BATCH_ROWS})`;
    // Words of lines are found by the lines: they go first.
    const lines = `IN (SELECT id FROM logline WHERE run_no = ? ORDER BY id LIMIT ${BATCH_ROWS})`;
    const parts: readonly (readonly [statements: readonly string[], cells: readonly number[]])[] = [
      [[rows("log", "id BETWEEN ? AND ?", BATCH_LONG_ROWS)], events],
      [[rows("list", "run_no = ?", BATCH_LONG_ROWS)], [runNo]],
      [[rows("error", "id BETWEEN ? AND ?")], events],
      [[rows("call", "id BETWEEN ? AND ?")], calls],
      [[words("search_error", "BETWEEN ? AND ?")], events],
      [[words("search_value", "BETWEEN ? AND ?")], events],
      [[words("search_line", lines), rows("logline", "run_no = ?")], [runNo]],
      ...["page", "scratchpad", "once", "command"].map((table) => [[rows(table, "run_no = ?")], [runNo]] as const),
    ];
    for (const [statements, cells] of parts) {
      const remove = (): number => statements.reduce((_, sql) => database.run(sql, ...cells).changes, 0);
      while ((await access.write({ write: remove })) > 0);
    }
    await access.write({
      write: () => {
        database.run("DELETE FROM indexed WHERE run_no = ?", runNo);
        database.run("UPDATE forgotten SET cleared = 1 WHERE run_no = ?", runNo);
      },
    });
  }

  /** Hashes of the blobs that runs, their versions, events and lists name. */
  async #named(): Promise<ReadonlySet<string>> {
    const { access } = this.#parts;
    const { database } = access;
    const named = new Set<string>();
    const scan = async (
      table: "log" | "list",
      names: { readonly mark: string; readonly pattern: RegExp },
    ): Promise<void> => {
      for (let after = 0; ;) {
        const rows = await access.read(() =>
          database.all<{ id: number; body: string | null }>(
            `SELECT id, CASE WHEN instr(body, ?) > 0 THEN body END AS body FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`,
            names.mark,
            after,
            SCAN_ROWS,
          ),
        );
        if (rows.length === 0) return;
        after = rows.at(-1)?.id ?? after;
        for (const { body } of rows) {
          for (const [, hash = ""] of body?.matchAll(names.pattern) ?? []) named.add(hash);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await scan("log", { mark: "\t#", pattern: /\t#([0-9a-f]{64})$/gm });
    await scan("list", { mark: "#", pattern: /^#([0-9a-f]{64})$/gm });
    const manifests = await access.read(() =>
      database.all<{ manifest: string }>("SELECT DISTINCT manifest FROM run WHERE manifest IS NOT NULL"),
    );
    for (const { manifest } of manifests) {
      named.add(manifest);
      const bytes = await access.read(() => readBlob(database, manifest));
      for (const [hash] of Buffer.from(bytes ?? [])
        .toString("latin1")
        .matchAll(/[0-9a-f]{64}/g))
        named.add(hash);
    }
    return named;
  }
}
