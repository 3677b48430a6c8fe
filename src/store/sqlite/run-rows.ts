/**
 * The run table: what does not change with every commit.
 *
 * Owns: rows of runs, who owns them, filters. Leaves to log-blocks.ts: seq, counts and calls, which stand at the log's end.
 */
import { jsonText, parseJson } from "../../base/primordials.ts";
import type { RunId } from "../../model/ids.ts";
import type { ItemCounts, LoggedRunStatus } from "../../model/status.ts";
import { runStatus } from "../../model/status.ts";
import type { OwnerLock } from "../owner-lock.ts";
import type { NewRun, OwnerInfo, RunFilter, RunRow } from "../store.ts";
import type { Cell, Database } from "./database.ts";
import { assertWithin, MAX_RUNS } from "./keys.ts";
import type { LogBlocks } from "./log-blocks.ts";
import { rowSum } from "./row-sum.ts";

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
  "run_no, run_id, project, workflow, version, manifest, code, durability, tags, caller, parent, idempotency_key, created_at, started_at, ended_at, logged, epoch, owner_id, owner_pid, owner_started_at, owner_deaths, sum";

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
      `INSERT INTO run (${COLUMNS.slice("run_no, ".length)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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

  list(filter: RunFilter): { readonly runs: readonly RunRow[]; readonly total: number } {
    const conditions: string[] = [];
    const cells: Cell[] = [];
    const add = (sql: string, ...given: Cell[]): void => {
      conditions.push(sql);
      cells.push(...given);
    };
    if (filter.workflow !== undefined) add("workflow = ?", filter.workflow);
    if (filter.version !== undefined) add("version = ?", filter.version);
    for (const [key, value] of Object.entries(filter.tags ?? {})) {
      add("EXISTS (SELECT 1 FROM json_each(run.tags) AS tag WHERE tag.key = ? AND tag.value = ?)", key, value);
    }
    const alive = this.#aliveOwners();
    const owned = `coalesce(owner_id IN (${[...alive].map(() => "?").join(", ")}), 0)`;
    // As runStatus (model/status.ts) has it.
    if (filter.status === "running") add(`logged = 'open' AND ${owned}`, ...alive);
    else if (filter.status === "queued") add(`logged = 'queued' AND (owner_id IS NULL OR ${owned})`, ...alive);
    else if (filter.status === "interrupted") {
      add(`(logged = 'open' OR (logged = 'queued' AND owner_id IS NOT NULL)) AND NOT ${owned}`, ...alive);
    } else if (filter.status !== undefined) {
      add("logged = ?", filter.status);
    }
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const total =
      this.#database.get<{ total: number }>(`SELECT count(*) AS total FROM run ${where}`, ...cells)?.total ?? 0;
    if (filter.before !== undefined) add("run_id < ?", filter.before);
    const rows = this.#database.all<StoredRun>(
      `SELECT ${COLUMNS} FROM run ${conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`} ORDER BY run_id DESC LIMIT ?`,
      ...cells,
      Math.min(Math.max(filter.limit ?? 50, 1), 1000),
    );
    return { runs: rows.map((row) => this.row(this.#checked(row), alive)), total };
  }

  row(stored: StoredRun, alive: ReadonlySet<string> = this.#aliveOwners(stored.owner_id)): RunRow {
    const end = this.#log.end({ runId: stored.run_id, runNo: stored.run_no });
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
      logged: stored.logged,
      status: runStatus(stored.logged, owner === undefined ? "none" : ownerAlive ? "alive" : "gone"),
      createdAt: stored.created_at,
      ...(stored.started_at === null ? {} : { startedAt: stored.started_at }),
      ...(stored.ended_at === null ? {} : { endedAt: stored.ended_at }),
      seq: end?.seq ?? 0,
      epoch: stored.epoch,
      ...(owner === undefined ? {} : { owner: { ...owner, alive: ownerAlive } }),
      ownerDeaths: stored.owner_deaths,
      counts: parseJson(end?.counts ?? "{}") as ItemCounts,
      calls: end?.calls ?? 0,
    };
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
    const { tags, caller, parent, idempotency_key, created_at } = row;
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
