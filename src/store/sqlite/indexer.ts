/**
 * Brings log lines and values into the index of words, a little at a time.
 *
 * Owns: how far each run is indexed. Leaves to who drives it: when there is time.
 *
 * R1. Text is gathered outside the transaction and written in one that also moves the mark, if the mark still stands where it was:
 *     several processes may index at once and nothing comes in twice.
 * R2. Runs of before come first, the newest among what is left last: a search lags where the least is looked for.
 * R3. One batch holds BATCH_UNITS of text, a few ms of writing.
 */
import { systemClock } from "../../base/clock.ts";
import type { RunId } from "../../model/ids.ts";
import type { LoggedRunStatus } from "../../model/status.ts";
import { isRunEnded } from "../../model/status.ts";
import { lineText } from "../search.ts";
import type { SearchLag } from "../search.ts";
import type { Access } from "./access.ts";
import type { ErrorRows } from "./error-rows.ts";
import { isCorrupt } from "./faults.ts";
import type { Lists } from "./lists.ts";
import type { LogBlocks, RunKey } from "./log-blocks.ts";
import type { SearchRows } from "./search-rows.ts";
import { eventText } from "./value-text.ts";

const BATCH_UNITS = 96 * 1024;
const BATCH_RECORDS = 400;
/** Runs that `searchLag` looks at. */
const LAG_RUNS = 500;

interface Parts {
  readonly access: Access;
  readonly log: LogBlocks;
  readonly lists: Lists;
  readonly words: SearchRows;
  readonly errors: ErrorRows;
}

/** A run with something that may not be indexed. */
interface Pending extends RunKey {
  readonly logged: LoggedRunStatus;
  readonly seq: number;
  readonly line: number;
}

interface Gathered {
  readonly values: { readonly seq: number; readonly text: string }[];
  readonly lines: { readonly id: number; readonly text: string }[];
  readonly seq: number;
  readonly line: number;
}

const PENDING =
  "SELECT run.run_no AS runNo, run_id AS runId, logged, coalesce(seq, 0) AS seq, coalesce(line, 0) AS line FROM (SELECT run_no AS no FROM indexed WHERE done = 0 UNION ALL SELECT run_no FROM run WHERE run_no > (SELECT coalesce(max(run_no), 0) FROM indexed)) JOIN run ON run.run_no = no LEFT JOIN indexed USING (run_no) WHERE NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.run_no = run.run_no)";

export class Indexer {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async indexSome(budgetMs: number): Promise<SearchLag> {
    const { access } = this.#parts;
    const until = systemClock.perf() + budgetMs;
    const hasTime = (): boolean => systemClock.perf() < until;
    while (hasTime() && (await this.#noteErrors()));
    for (const run of await access.read(() => this.#pending(LAG_RUNS))) {
      for (let at: Pending | undefined = run; at !== undefined && hasTime();) at = await this.#indexRun(at);
      if (!hasTime()) break;
    }
    return this.lag();
  }

  lag(): Promise<SearchLag> {
    const { access } = this.#parts;
    return access.read(() => {
      const lag = { events: 0, lines: 0 };
      const pending = this.#pending(LAG_RUNS);
      for (const run of pending) {
        lag.events += Math.max(0, this.#endOf(run) - run.seq);
        lag.lines +=
          access.database.get<{ n: number }>(
            "SELECT count(*) AS n FROM logline WHERE run_no = ? AND id > ?",
            run.runNo,
            run.line,
          )?.n ?? 0;
      }
      return { ...lag, more: pending.length === LAG_RUNS };
    });
  }

  #pending(limit: number): readonly Pending[] {
    return this.#parts.access.database.all<Pending>(`${PENDING} ORDER BY run.run_no LIMIT ?`, limit);
  }

  /** The run with its new marks, while there may be more of it. */
  async #indexRun(run: Pending): Promise<Pending | undefined> {
    const { access, words } = this.#parts;
    const { database } = access;
    const gathered = await access.read(() => this.#gather(run));
    const { values, lines, seq, line } = gathered;
    const isAll = seq === run.seq && line === run.line;
    const done = isAll && isRunEnded(run.logged) ? 1 : 0;
    if (isAll && done === 0) return undefined;
    const moved = await access.write({
      write: () => {
        const stands = database.get<{ seq: number; line: number; logged: string }>(
          "SELECT coalesce(seq, 0) AS seq, coalesce(line, 0) AS line, logged FROM run LEFT JOIN indexed USING (run_no) WHERE run_no = ? AND NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.run_no = run.run_no)",
          run.runNo,
        );
        if (stands === undefined) return false;
        // Runs above the last row here count as not begun, so one that is passed over must have a row.
        database.run("INSERT OR IGNORE INTO indexed (run_no, seq, line, done) VALUES (?, 0, 0, 0)", run.runNo);
        if (stands.seq !== run.seq || stands.line !== run.line || stands.logged !== run.logged) {
          return false;
        }
        for (const value of values) words.addValue(run.runNo * 2 ** 28 + value.seq, value.text);
        for (const one of lines) words.addLine(one.id, one.text);
        database.run(
          "INSERT INTO indexed (run_no, seq, line, done) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (run_no) DO UPDATE SET seq = ?2, line = ?3, done = ?4",
          run.runNo,
          seq,
          line,
          done,
        );
        return true;
      },
    });
    return moved && done === 0 ? { ...run, seq, line } : undefined;
  }

  #gather(run: Pending): Gathered {
    const { access, log } = this.#parts;
    const values: { seq: number; text: string }[] = [];
    const lines: { id: number; text: string }[] = [];
    let units = 0;
    let { seq, line } = run;
    try {
      for (const stored of log.events(run, { after: seq, limit: BATCH_RECORDS, values: false })) {
        if (units > BATCH_UNITS) break;
        const text = eventText(this.#parts, run, { seq: stored.seq, event: stored.event });
        if (text !== "") values.push({ seq: stored.seq, text });
        units += text.length;
        ({ seq } = stored);
      }
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      // A damaged log is for those who read the run to find; the words of the others go on coming in.
      seq = this.#endOf(run);
    }
    const rows = access.database.all<{ id: number; text: string; fields: string | null }>(
      "SELECT id, text, fields FROM logline WHERE run_no = ? AND id > ? ORDER BY id LIMIT ?",
      run.runNo,
      line,
      BATCH_RECORDS,
    );
    for (const row of rows) {
      if (units > BATCH_UNITS) break;
      const text = lineText(row);
      lines.push({ id: row.id, text });
      units += text.length;
      line = row.id;
    }
    return { values, lines, seq, line };
  }

  /** 0 where the log cannot be read. */
  #endOf(run: RunKey): number {
    try {
      return this.#parts.log.end(run)?.seq ?? 0;
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      return 0;
    }
  }

  /** Errors that an earlier release wrote. False when there are none left. */
  async #noteErrors(): Promise<boolean> {
    const { access, errors } = this.#parts;
    const { database } = access;
    const facts = await access.read(() =>
      errors.unnoted(BATCH_RECORDS / 4).map((place) => {
        const row = database.get<{ run_id: RunId; workflow: string }>(
          "SELECT run_id, workflow FROM run WHERE run_no = ?",
          place.runNo,
        );
        const run = { runId: row?.run_id ?? "", runNo: place.runNo, workflow: row?.workflow ?? "" };
        return { run, fact: errors.fact(run, place) };
      }),
    );
    if (facts.length === 0) return false;
    await access.write({
      write: () => {
        for (const { run, fact } of facts) if (errors.markNoted(run.runNo, fact.seq)) errors.note(run, [fact]);
      },
    });
    return true;
  }
}
