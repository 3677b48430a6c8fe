/** How the database fares, and what damage has left of a run. */
import { accessSync, constants, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import type { Salvage, StoreHealth } from "../upkeep.ts";
import { CHAIN_START, chainHash } from "../chain.ts";
import { linePayload } from "../log-line.ts";
import type { Access } from "./access.ts";
import { readBlob } from "./blobs.ts";
import { isCorrupt } from "./faults.ts";
import { logKey, MAX_SEQ, seqOfKey } from "./keys.ts";
import type { RunKey } from "./log-blocks.ts";
import { lineCount } from "./log-blocks.ts";

interface StoredBlock {
  readonly id: number;
  readonly n: number;
  readonly previous: string;
  readonly hash: string;
  readonly body: string;
}

export async function healthOf(access: Access): Promise<StoreHealth> {
  const { database } = access;
  const { bavail, bsize } = await statfs(database.dir);
  const schema = await access.read(
    () => database.get<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0,
  );
  return {
    file: database.file,
    schema,
    sizeBytes: sizeOf(database.file),
    walBytes: sizeOf(`${database.file}-wal`),
    freeBytes: bavail * bsize,
    writable: access.refusal === undefined && mayWrite(database.dir) && mayWrite(database.file),
  };
}

/**
 * Walks a run's log block by block, each read for itself, until one is missing, changed or unreadable.
 *
 * Blocks after it may be whole: they are lost all the same, because nothing says any more that they belong behind what is left.
 */
export async function salvageRun(access: Access, run: RunKey): Promise<Salvage> {
  const missingValues: { seq: number; blob: string }[] = [];
  let previous = CHAIN_START;
  let validTo = 0;
  for (;;) {
    const looked = await access.read(() => blockAfter(access, run, { validTo, previous }));
    if (looked === undefined) return { validTo, missingValues };
    if (typeof looked === "string") {
      const toSeq = await access.read(() => lastKnownSeq(access, run, validTo));
      return { validTo, lost: { fromSeq: validTo + 1, toSeq, reason: looked }, missingValues };
    }
    const first = validTo + 1;
    for (const [index, line] of looked.body.split("\n").entries()) {
      const { blob } = linePayload(line);
      if (blob !== undefined && !(await access.read(() => isWhole(access, blob)))) {
        missingValues.push({ seq: first + index, blob });
      }
    }
    validTo += looked.n;
    previous = looked.hash;
  }
}

/** The block that follows, why there is none to be trusted, or nothing at the end of the log. */
function blockAfter(
  access: Access,
  run: RunKey,
  at: { readonly validTo: number; readonly previous: string },
): StoredBlock | string | undefined {
  let row: StoredBlock | undefined;
  try {
    row = access.database.get<StoredBlock>(
      "SELECT id, n, previous, hash, body FROM log WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1",
      logKey(run.runNo, at.validTo + 1),
      logKey(run.runNo, MAX_SEQ),
    );
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return "the part of the file that holds it cannot be read";
  }
  if (row === undefined) {
    return at.validTo < lastKnownSeq(access, run, at.validTo) ? "its end is missing" : undefined;
  }
  const first = seqOfKey(row.id);
  if (first !== at.validTo + 1) return `events ${at.validTo + 1} to ${first - 1} are missing`;
  if (row.previous !== at.previous) return "it does not follow the block before it";
  if (chainHash(row.previous, row.body) !== row.hash) return "its bytes do not match its hash";
  return lineCount(row.body) === row.n ? row : `it does not hold ${row.n} events`;
}

/** The highest seq that the log, the errors or the calls of a run tell of. */
function lastKnownSeq(access: Access, run: RunKey, atLeast: number): number {
  let last = atLeast;
  const ask = (sql: string, ...cells: number[]): void => {
    try {
      last = Math.max(last, access.database.get<{ seq: number | null }>(sql, ...cells)?.seq ?? 0);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    }
  };
  const range = [logKey(run.runNo, 1), logKey(run.runNo, MAX_SEQ)] as const;
  ask("SELECT id % 268435456 + n - 1 AS seq FROM log WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1", ...range);
  ask("SELECT id % 268435456 AS seq FROM error WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1", ...range);
  ask(
    "SELECT max(max(seq), max(closed_seq)) AS seq FROM call WHERE id BETWEEN ? AND ?",
    run.runNo * 2 ** 20,
    run.runNo * 2 ** 20 + 2 ** 20 - 1,
  );
  return last;
}

function isWhole(access: Access, blob: string): boolean {
  try {
    return readBlob(access.database, blob) !== undefined;
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return false;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
