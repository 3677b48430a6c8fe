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
import { jsonText, parseJson } from "../base/primordials.ts";
import { assert } from "../base/assert.ts";
import type { RunEvent } from "../model/events.ts";
import { ITEM_STATUSES } from "../model/status.ts";

/** UTF-16 units up to which a value stands in its line. */
export const INLINE_UNITS: number = 16 * 1024;

type ItemCompleted = Extract<RunEvent, { type: "item.completed" }>;
type ItemsStarted = Extract<RunEvent, { type: "items.started" }>;
type OptionalKey<T> = { [K in keyof T]-?: undefined extends T[K] ? K : object extends Pick<T, K> ? K : never }[keyof T];

// A field added to one of these events makes the compiler complain here: the line below that writes it must learn it too. What a
// newer version adds at run time is found by counting, and such an event takes the ordinary road.
const COMPLETED_OPTIONAL: Readonly<Record<OptionalKey<ItemCompleted>, true>> = {
  size: true,
  scalar: true,
  fallback: true,
  digest: true,
  impure: true,
  source: true,
};
const COMPLETED_REQUIRED: Readonly<Record<Exclude<keyof ItemCompleted, keyof typeof COMPLETED_OPTIONAL>, true>> = {
  type: true,
  at: true,
  call: true,
  item: true,
  attempt: true,
  from: true,
  to: true,
  ms: true,
};
const STARTED_OPTIONAL: Readonly<Record<OptionalKey<ItemsStarted>, true>> = { attempts: true };
const STARTED_REQUIRED: Readonly<Record<Exclude<keyof ItemsStarted, keyof typeof STARTED_OPTIONAL>, true>> = {
  type: true,
  at: true,
  call: true,
  items: true,
};
const COMPLETED_FIELDS = Object.keys(COMPLETED_REQUIRED).length;
const STARTED_FIELDS = Object.keys(STARTED_REQUIRED).length;

const STATUSES: ReadonlySet<string> = new Set(ITEM_STATUSES);

/**
 * The event as JSON. `item.completed` and `items.started` make up nearly all of a fan-out and hold numbers only: written by
 * hand `item.completed` takes 0.1-0.2 us instead of 0.4-0.65 us (2026-11-22, 2 cores, Node 24).
 */
export function eventText(event: RunEvent): string {
  if (event.type === "item.completed") return completedText(event) ?? jsonText(event);
  if (event.type === "items.started") return startedText(event) ?? jsonText(event);
  return jsonText(event);
}

function completedText(event: ItemCompleted): string | undefined {
  const { at, ms, from, to, size, scalar, fallback, digest } = event;
  if (!Number.isFinite(ms) || !Number.isFinite(at) || !STATUSES.has(from) || !STATUSES.has(to)) return undefined;
  let fields = COMPLETED_FIELDS;
  let text = `{"type":"item.completed","at":${at},"call":${event.call},"item":${event.item},"attempt":${event.attempt},"from":"${from}","to":"${to}","ms":${ms}`;
  if (size !== undefined) {
    text += `,"size":${size}`;
    fields++;
  }
  if (scalar !== undefined) {
    text += `,"scalar":${scalar}`;
    fields++;
  }
  if (fallback !== undefined) {
    text += `,"fallback":${fallback}`;
    fields++;
  }
  if (digest !== undefined && isHex(digest)) {
    text += `,"digest":"${digest}"`;
    fields++;
  }
  return fieldCount(event) === fields ? `${text}}` : undefined;
}

function startedText(event: ItemsStarted): string | undefined {
  const { at, attempts } = event;
  if (!Number.isFinite(at)) return undefined;
  let fields = STARTED_FIELDS;
  let text = `{"type":"items.started","at":${at},"call":${event.call},"items":[${event.items.join(",")}]`;
  if (attempts !== undefined) {
    text += `,"attempts":[${attempts.join(",")}]`;
    fields++;
  }
  return fieldCount(event) === fields ? `${text}}` : undefined;
}

/** Every digest of ours is; by a pattern this took twice as long (1.3% of a fan-out). */
function isHex(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 102 || (code > 57 && code < 97)) return false;
  }
  return true;
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
  return parseJson(tab < 0 ? line : line.slice(0, tab)) as RunEvent;
}

export function linePayload(line: string): LinePayload {
  const tab = line.indexOf("\t");
  if (tab < 0) return NO_PAYLOAD;
  const rest = line.slice(tab + 1);
  return rest.startsWith("#") ? { blob: rest.slice(1) } : { value: rest };
}
