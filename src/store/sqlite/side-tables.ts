/** What is durable beside the log: scratchpad, sub-results of `ctx.once`, log lines, commands. */
import { jsonText, parseJson } from "../../base/primordials.ts";
import type { CallNo, ItemNo, RunId } from "../../model/ids.ts";
import type { Command, LogLine, StoredLogLine } from "../store.ts";
import type { Database } from "./database.ts";
import type { RunKey } from "./log-blocks.ts";
import { rowSum } from "./row-sum.ts";

export interface OnceKey {
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly key: string;
}

export class SideTables {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  scratch(runNo: number, key: string): { readonly value: string; readonly version: number } | undefined {
    const row = this.#database.get<{ value: string; version: number; sum: number }>(
      "SELECT value, version, sum FROM scratchpad WHERE run_no = ? AND key = ?",
      runNo,
      key,
    );
    if (row === undefined) return undefined;
    if (rowSum(runNo, key, row.value, row.version) !== row.sum)
      throw this.#database.damaged(`scratchpad key "${key}" was changed`);
    return { value: row.value, version: row.version };
  }

  setScratch(runNo: number, entry: { readonly key: string; readonly value: string }): number {
    const version = (this.scratch(runNo, entry.key)?.version ?? 0) + 1;
    this.#database.run(
      "INSERT INTO scratchpad (run_no, key, value, version, sum) VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_no, key) DO UPDATE SET value = excluded.value, version = excluded.version, sum = excluded.sum",
      runNo,
      entry.key,
      entry.value,
      version,
      rowSum(runNo, entry.key, entry.value, version),
    );
    return version;
  }

  once(runNo: number, key: OnceKey): string | undefined {
    const row = this.#database.get<{ value: string; sum: number }>(
      "SELECT value, sum FROM once WHERE run_no = ? AND call = ? AND item = ? AND key = ?",
      runNo,
      key.call,
      key.item,
      key.key,
    );
    if (row !== undefined && rowSum(runNo, key.call, key.item, key.key, row.value) !== row.sum) {
      throw this.#database.damaged(`the result of once("${key.key}") was changed`);
    }
    return row?.value;
  }

  /** The first result of a key stays. */
  putOnce(runNo: number, entry: OnceKey & { readonly value: string }): void {
    this.#database.run(
      "INSERT INTO once (run_no, call, item, key, value, sum) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run_no, call, item, key) DO NOTHING",
      runNo,
      entry.call,
      entry.item,
      entry.key,
      entry.value,
      rowSum(runNo, entry.call, entry.item, entry.key, entry.value),
    );
  }

  addLine(runNo: number, line: LogLine): void {
    this.#database.run(
      "INSERT INTO logline (run_no, call, item, attempt, at, level, text, fields) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      runNo,
      line.call,
      line.item,
      line.attempt,
      line.at,
      line.level,
      line.text,
      line.fields ?? null,
    );
  }

  lines(
    runNo: number,
    filter: { readonly call?: CallNo; readonly item?: ItemNo; readonly after?: number; readonly limit?: number },
  ): StoredLogLine[] {
    const rows = this.#database.all<StoredLogLine & { readonly fields: string | null }>(
      "SELECT id, call, item, attempt, at, level, text, fields FROM logline WHERE run_no = ?1 AND id > ?2 AND (?3 IS NULL OR call = ?3) AND (?4 IS NULL OR item = ?4) ORDER BY id LIMIT ?5",
      runNo,
      filter.after ?? 0,
      filter.call ?? null,
      filter.item ?? null,
      filter.limit ?? 1000,
    );
    return rows.map(({ fields, ...line }) => ({ ...line, ...(fields === null ? {} : { fields }) }));
  }

  addCommand(runNo: number, command: Pick<Command, "kind" | "by" | "args" | "at">): number {
    return this.#database.run(
      "INSERT INTO command (run_no, kind, by, args, at) VALUES (?, ?, ?, ?, ?)",
      runNo,
      command.kind,
      command.by,
      jsonText(command.args),
      command.at,
    ).id;
  }

  anyCommand(): boolean {
    return this.#database.get("SELECT 1 FROM command LIMIT 1") !== undefined;
  }

  pendingCommands(): Command[] {
    return this.#database
      .all<{ id: number; run_id: RunId; kind: "cancel"; by: string; args: string; at: number }>(
        "SELECT command.id, run_id, kind, by, args, at FROM command JOIN run USING (run_no) WHERE logged IN ('queued', 'open', 'paused') ORDER BY command.id LIMIT 100",
      )
      .map(({ run_id: runId, args, ...row }) => ({ ...row, runId, args: parseJson(args) as Record<string, unknown> }));
  }

  takeCommands(run: RunKey): Command[] {
    const rows = this.#database.all<{ id: number; kind: "cancel"; by: string; args: string; at: number }>(
      "DELETE FROM command WHERE run_no = ? RETURNING id, kind, by, args, at",
      run.runNo,
    );
    return rows
      .sort((a, b) => a.id - b.id)
      .map((row) => ({ ...row, runId: run.runId as RunId, args: parseJson(row.args) as Record<string, unknown> }));
  }
}
