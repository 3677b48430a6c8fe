/**
 * One event as one line of text, and back.
 *
 * Owns: the line format that is hashed and stored. Leaves to run implementations: blocks, seq, blobs.
 *
 * R1. A line is the JSON of the event; a value that belongs to it follows after a tab as it was encoded. JSON contains no raw
 *     tab or line feed, so both are found by the first tab and by line feeds alone.
 * R2. A value above INLINE_UNITS is a blob: the line then ends with a tab, "#" and its sha256. No JSON begins with "#".
 * R3. What comes back equals `JSON.parse(JSON.stringify(event))`, by whichever road it was written.
 */
import { assert } from "../base/assert.ts";
import type { RunEvent } from "../model/events.ts";
import { ITEM_STATUSES } from "../model/status.ts";

/** UTF-16 units up to which a value stands in its line. */
export const INLINE_UNITS: number = 16 * 1024;

type ItemCompleted = Extract<RunEvent, { type: "item.completed" }>;
type ItemsStarted = Extract<RunEvent, { type: "items.started" }>;

// The two lists below make the compiler complain here when a field is added to an event that is written by hand.
const COMPLETED_FIELDS: Readonly<Record<keyof ItemCompleted, true>> = {
  type: true,
  at: true,
  call: true,
  item: true,
  attempt: true,
  from: true,
  to: true,
  ms: true,
  size: true,
  fallback: true,
};
const STARTED_FIELDS: Readonly<Record<keyof ItemsStarted, true>> = {
  type: true,
  at: true,
  call: true,
  items: true,
  attempts: true,
};
const COMPLETED_FIELD_COUNT = Object.keys(COMPLETED_FIELDS).length;
const STARTED_FIELD_COUNT = Object.keys(STARTED_FIELDS).length;

const STATUSES: ReadonlySet<string> = new Set(ITEM_STATUSES);
const stringify = JSON.stringify;

/**
 * The event as JSON. `item.completed` and `items.started` make up nearly all of a fan-out and hold numbers only: written by
 * hand they take 0.25 us instead of 0.75 us (2026-11-22, 2 cores, Node 24, bench/micro/store.ts).
 */
export function eventText(event: RunEvent): string {
  if (event.type === "item.completed") {
    if (!isPlainCompleted(event)) return stringify(event);
    return `{"type":"item.completed","at":${event.at},"call":${event.call},"item":${event.item},"attempt":${event.attempt},"from":"${event.from}","to":"completed","ms":${event.ms}${event.size === undefined ? "" : `,"size":${event.size}`}${event.fallback === undefined ? "" : `,"fallback":${event.fallback}`}}`;
  }
  if (event.type === "items.started") {
    if (event.at - event.at !== 0 || fieldCount(event) > STARTED_FIELD_COUNT) return stringify(event);
    const { attempts } = event;
    return `{"type":"items.started","at":${event.at},"call":${event.call},"items":[${event.items.join(",")}]${attempts === undefined ? "" : `,"attempts":[${attempts.join(",")}]`}}`;
  }
  return stringify(event);
}

/** Finite numbers (`x - x` is 0 for those only) and known words: text that needs no escaping. */
function isPlainCompleted(event: ItemCompleted): boolean {
  return (
    event.ms - event.ms === 0 &&
    event.at - event.at === 0 &&
    STATUSES.has(event.from) &&
    fieldCount(event) <= COMPLETED_FIELD_COUNT
  );
}

function fieldCount(event: object): number {
  let count = 0;
  for (const _ in event) count++;
  return count;
}

/** The codec writes one line of well-formed text; anything else would break the log apart when it is read. */
export function assertEncoded(value: string): void {
  assert(!value.includes("\n") && !value.includes("\t"), "an encoded value holds a raw tab or line feed");
  assert(value.charCodeAt(0) !== 35, 'an encoded value begins with "#"');
  assert(value.isWellFormed(), "an encoded value holds a lone surrogate");
}

export interface LinePayload {
  /** The encoded value, when it is inline. */
  readonly value?: string;
  /** sha256 of the value, when it is a blob. */
  readonly blob?: string;
}

const NO_PAYLOAD: LinePayload = {};

export function lineEvent(line: string): RunEvent {
  const tab = line.indexOf("\t");
  return JSON.parse(tab < 0 ? line : line.slice(0, tab)) as RunEvent;
}

export function linePayload(line: string): LinePayload {
  const tab = line.indexOf("\t");
  if (tab < 0) return NO_PAYLOAD;
  const rest = line.slice(tab + 1);
  return rest.startsWith("#") ? { blob: rest.slice(1) } : { value: rest };
}
