/**
 * Events in a row as they are sent: written as bytes once, whoever reads them.
 *
 * Owns: the text of an event on a stream, and the cut of many into pieces. Leaves to event-pages.ts and run-tail.ts: which events
 * are kept together.
 *
 * R1. Bytes are shared between all who read them and never change.
 * R2. A piece has PIECE_BYTES at most, or one event that is larger.
 *
 * Each of a hundred clients joined and encoded 25 MB for itself before: a third of the server's CPU time (2026-11-23, 2 cores,
 * bench/macro/live-clients.ts).
 */
import type { StoredEvent } from "../model/events.ts";

export type Wanted = (event: StoredEvent["event"]) => boolean;

export const PIECE_BYTES: number = 64 * 1024;

/** One event as it is sent. */
export interface EventMessage {
  readonly seq: number;
  readonly event: StoredEvent["event"];
  readonly text: string;
}

export function messageOf({ runId, seq, event }: StoredEvent): EventMessage {
  return { seq, event, text: `id: ${seq}\nevent: event\ndata: ${JSON.stringify({ runId, seq, event })}\n\n` };
}

export class EventBatch {
  readonly first: number;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly #events: readonly StoredEvent["event"][];
  /** Where each event ends in `bytes`. */
  readonly #ends: readonly number[];

  /** @param messages at least one, of events without a gap */
  constructor(messages: readonly EventMessage[]) {
    const bytes = Buffer.from(messages.map(({ text }) => text).join(""), "utf8");
    const isAscii = messages.reduce((sum, { text }) => sum + text.length, 0) === bytes.length;
    let end = 0;
    this.#ends = messages.map(({ text }) => (end += isAscii ? text.length : Buffer.byteLength(text)));
    this.#events = messages.map(({ event }) => event);
    this.first = messages[0]!.seq;
    this.size = messages.length;
    this.bytes = bytes;
  }

  get last(): number {
    return this.first + this.size - 1;
  }

  /** The bytes of what is wanted behind a seq, in stretches of one piece at most. */
  *stretches(after: number, wanted: Wanted | undefined): Generator<Uint8Array> {
    let begin: number | undefined;
    for (let at = Math.max(0, after + 1 - this.first); at < this.size; at++) {
      const from = at === 0 ? 0 : this.#ends[at - 1]!;
      const isWanted = wanted === undefined || wanted(this.#events[at]!);
      if (begin !== undefined && (!isWanted || this.#ends[at]! - begin > PIECE_BYTES)) {
        yield this.bytes.subarray(begin, from);
        begin = undefined;
      }
      if (isWanted) begin ??= from;
    }
    if (begin !== undefined) yield this.bytes.subarray(begin);
  }
}

/** R2. What is wanted of some batches behind a seq. */
export function* pieces(
  batches: readonly EventBatch[],
  { after, wanted }: { readonly after: number; readonly wanted: Wanted | undefined },
): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for (const batch of batches) {
    for (const stretch of batch.stretches(after, wanted)) {
      if (length > 0 && length + stretch.length > PIECE_BYTES) {
        yield joined(parts);
        [parts, length] = [[], 0];
      }
      parts.push(stretch);
      length += stretch.length;
    }
  }
  if (length > 0) yield joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
