/**
 * The log of runs, block by block.
 *
 * Owns: reading blocks, checking them as they are read, a bounded memory of those read last. Leaves to owned-run.ts: writing.
 *
 * R1. A block whose bytes do not match its hash is never given out: WG5002 names the file.
 * R2. Kept blocks are bounded by their text; the least recently used goes first. A block never changes once committed.
 */
import type { StoredEvent } from "../../model/events.ts";
import type { RunId } from "../../model/ids.ts";
import { CHAIN_START, chainHash } from "../chain.ts";
import { lineEvent, linePayload } from "../log-line.ts";
import { readTextBlob } from "./blobs.ts";
import type { Database } from "./database.ts";
import { logKey, MAX_SEQ, seqOfKey } from "./keys.ts";

const KEPT_UNITS = 8 * 1024 * 1024;

export interface RunKey {
  readonly runId: RunId;
  readonly runNo: number;
}

interface LogRow {
  readonly id: number;
  readonly n: number;
  readonly previous: string;
  readonly hash: string;
  readonly body: string;
}

interface Block {
  readonly key: number;
  readonly first: number;
  readonly lines: readonly string[];
  readonly hash: string;
  readonly units: number;
}

export interface LogEnd {
  readonly seq: number;
  readonly hash: string;
  readonly calls: number;
  readonly counts: string;
  readonly models: string | null;
}

const COLUMNS = "id, n, previous, hash, body";

export class LogBlocks {
  readonly #database: Database;
  readonly #kept: Map<number, Block> = new Map();
  #units = 0;
  /** The block asked for last: what is read in order, or at once, is mostly in it. */
  #last: Block | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Where the log of a run ends. */
  end(run: RunKey): LogEnd | undefined {
    const row = this.#database.get<{
      id: number;
      n: number;
      hash: string;
      calls: number;
      counts: string;
      models: string | null;
    }>(
      "SELECT id, n, hash, calls, counts, models FROM log WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
      logKey(run.runNo, 1),
      logKey(run.runNo, MAX_SEQ),
    );
    if (row === undefined) return undefined;
    const { hash, calls, counts, models } = row;
    return { seq: seqOfKey(row.id) + row.n - 1, hash, calls, counts, models };
  }

  /** At most `limit` events after `after`. */
  events(
    run: RunKey,
    range: { readonly after: number; readonly limit: number; readonly values: boolean },
  ): StoredEvent[] {
    const found: StoredEvent[] = [];
    let next = range.after + 1;
    while (found.length < range.limit) {
      const block = this.#blockOf(run, next);
      if (block === undefined) break;
      for (; next < block.first + block.lines.length && found.length < range.limit; next++) {
        found.push(
          storedEvent(run.runId, next, { line: block.lines[next - block.first] as string, values: range.values }),
        );
      }
    }
    return found;
  }

  event(run: RunKey, seq: number): StoredEvent | undefined {
    const line = this.#line(run, seq);
    return line === undefined ? undefined : storedEvent(run.runId, seq, { line, values: false });
  }

  /** The encoded value beside an event. */
  value(run: RunKey, seq: number): string | undefined {
    const line = this.#line(run, seq);
    if (line === undefined) return undefined;
    const { value, blob } = linePayload(line);
    return blob === undefined ? value : readTextBlob(this.#database, blob);
  }

  /** First seq of the first block that breaks the chain. */
  verify(run: RunKey): { readonly badSeq: number; readonly reason: string } | undefined {
    let previous = CHAIN_START;
    let seq = 1;
    for (;;) {
      const rows = this.#database.all<LogRow>(
        `SELECT ${COLUMNS} FROM log WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 256`,
        logKey(run.runNo, seq),
        logKey(run.runNo, MAX_SEQ),
      );
      for (const row of rows) {
        const first = seqOfKey(row.id);
        if (first !== seq) return { badSeq: seq, reason: `events ${seq} to ${first - 1} are missing` };
        if (row.previous !== previous) return { badSeq: seq, reason: "it does not follow the block before it" };
        if (chainHash(row.previous, row.body) !== row.hash)
          return { badSeq: seq, reason: "its bytes do not match its hash" };
        if (lineCount(row.body) !== row.n) return { badSeq: seq, reason: `it does not hold ${row.n} events` };
        previous = row.hash;
        seq += row.n;
      }
      if (rows.length === 0) return undefined;
    }
  }

  #line(run: RunKey, seq: number): string | undefined {
    if (seq < 1) return undefined;
    const block = this.#blockOf(run, seq);
    return block?.lines[seq - block.first];
  }

  /** The block that holds `seq`; undefined past the end of the log. */
  #blockOf(run: RunKey, seq: number): Block | undefined {
    const key = logKey(run.runNo, seq);
    const last = this.#last;
    if (last !== undefined && key >= last.key && key < last.key + last.lines.length) return last;
    const at = this.#database.get<{ id: number; n: number }>(
      "SELECT id, n FROM log WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
      logKey(run.runNo, 1),
      key,
    );
    if (at === undefined || key >= at.id + at.n) return undefined;
    const kept = this.#kept.get(at.id);
    if (kept !== undefined) {
      this.#kept.delete(at.id);
      this.#kept.set(at.id, kept);
      this.#last = kept;
      return kept;
    }
    return this.#keep(this.#read(at.id));
  }

  #read(key: number): Block {
    const row = this.#database.get<LogRow>(`SELECT ${COLUMNS} FROM log WHERE id = ?`, key);
    const first = seqOfKey(key);
    if (row === undefined || chainHash(row.previous, row.body) !== row.hash || lineCount(row.body) !== row.n) {
      throw this.#database.damaged(`the events from seq ${first} on of a run do not match their hash`);
    }
    return { key, first, lines: row.body.split("\n"), hash: row.hash, units: row.body.length + 64 * row.n };
  }

  #keep(block: Block): Block {
    this.#kept.set(block.key, block);
    this.#last = block;
    this.#units += block.units;
    for (const [key, oldest] of this.#kept) {
      if (this.#units <= KEPT_UNITS || key === block.key) break;
      this.#kept.delete(key);
      this.#units -= oldest.units;
    }
    return block;
  }
}

export function lineCount(body: string): number {
  let count = 1;
  for (let at = body.indexOf("\n"); at >= 0; at = body.indexOf("\n", at + 1)) count++;
  return count;
}

function storedEvent(
  runId: RunId,
  seq: number,
  source: { readonly line: string; readonly values: boolean },
): StoredEvent {
  const { value, blob } = linePayload(source.line);
  return {
    runId,
    seq,
    event: lineEvent(source.line),
    ...(source.values && value !== undefined ? { value } : {}),
    ...(blob === undefined ? {} : { blob }),
  };
}
