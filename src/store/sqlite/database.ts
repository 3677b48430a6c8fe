/**
 * One connection: statements kept by their text, rows as objects, SQLite's errors as ours.
 *
 * Leaves to open-database.ts: which file, pragmas, schema.
 *
 * R1. Two faults stay as SQLite threw them, because callers act on them: busy (wait and try again) and a constraint.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Clock } from "../../base/clock.ts";
import { coded, damaged, isBusy, isConstraint } from "./faults.ts";

export type Cell = SQLInputValue;

export class Database {
  readonly dir: string;
  readonly file: string;
  /** What rows that carry a time of their own are stamped with. */
  readonly clock: Clock;
  readonly #connection: DatabaseSync;
  readonly #statements: Map<string, StatementSync> = new Map();
  #writing = false;

  constructor(connection: DatabaseSync, place: { readonly dir: string; readonly file: string; readonly clock: Clock }) {
    this.#connection = connection;
    this.clock = place.clock;
    this.dir = place.dir;
    this.file = place.file;
  }

  run(sql: string, ...cells: Cell[]): { readonly changes: number; readonly id: number } {
    try {
      const done = this.statement(sql).run(...cells);
      return { changes: Number(done.changes), id: Number(done.lastInsertRowid) };
    } catch (error) {
      throw this.#fault(error);
    }
  }

  get<Row>(sql: string, ...cells: Cell[]): Row | undefined {
    try {
      return this.statement(sql).get(...cells) as Row | undefined;
    } catch (error) {
      throw this.#fault(error);
    }
  }

  all<Row>(sql: string, ...cells: Cell[]): Row[] {
    try {
      return this.statement(sql).all(...cells) as Row[];
    } catch (error) {
      throw this.#fault(error);
    }
  }

  exec(sql: string): void {
    try {
      this.#connection.exec(sql);
    } catch (error) {
      throw this.#fault(error);
    }
  }

  /** Takes the write lock; throws a busy error when another connection has it. What follows is all written or all not. */
  begin(): void {
    this.#writing = true;
    this.statement("BEGIN IMMEDIATE").run();
  }

  commit(): void {
    this.statement("COMMIT").run();
    this.#writing = false;
  }

  /** Ends a transaction that failed, whether or not SQLite has rolled it back already (as on a full disk). */
  rollback(): void {
    if (this.#connection.isTransaction) this.run("ROLLBACK");
    this.#writing = false;
  }

  /** Changes when another connection has committed since it was last asked. */
  dataVersion(): number {
    return this.get<{ data_version: number }>("PRAGMA data_version")?.data_version ?? 0;
  }

  damaged(what: string): Error {
    return damaged(this.file, `is damaged: ${what}`);
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }

  /** The statement itself, for what every commit writes: its errors come as SQLite throws them. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #fault(error: unknown): unknown {
    if (isBusy(error) || isConstraint(error)) return error;
    return coded(error, { dir: this.dir, file: this.file, doing: this.#writing ? "writing" : "reading" });
  }
}
