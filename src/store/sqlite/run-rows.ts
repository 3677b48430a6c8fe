/**
 * The run table: what does not change with every commit.
 *
 * Owns: rows of runs, who owns them, their tombstones. Leaves to run-filter.ts: which rows a question means; to log-blocks.ts: seq,
 * counts and calls, which stand at the log's end.
 */
import { jsonText, parseJson } from "../../base/primordials.ts";
import type { RunId } from "../../model/ids.ts";
import type { ModelTotals } from "../../model/llm.ts";
import type { ItemCounts, LoggedRunStatus } from "../../model/status.ts";
import { runStatus } from "../../model/status.ts";
import type { OwnerLock } from "../owner-lock.ts";
import { searchTerms } from "../search.ts";
import type { NewRun, OwnerInfo, RunFilter, RunPage, RunRow } from "../store.ts";
import type { Database } from "./database.ts";
import { assertWithin, MAX_RUNS } from "./keys.ts";
import type { LogBlocks } from "./log-blocks.ts";
import { rowSum } from "./row-sum.ts";
import { runConditions, type RunQuestion } from "./run-filter.ts";
import { runsWithWords, type RunRef } from "./runs-with-words.ts";

/** A row as it stands; the columns after `created_at` change. */
export interface StoredRun {
  run_no: number;
  run_id: RunId;
  project: string;
  workflow: string;
  version: string;
  manifest: string | null;
  code: string | null;
  durability: "process" | "power-loss";
  tags: string;
  caller: string;
  parent: string | null;
  /** The topmost run above it; null: itself. */
  root_id: RunId | null;
  origin: string | null;
  priority: number;
  idempotency_key: string | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  logged: LoggedRunStatus;
  epoch: number;
  owner_id: string | null;
  owner_pid: number | null;
  owner_started_at: number | null;
  owner_deaths: number;
  sum: number;
}

const COLUMNS =
  "run_no, run_id, project, workflow, version, manifest, code, durability, tags, caller, parent, root_id, origin, priority, idempotency_key, created_at, started_at, ended_at, logged, epoch, owner_id, owner_pid, owner_started_at, owner_deaths, sum";

/** What is left of a run that was forgotten. */
export interface StoredTombstone {
  readonly at: number;
  readonly why: string;
  readonly seq: number;
  readonly calls: number;
  readonly counts: string;
  /** sha256 of its encoded input. */
  readonly input: string;
  readonly models: string | null;
}

/** Numbers of runs are given once; this many ids are remembered with theirs. */
const KNOWN_NUMBERS = 10_000;

export class RunRows {
  readonly #database: Database;
  readonly #log: LogBlocks;
  readonly #lock: OwnerLock;
  readonly #numbers: Map<RunId, number> = new Map();

  constructor(database: Database, parts: { readonly log: LogBlocks; readonly lock: OwnerLock }) {
    this.#database = database;
    this.#log = parts.log;
    this.#lock = parts.lock;
  }

  /** Writes the row; throws a constraint error when the id is taken. */
  insert(run: NewRun): StoredRun {
    const row: StoredRun = {
      run_no: 0,
      run_id: run.runId,
      project: run.project,
      workflow: run.workflow,
      version: run.version,
      manifest: run.manifest ?? null,
      code: run.code === undefined ? null : jsonText(run.code),
      durability: run.durability ?? "process",
      tags: jsonText(run.tags),
      caller: jsonText(run.caller),
      parent: run.parent === undefined ? null : jsonText(run.parent),
      root_id: run.parent === undefined ? null : this.#rootOf(run.parent.run),
      origin: run.origin === undefined ? null : jsonText(run.origin),
      priority: run.priority ?? 0,
      idempotency_key: run.idempotencyKey ?? null,
      created_at: run.createdAt,
      started_at: null,
      ended_at: null,
      logged: "queued",
      epoch: 0,
      owner_id: null,
      owner_pid: null,
      owner_started_at: null,
      owner_deaths: 0,
      sum: 0,
    };
    row.sum = sumOf(row);
    const { run_no: _, ...given } = row;
    row.run_no = this.#database.run(
      `INSERT INTO run (${COLUMNS.slice("run_no, ".length)}) VALUES (${"?, ".repeat(Object.keys(given).length - 1)}?)`,
      ...Object.values(given),
    ).id;
    assertWithin(row.run_no, MAX_RUNS);
    return row;
  }

  /** Writes the columns that change. */
  update(row: StoredRun): void {
    row.sum = sumOf(row);
    this.#database
      .statement(
        "UPDATE run SET started_at = ?, ended_at = ?, logged = ?, epoch = ?, owner_id = ?, owner_pid = ?, owner_started_at = ?, owner_deaths = ?, sum = ? WHERE run_no = ?",
      )
      .run(
        row.started_at,
        row.ended_at,
        row.logged,
        row.epoch,
        row.owner_id,
        row.owner_pid,
        row.owner_started_at,
        row.owner_deaths,
        row.sum,
        row.run_no,
      );
  }

  find(runId: RunId): StoredRun | undefined {
    const row = this.#database.get<StoredRun>(`SELECT ${COLUMNS} FROM run WHERE run_id = ?`, runId);
    return row && this.#checked(row);
  }

  findByKey(workflow: string, key: string): StoredRun | undefined {
    const row = this.#database.get<StoredRun>(
      `SELECT ${COLUMNS} FROM run WHERE workflow = ? AND idempotency_key = ?`,
      workflow,
      key,
    );
    return row && this.#checked(row);
  }

  number(runId: RunId): number | undefined {
    const known = this.#numbers.get(runId);
    if (known !== undefined) return known;
    const found = this.#database.get<{ run_no: number }>("SELECT run_no FROM run WHERE run_id = ?", runId)?.run_no;
    if (found === undefined) return undefined;
    if (this.#numbers.size >= KNOWN_NUMBERS) this.#numbers.clear();
    this.#numbers.set(runId, found);
    return found;
  }

  id(runNo: number): RunId {
    const row = this.#database.get<{ run_id: RunId }>("SELECT run_id FROM run WHERE run_no = ?", runNo);
    if (row === undefined) throw this.#database.damaged(`the row of run number ${runNo} is missing`);
    return row.run_id;
  }

  /** Whether this epoch of a run still belongs to this owner. */
  isHeld(runNo: number, hold: { readonly epoch: number; readonly ownerId: string }): boolean {
    const sql = "SELECT 1 FROM run WHERE run_no = ? AND epoch = ? AND owner_id = ?";
    return this.#database.get(sql, runNo, hold.epoch, hold.ownerId) !== undefined;
  }

  heldBy(ownerId: string): StoredRun[] {
    return this.#database.all<StoredRun>(`SELECT ${COLUMNS} FROM run WHERE owner_id = ?`, ownerId);
  }

  byPrefix(prefix: string, limit: number): RunId[] {
    // Not LIKE: an id may hold "_", which LIKE takes for any character.
    return this.#database
      .all<{ run_id: RunId }>(
        "SELECT run_id FROM run WHERE run_id >= ?1 AND run_id < ?1 || char(0x10ffff) ORDER BY run_id DESC LIMIT ?2",
        prefix,
        limit,
      )
      .map((row) => row.run_id);
  }

  list(filter: RunFilter): RunPage {
    const alive = this.#aliveOwners();
    const { text = "", limit = 50, ...question } = filter;
    const most = Math.min(Math.max(limit, 1), 1000);
    const terms = searchTerms(text);
    if (terms.length === 0) return this.#page(question, { alive, count: most });
    const candidates = (below: RunId | undefined, count: number): readonly RunRef[] => {
      const { where, cells } = runConditions(below === undefined ? question : { ...question, before: below }, alive);
      const sql = `SELECT run_no, run_id FROM run ${where} ORDER BY run_id DESC LIMIT ?`;
      return this.#database.all<RunRef>(sql, ...cells, count);
    };
    const { among, isCut, lookedTo } = runsWithWords(this.#database, { terms, most, candidates });
    return {
      ...this.#page({ ...question, among }, { alive, count: most }),
      ...(isCut ? { isCut } : {}),
      ...(lookedTo === undefined ? {} : { lookedTo }),
    };
  }

  #page(
    { before, ...rest }: RunQuestion,
    of: { readonly alive: ReadonlySet<string>; readonly count: number },
  ): { readonly runs: readonly RunRow[]; readonly total: number } {
    const all = runConditions(rest, of.alive);
    const total =
      this.#database.get<{ total: number }>(`SELECT count(*) AS total FROM run ${all.where}`, ...all.cells)?.total ?? 0;
    const page = runConditions(before === undefined ? rest : { ...rest, before }, of.alive);
    const rows = this.#database.all<StoredRun>(
      `SELECT ${COLUMNS} FROM run ${page.where} ORDER BY run_id DESC LIMIT ?`,
      ...page.cells,
      of.count,
    );
    return { runs: rows.map((row) => this.row(this.#checked(row), of.alive)), total };
  }

  isPinned(runNo: number): boolean {
    return this.#database.get("SELECT 1 FROM pin WHERE run_no = ?", runNo) !== undefined;
  }

  tombstone(runNo: number): StoredTombstone | undefined {
    const row = this.#database.get<StoredTombstone & { readonly sum: number }>(
      "SELECT at, why, seq, calls, counts, input, models, sum FROM forgotten WHERE run_no = ?",
      runNo,
    );
    if (row === undefined) return undefined;
    const { at, why, seq, calls, counts, input, models } = row;
    if (rowSum(runNo, at, why, seq, calls, counts, input, ...(models === null ? [] : [models])) !== row.sum) {
      throw this.#database.damaged("what is left of a forgotten run was changed");
    }
    return row;
  }

  row(stored: StoredRun, alive: ReadonlySet<string> = this.#aliveOwners(stored.owner_id)): RunRow {
    const tombstone = this.tombstone(stored.run_no);
    const end = tombstone ?? this.#log.end({ runId: stored.run_id, runNo: stored.run_no });
    const owner = ownerOf(stored);
    const ownerAlive = owner !== undefined && alive.has(owner.ownerId);
    return {
      runId: stored.run_id,
      project: stored.project,
      workflow: stored.workflow,
      version: stored.version,
      ...(stored.manifest === null ? {} : { manifest: stored.manifest }),
      ...(stored.code === null ? {} : { code: parseJson(stored.code) as NonNullable<RunRow["code"]> }),
      tags: parseJson(stored.tags) as RunRow["tags"],
      caller: parseJson(stored.caller) as RunRow["caller"],
      ...(stored.parent === null ? {} : { parent: parseJson(stored.parent) as NonNullable<RunRow["parent"]> }),
      root: stored.root_id ?? stored.run_id,
      ...(stored.origin === null ? {} : { origin: parseJson(stored.origin) as NonNullable<RunRow["origin"]> }),
      priority: stored.priority,
      pinned: this.isPinned(stored.run_no),
      ...(tombstone === undefined ? {} : { forgottenAt: tombstone.at, forgottenWhy: tombstone.why }),
      logged: stored.logged,
      status: runStatus(stored.logged, owner === undefined ? "none" : ownerAlive ? "alive" : "gone"),
      createdAt: stored.created_at,
      ...(stored.started_at === null ? {} : { startedAt: stored.started_at }),
      ...(stored.ended_at === null ? {} : { endedAt: stored.ended_at }),
      seq: end?.seq ?? 0,
      epoch: stored.epoch,
      ...(stored.durability === "power-loss" ? { durability: stored.durability } : {}),
      ...(owner === undefined ? {} : { owner: { ...owner, alive: ownerAlive } }),
      ownerDeaths: stored.owner_deaths,
      counts: parseJson(end?.counts ?? "{}") as ItemCounts,
      calls: end?.calls ?? 0,
      ...(end?.models ? { models: parseJson(end.models) as ModelTotals } : {}),
    };
  }

  /** A parent that this store does not know is the topmost run that it knows of. */
  #rootOf(parent: RunId): RunId {
    const row = this.#database.get<{ root_id: RunId | null }>("SELECT root_id FROM run WHERE run_id = ?", parent);
    return row?.root_id ?? parent;
  }

  /** Living owners: of all runs, or whether the one named lives. */
  #aliveOwners(only?: string | null): ReadonlySet<string> {
    if (only === null) return new Set();
    const ids =
      only === undefined
        ? this.#database
            .all<{ owner_id: string }>("SELECT DISTINCT owner_id FROM run WHERE owner_id IS NOT NULL")
            .map((row) => row.owner_id)
        : [only];
    return new Set(ids.filter((id) => this.#lock.isAlive(id)));
  }

  #checked(row: StoredRun): StoredRun {
    if (sumOf(row) !== row.sum) throw this.#database.damaged(`the row of run "${row.run_id}" was changed`);
    return row;
  }
}

export function ownerOf(row: StoredRun): OwnerInfo | undefined {
  if (row.owner_id === null) return undefined;
  return { ownerId: row.owner_id, pid: row.owner_pid ?? 0, startedAt: row.owner_started_at ?? 0 };
}

/**
 * The number of a row is not in its sum: it is given by the insert that writes the sum. What never changes is summed once per row
 * object (a short run is written five times, and summing was 7% of that).
 */
function sumOf(row: StoredRun): number {
  let fixed = fixedSums.get(row);
  if (fixed === undefined) {
    const { run_id, project, workflow, version, manifest, code, durability } = row;
    const { tags, caller, parent, root_id, origin, priority, idempotency_key, created_at } = row;
    // Rows that were written before there were such columns have sums without them.
    const linked = root_id !== null || origin !== null || priority !== 0;
    fixed = rowSum(
      run_id,
      project,
      workflow,
      version,
      manifest,
      code,
      durability,
      tags,
      caller,
      parent,
      idempotency_key,
      created_at,
      ...(linked ? [root_id, origin, priority] : []),
    );
    fixedSums.set(row, fixed);
  }
  return rowSum(
    fixed,
    row.started_at,
    row.ended_at,
    row.logged,
    row.epoch,
    row.owner_id,
    row.owner_pid,
    row.owner_started_at,
    row.owner_deaths,
  );
}

const fixedSums = new WeakMap<StoredRun, number>();
