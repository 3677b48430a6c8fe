/**
 * Where errors stand in the logs of runs, and the groups they make.
 *
 * Owns: the error, error_group and error_run tables. Leaves to error-groups.ts: what makes two errors one; to search-rows.ts: words.
 *
 * R1. Errors of one commit that belong to one group change its row once.
 * R2. What an error says is read from the log; a group keeps the text of its newest one, because it outlives the logs.
 */
import { errorPattern } from "../../model/error-pattern.ts";
import type { ErrorGroup, ErrorGroupFilter, GroupVersion } from "../error-groups.ts";
import { errorFingerprint, MAX_GROUP_VERSIONS, SAMPLE_UNITS } from "../error-groups.ts";
import type { ErrorFact, ErrorPlace } from "../run-index.ts";
import { errorText } from "../search.ts";
import type { ErrorRow } from "../store.ts";
import type { Cell, Database } from "./database.ts";
import { logKey, MAX_SEQ, runNoOfKey, seqOfKey } from "./keys.ts";
import type { LogBlocks, RunKey } from "./log-blocks.ts";
import type { SearchRows } from "./search-rows.ts";

interface StoredGroup {
  readonly id: number;
  readonly fingerprint: string;
  readonly workflow: string;
  readonly code: string;
  readonly node: string | null;
  readonly pattern: string;
  readonly message: string;
  readonly first_at: number;
  readonly last_at: number;
  readonly count: number;
  readonly final_count: number;
  readonly runs: number;
  readonly last_id: number;
  readonly last_call: number | null;
  readonly last_item: number | null;
  readonly run_id: string;
}

interface Tally {
  readonly fingerprint: string;
  newest: ErrorFact;
  firstAt: number;
  count: number;
  finalCount: number;
}

const UPSERT =
  "INSERT INTO error_group (fingerprint, workflow, code, node, pattern, message, first_at, last_at, count, final_count, runs, last_id, last_call, last_item) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?) ON CONFLICT (fingerprint, workflow) DO UPDATE SET message = iif(excluded.last_at >= last_at, excluded.message, message), first_at = min(first_at, excluded.first_at), count = count + excluded.count, final_count = final_count + excluded.final_count, last_id = iif(excluded.last_at >= last_at, excluded.last_id, last_id), last_call = iif(excluded.last_at >= last_at, excluded.last_call, last_call), last_item = iif(excluded.last_at >= last_at, excluded.last_item, last_item), last_at = max(last_at, excluded.last_at) RETURNING id";

export class ErrorRows {
  readonly #database: Database;
  readonly #log: LogBlocks;
  readonly #words: SearchRows;

  constructor(database: Database, parts: { readonly log: LogBlocks; readonly words: SearchRows }) {
    this.#database = database;
    this.#log = parts.log;
    this.#words = parts.words;
  }

  write(run: { readonly runNo: number; readonly workflow: string }, facts: readonly ErrorFact[]): void {
    for (const { seq, final } of facts) {
      this.#database.run(
        "INSERT INTO error (id, final, noted) VALUES (?, ?, 1)",
        logKey(run.runNo, seq),
        final ? 1 : 0,
      );
    }
    if (facts.length > 0) this.note(run, facts);
  }

  /** Adds errors whose rows are there to words and groups. */
  note(run: { readonly runNo: number; readonly workflow: string }, facts: readonly ErrorFact[]): void {
    for (const { seq, event } of facts) this.#words.addError(logKey(run.runNo, seq), errorText(event.error));
    for (const tally of tallies(facts)) this.#writeGroup(run, tally);
  }

  /** Errors that an earlier release wrote: they have no words and are in no group. */
  unnoted(limit: number): readonly { readonly runNo: number; readonly seq: number; readonly final: boolean }[] {
    return this.#database
      .all<{ id: number; final: number }>("SELECT id, final FROM error WHERE noted = 0 ORDER BY id LIMIT ?", limit)
      .map(({ id, final }) => ({ runNo: runNoOfKey(id), seq: seqOfKey(id), final: final === 1 }));
  }

  /** False when another process was faster. */
  markNoted(runNo: number, seq: number): boolean {
    return (
      this.#database.run("UPDATE error SET noted = 1 WHERE id = ? AND noted = 0", logKey(runNo, seq)).changes === 1
    );
  }

  list(run: RunKey, options: { readonly after?: number; readonly limit?: number }): readonly ErrorRow[] {
    return this.#database
      .all<{ id: number; final: number }>(
        "SELECT id, final FROM error WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
        logKey(run.runNo, (options.after ?? 0) + 1),
        logKey(run.runNo, MAX_SEQ),
        options.limit ?? 1000,
      )
      .map(({ id, final }): ErrorRow => {
        const place = { seq: seqOfKey(id), final: final === 1 };
        const { event } = this.fact(run, place);
        if (event.type === "run.failed") return { ...place, error: event.error };
        return { ...place, call: event.call, item: event.item, attempt: event.attempt, error: event.error };
      });
  }

  /** An error with its event. */
  fact(run: RunKey, place: ErrorPlace): ErrorFact {
    const event = this.#log.event(run, place.seq)?.event;
    if (event?.type !== "item.failed" && event?.type !== "item.retrying" && event?.type !== "run.failed") {
      throw this.#database.damaged(`event ${place.seq} of run "${run.runId}" is not the error it should be`);
    }
    return { ...place, event };
  }

  groups(filter: ErrorGroupFilter): { readonly groups: readonly ErrorGroup[]; readonly total: number } {
    const conditions: string[] = [];
    const cells: Cell[] = [];
    const add = (sql: string, ...given: Cell[]): void => {
      conditions.push(sql);
      cells.push(...given);
    };
    const { workflow, version, runId, node, code, fingerprint, since, before } = filter;
    if (workflow !== undefined) add("error_group.workflow = ?", workflow);
    if (version !== undefined) {
      add("id IN (SELECT error_group FROM error_version WHERE version = ?)", version);
    }
    if (runId !== undefined)
      add("id IN (SELECT error_group FROM error_run JOIN run USING (run_no) WHERE run_id = ?)", runId);
    if (node !== undefined) add("node = ?", node);
    if (code !== undefined) add("code = ?", code);
    if (fingerprint !== undefined) add("fingerprint = ?", fingerprint);
    if (since !== undefined) add("last_at >= ?", since);
    const where = (): string => (conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`);
    const total =
      this.#database.get<{ total: number }>(`SELECT count(*) AS total FROM error_group ${where()}`, ...cells)?.total ??
      0;
    if (before !== undefined) {
      add(
        "(last_at, id) < (?, (SELECT id FROM error_group WHERE fingerprint = ? AND workflow = ?))",
        before.lastAt,
        before.fingerprint,
        before.workflow,
      );
    }
    const rows = this.#database.all<StoredGroup>(
      `SELECT id, fingerprint, error_group.workflow, code, node, pattern, message, first_at, last_at, count, final_count, runs, last_id, last_call, last_item, (SELECT run_id FROM run WHERE run_no = last_id / 268435456) AS run_id FROM error_group ${where()} ORDER BY last_at DESC, id DESC LIMIT ?`,
      ...cells,
      Math.min(Math.max(filter.limit ?? 50, 1), 1000),
    );
    return { groups: rows.map((row) => groupOf(row, this.#versions(row.id))), total };
  }

  #writeGroup(run: { readonly runNo: number; readonly workflow: string }, tally: Tally): void {
    const { seq, event } = tally.newest;
    const { error } = event;
    const row = this.#database.get<{ id: number }>(
      UPSERT,
      tally.fingerprint,
      run.workflow,
      error.code,
      error.node ?? null,
      errorPattern(error),
      error.message.slice(0, SAMPLE_UNITS).toWellFormed(),
      tally.firstAt,
      event.at,
      tally.count,
      tally.finalCount,
      logKey(run.runNo, seq),
      event.type === "run.failed" ? null : event.call,
      event.type === "run.failed" ? null : event.item,
    );
    const id = row?.id ?? 0;
    const fresh = this.#database.run(
      "INSERT OR IGNORE INTO error_run (run_no, error_group) VALUES (?, ?)",
      run.runNo,
      id,
    ).changes;
    if (fresh === 1) this.#database.run("UPDATE error_group SET runs = runs + 1 WHERE id = ?", id);
    this.#database.run(
      "INSERT INTO error_version (error_group, version, runs, last_at) SELECT ?, version, ?, ? FROM run WHERE run_no = ? ON CONFLICT (error_group, version) DO UPDATE SET runs = runs + excluded.runs, last_at = max(last_at, excluded.last_at)",
      id,
      fresh,
      event.at,
      run.runNo,
    );
  }

  #versions(id: number): readonly GroupVersion[] {
    return this.#database.all<GroupVersion>(
      "SELECT version, runs, last_at AS lastAt FROM error_version WHERE error_group = ? ORDER BY last_at DESC, version LIMIT ?",
      id,
      MAX_GROUP_VERSIONS,
    );
  }
}

function tallies(facts: readonly ErrorFact[]): Iterable<Tally> {
  const found = new Map<string, Tally>();
  for (const fact of facts) {
    const { event, final } = fact;
    const fingerprint = errorFingerprint(event.error);
    const tally = found.get(fingerprint) ?? { fingerprint, newest: fact, firstAt: event.at, count: 0, finalCount: 0 };
    if (event.at >= tally.newest.event.at) tally.newest = fact;
    tally.firstAt = Math.min(tally.firstAt, event.at);
    tally.count++;
    if (final) tally.finalCount++;
    found.set(fingerprint, tally);
  }
  return found.values();
}

function groupOf(row: StoredGroup, versions: readonly GroupVersion[]): ErrorGroup {
  const { fingerprint, workflow, code, node, pattern, message, last_call, last_item } = row;
  return {
    fingerprint,
    workflow,
    code,
    ...(node === null ? {} : { node }),
    pattern,
    message,
    firstAt: row.first_at,
    lastAt: row.last_at,
    count: row.count,
    finalCount: row.final_count,
    runs: row.runs,
    versions,
    last: {
      runId: row.run_id,
      seq: seqOfKey(row.last_id),
      ...(last_call === null || last_item === null ? {} : { call: last_call, item: last_item }),
    },
  };
}
