/**
 * The runs of this process, and how it comes to own them.
 *
 * Owns: creating runs, taking them, who holds what in this process. Leaves to owned-run.ts: what a held run writes.
 *
 * R1. The owner lock is taken before the first run is acquired: a process that only reads leaves no file.
 * R2. A run that was forgotten is taken by nobody.
 */
import { sha256Hex } from "../../base/hash.ts";
import type { RunId } from "../../model/ids.ts";
import type { OwnerLock } from "../owner-lock.ts";
import { keyReused, notOwner, ownedElsewhere, runExists, runForgotten, storeClosed, unknownRun } from "../refusals.ts";
import type { Acquired, NewRun, OwnerInfo } from "../store.ts";
import type { Access } from "./access.ts";
import { writeNamedBlob } from "./blobs.ts";
import { coded, isConstraint } from "./faults.ts";
import { logKey } from "./keys.ts";
import type { RunKey } from "./log-blocks.ts";
import { firstBlock, OwnedRun } from "./owned-run.ts";
import type { RunParts } from "./owned-run.ts";
import { ownerOf } from "./run-rows.ts";
import type { StoredRun } from "./run-rows.ts";

export class HeldRuns {
  readonly #access: Access;
  readonly #parts: RunParts;
  readonly #lock: OwnerLock;
  readonly #owner: OwnerInfo;
  readonly #committed: (runId: RunId) => void;
  readonly #owned: Map<RunId, OwnedRun> = new Map();

  constructor(
    access: Access,
    parts: RunParts,
    who: { readonly lock: OwnerLock; readonly owner: OwnerInfo; readonly committed: (runId: RunId) => void },
  ) {
    this.#access = access;
    this.#parts = parts;
    this.#lock = who.lock;
    this.#owner = who.owner;
    this.#committed = who.committed;
  }

  get(runId: RunId): OwnedRun | undefined {
    return this.#owned.get(runId);
  }

  createRun(run: NewRun): Promise<{ readonly runId: RunId; readonly created: boolean }> {
    let known: StoredRun | undefined;
    let first: ReturnType<typeof firstBlock>;
    let taken = false;
    return this.#access
      .write({
        prepare: () => {
          first = firstBlock(run);
          if (run.idempotencyKey === undefined) return;
          known = this.#parts.runs.findByKey(run.workflow, run.idempotencyKey);
          if (known !== undefined && !this.#hasInput(known, run.input)) {
            throw keyReused(run.idempotencyKey, known.run_id);
          }
        },
        write: () => {
          if (known !== undefined) return { runId: known.run_id, created: false };
          try {
            this.#insertRun(run, first);
          } catch (error) {
            if (!isConstraint(error)) throw error;
            taken = true;
          }
          return { runId: run.runId, created: true };
        },
      })
      .then((created) => {
        if (taken) throw runExists(run.runId);
        this.#committed(run.runId);
        return created;
      });
  }

  async acquire(runId: RunId): Promise<Acquired> {
    let row: StoredRun | undefined;
    let before: OwnedRun | undefined;
    this.#holdLock();
    return this.#access
      .write({
        prepare: () => {
          row = this.#parts.runs.find(runId);
          if (row === undefined) throw unknownRun(runId);
          this.assertRemembered({ runId, runNo: row.run_no });
          const owner = ownerOf(row);
          if (owner === undefined || owner.ownerId === this.#owner.ownerId) return;
          if (this.#lock.isAlive(owner.ownerId)) throw ownedElsewhere({ runId, pid: owner.pid });
          row.owner_deaths++;
        },
        write: () => {
          const held = row as StoredRun;
          held.epoch++;
          held.owner_id = this.#owner.ownerId;
          held.owner_pid = this.#owner.pid;
          held.owner_started_at = this.#owner.startedAt;
          this.#parts.runs.update(held);
          // It may have more words to come.
          const sql = "UPDATE indexed SET done = 0 WHERE run_no = ? AND done = 1";
          this.#access.database.run(sql, held.run_no);
          before = this.#owned.get(runId);
          if (before) before.fenced = true;
          const run: OwnedRun = new OwnedRun(this.#parts, held, {
            lost: () => {
              if (this.#owned.get(runId) === run) this.#owned.delete(runId);
            },
            committed: () => this.#committed(runId),
          });
          return run;
        },
      })
      .then(
        (run) => {
          // A later acquire of the same turn may have been here already.
          if ((this.#owned.get(runId)?.epoch ?? 0) < run.epoch) this.#owned.set(runId, run);
          return { epoch: run.epoch, seq: run.seq };
        },
        (error: unknown) => {
          if (before) before.fenced = false;
          throw error;
        },
      );
  }

  with<T>(claim: { readonly runId: RunId; readonly epoch: number }, act: (run: OwnedRun) => Promise<T>): Promise<T> {
    if (this.#access.state !== "open") return Promise.reject(storeClosed());
    const run = this.#owned.get(claim.runId);
    return run === undefined ? Promise.reject(notOwner(claim)) : act(run);
  }

  /** Gives up what is still held: nobody died on it. */
  async releaseAll(): Promise<void> {
    await Promise.allSettled([...this.#owned.values()].map((run) => run.release(run.epoch)));
  }

  /** Before the transaction: files are made and named, and everybody would wait for it. */
  #holdLock(): void {
    if (this.#access.refusal !== undefined) return;
    try {
      this.#lock.hold();
    } catch (error) {
      const { dir, file } = this.#access.database;
      throw coded(error, { dir, file, doing: "writing" });
    }
  }

  /** A run that this process owns is not forgotten by anybody. */
  assertRemembered({ runId, runNo }: RunKey): void {
    if (this.#owned.has(runId)) return;
    const tombstone = this.#parts.runs.tombstone(runNo);
    if (tombstone !== undefined) throw runForgotten({ runId, at: tombstone.at, why: tombstone.why });
  }

  #insertRun(run: NewRun, { block, blobs }: ReturnType<typeof firstBlock>): void {
    const row = this.#parts.runs.insert(run);
    for (const blob of blobs) writeNamedBlob(this.#access.database, blob);
    this.#access.database.run(
      "INSERT INTO log (id, n, calls, counts, previous, hash, body) VALUES (?, 1, 0, '{}', ?, ?, ?)",
      logKey(row.run_no, 1),
      block.previous,
      block.hash,
      block.body,
    );
  }

  #hasInput(run: StoredRun, input: string): boolean {
    const tombstone = this.#parts.runs.tombstone(run.run_no);
    if (tombstone !== undefined) return tombstone.input === sha256Hex(input);
    return this.#parts.log.value(keyOf(run), 1) === input;
  }
}

function keyOf(row: StoredRun): RunKey {
  return { runId: row.run_id, runNo: row.run_no };
}
