/**
 * Brings log lines and values into the index of words, a little at a time.
 *
 * Owns: how far each run is indexed. Leaves to who drives it: when there is time.
 *
 * R1. Text is gathered outside the transaction and written in one that also moves the marks, where they still stand as they did:
 *     several processes may index at once and nothing comes in twice.
 * R2. A run that nobody holds and that is all in is done, and not looked at again until somebody takes it. The others are looked at
 *     in turn, so that many which say nothing new hold up none.
 * R3. One commit holds about BATCH_UNITS of text, a few ms of writing, of as many runs as it takes.
 */
import { systemClock } from "../../base/clock.ts";
import type { RunId } from "../../model/ids.ts";
import { lineText } from "../search.ts";
import type { SearchLag } from "../search.ts";
import type { Access } from "./access.ts";
import type { ErrorRows } from "./error-rows.ts";
import { isCorrupt } from "./faults.ts";
import { logKey } from "./keys.ts";
import type { Lists } from "./lists.ts";
import type { LogBlocks, RunKey } from "./log-blocks.ts";
import type { SearchRows } from "./search-rows.ts";
import { eventText } from "./value-text.ts";

const BATCH_UNITS = 64 * 1024;
const BATCH_RECORDS = 400;
const BATCH_RUNS = 100;
/** Runs that are looked at in one turn, and that `searchLag` counts. */
const TURN_RUNS = 500;

interface Parts {
  readonly access: Access;
  readonly log: LogBlocks;
  readonly lists: Lists;
  readonly words: SearchRows;
  readonly errors: ErrorRows;
}

/** A run with something that may not be indexed. */
interface Pending extends RunKey {
  readonly epoch: number;
  readonly held: number;
  readonly seq: number;
  readonly line: number;
}

/** What of a run comes in next. */
interface Gathered {
  readonly run: Pending;
  readonly values: readonly { readonly seq: number; readonly text: string }[];
  readonly lines: readonly { readonly id: number; readonly text: string }[];
  readonly seq: number;
  readonly line: number;
  readonly units: number;
  /** There was no more of it. */
  readonly all: boolean;
}

const PENDING =
  "SELECT run.run_no AS runNo, run_id AS runId, epoch, owner_id IS NOT NULL AS held, coalesce(seq, 0) AS seq, coalesce(line, 0) AS line FROM (SELECT run_no AS no FROM indexed WHERE done = 0 AND run_no > ?1 UNION ALL SELECT run_no FROM run WHERE run_no > max(?1, (SELECT coalesce(max(run_no), 0) FROM indexed)) ORDER BY no LIMIT ?2) JOIN run ON run.run_no = no LEFT JOIN indexed USING (run_no) WHERE NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.run_no = run.run_no) ORDER BY run.run_no";

export class Indexer {
  readonly #parts: Parts;
  /** The run that was looked at last. */
  #last = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async indexSome(budgetMs: number): Promise<SearchLag> {
    const { access } = this.#parts;
    const until = systemClock.perf() + budgetMs;
    const hasTime = (): boolean => systemClock.perf() < until;
    while (hasTime() && (await this.#noteErrors()));
    // Once around, from where it stopped the time before.
    const begun = this.#last;
    let fromStart = begun === 0;
    while (hasTime()) {
      const pending = [...(await access.read(() => this.#pending(this.#last)))];
      if (pending.length === 0) {
        this.#last = 0;
        if (fromStart) break;
        fromStart = true;
      }
      while (pending.length > 0 && hasTime()) await this.#step(pending);
      if (fromStart && begun > 0 && this.#last >= begun) break;
    }
    return this.lag();
  }

  lag(): Promise<SearchLag> {
    const { access } = this.#parts;
    return access.read(() => {
      const lag = { events: 0, lines: 0 };
      const pending = this.#pending(0);
      for (const run of pending) {
        lag.events += Math.max(0, this.#endOf(run) - run.seq);
        const sql = "SELECT count(*) AS n FROM logline WHERE run_no = ? AND id > ?";
        lag.lines += access.database.get<{ n: number }>(sql, run.runNo, run.line)?.n ?? 0;
      }
      return { ...lag, more: pending.length === TURN_RUNS };
    });
  }

  #pending(after: number): readonly Pending[] {
    return this.#parts.access.database.all<Pending>(PENDING, after, TURN_RUNS);
  }

  /** One commit, for the first of the runs that are waiting; those that are in leave the list. */
  async #step(waiting: Pending[]): Promise<void> {
    const { access } = this.#parts;
    const batch: Gathered[] = [];
    let units = 0;
    await access.read(() => {
      while (waiting.length > 0 && batch.length < BATCH_RUNS && units < BATCH_UNITS) {
        const run = waiting.shift() as Pending;
        const gathered = this.#gather(run, BATCH_UNITS - units);
        units += gathered.units;
        this.#last = run.runNo;
        if (!isNothing(gathered)) batch.push(gathered);
        if (!gathered.all) {
          waiting.unshift({ ...run, seq: gathered.seq, line: gathered.line });
          this.#last = run.runNo - 1;
          return;
        }
      }
    });
    if (batch.length === 0) return;
    await access.write({ write: () => batch.forEach((gathered) => this.#write(gathered)) });
  }

  #write({ run, values, lines, seq, line, all }: Gathered): void {
    const { words } = this.#parts;
    const { database } = this.#parts.access;
    const stands = database.get<{ seq: number; line: number; epoch: number; held: number }>(
      "SELECT coalesce(seq, 0) AS seq, coalesce(line, 0) AS line, epoch, owner_id IS NOT NULL AS held FROM run LEFT JOIN indexed USING (run_no) WHERE run_no = ? AND NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.run_no = run.run_no)",
      run.runNo,
    );
    if (stands === undefined) return;
    if (stands.seq !== run.seq || stands.line !== run.line) return;
    for (const value of values) words.addValue(logKey(run.runNo, value.seq), value.text);
    for (const one of lines) words.addLine(one.id, one.text);
    const done = all && run.held + stands.held === 0 && stands.epoch === run.epoch ? 1 : 0;
    database.run(
      "INSERT INTO indexed (run_no, seq, line, done) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (run_no) DO UPDATE SET seq = ?2, line = ?3, done = ?4",
      run.runNo,
      seq,
      line,
      done,
    );
  }

  #gather(run: Pending, limit: number): Gathered {
    const { access, log } = this.#parts;
    const values: { seq: number; text: string }[] = [];
    const lines: { id: number; text: string }[] = [];
    let units = 0;
    let { seq, line } = run;
    let events = 0;
    try {
      for (const stored of log.events(run, { after: seq, limit: BATCH_RECORDS, values: false })) {
        if (units > limit) break;
        const text = eventText(this.#parts, run, { seq: stored.seq, event: stored.event });
        if (text !== "") values.push({ seq: stored.seq, text });
        units += text.length;
        ({ seq } = stored);
        events++;
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
      if (units > limit) break;
      const text = lineText(row);
      lines.push({ id: row.id, text });
      units += text.length;
      line = row.id;
    }
    const all = units <= limit && events < BATCH_RECORDS && rows.length < BATCH_RECORDS;
    return { run, values, lines, seq, line, units, all };
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

/** A held run that says nothing new. Of one that nobody holds it is to be written down that it is done. */
function isNothing({ run, seq, line }: Gathered): boolean {
  return seq === run.seq && line === run.line && run.held === 1;
}
