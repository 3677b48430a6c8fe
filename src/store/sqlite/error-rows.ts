/** Where errors stand in the log of a run. What they say is read from there. */
import type { ErrorPlace } from "../run-index.ts";
import type { ErrorRow } from "../store.ts";
import type { Database } from "./database.ts";
import { logKey, MAX_SEQ, seqOfKey } from "./keys.ts";
import type { LogBlocks, RunKey } from "./log-blocks.ts";

export class ErrorRows {
  readonly #database: Database;
  readonly #log: LogBlocks;

  constructor(database: Database, log: LogBlocks) {
    this.#database = database;
    this.#log = log;
  }

  write(runNo: number, { seq, final }: ErrorPlace): void {
    this.#database.run("INSERT INTO error (id, final) VALUES (?, ?)", logKey(runNo, seq), final ? 1 : 0);
  }

  list(run: RunKey, options: { readonly after?: number; readonly limit?: number }): readonly ErrorRow[] {
    return this.#database
      .all<{ id: number; final: number }>(
        "SELECT id, final FROM error WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
        logKey(run.runNo, (options.after ?? 0) + 1),
        logKey(run.runNo, MAX_SEQ),
        options.limit ?? 1000,
      )
      .map((row) => this.#row(run, { seq: seqOfKey(row.id), final: row.final === 1 }));
  }

  #row(run: RunKey, place: ErrorPlace): ErrorRow {
    const event = this.#log.event(run, place.seq)?.event;
    if (event?.type !== "item.failed" && event?.type !== "item.retrying" && event?.type !== "run.failed") {
      throw this.#database.damaged(`event ${place.seq} of run "${run.runId}" is not the error it should be`);
    }
    const { error } = event;
    if (event.type === "run.failed") return { ...place, error };
    return { ...place, call: event.call, item: event.item, attempt: event.attempt, error };
  }
}
