/**
 * The items of one call, packed: 27 bytes an item, PAGE_ITEMS items a page.
 *
 * Owns: the packed layout. Leaves to run-index.ts: what events do to an item.
 *
 * Why packed: a row per item costs 1.7-3.1 us in SQLite and is written twice (started, completed). A page takes one write per
 * commit for all of its items, 0.1-0.2 us each, and fits one database page of 4 KB (2026-11-22, 2 cores, Node 24).
 *
 * R1. A page of capacity c has c * 27 bytes: f64 startedAt[c], f64 ms[c], u32 seq[c], u32 size[c], u16 attempts[c], u8 status[c];
 *     little-endian, as every platform Node runs on has it.
 * R2. status 0 = no such item; k = ITEM_STATUSES[k - 1]. The order of that list is part of the stored format.
 * R3. Nothing is written as NaN (startedAt, ms), NO_SIZE (size); attempts stop counting at 65,535.
 */
import type { CallNo, ItemNo } from "../model/ids.ts";
import { ITEM_STATUSES } from "../model/status.ts";
import type { ItemStatus } from "../model/status.ts";
import type { ItemRow } from "./store.ts";

export const PAGE_ITEMS = 128;
/** Items of page 0 that stand in the row of their call: most calls have one item, and need no page row of their own. */
export const INLINE_ITEMS = 16;
const ITEM_BYTES = 27;
const NO_SIZE = 0xffff_ffff;
const MAX_ATTEMPTS = 0xffff;
const CAPACITIES: readonly number[] = [1, 4, INLINE_ITEMS, 64, PAGE_ITEMS];

const CODES: Readonly<Record<ItemStatus, number>> = Object.fromEntries(
  ITEM_STATUSES.map((status, index) => [status, index + 1]),
) as Record<ItemStatus, number>;

/** Number of a status in pages and in counts, from 1; 0 stands for no item. */
export function statusCode(status: ItemStatus): number {
  return CODES[status];
}
export const STATUS_CODES: number = ITEM_STATUSES.length + 1;

export class ItemPage {
  #view: DataView;
  #bytes: Uint8Array;
  /** Slots there is room for; those above what was set read as no item. */
  capacity: number;

  /** @param bytes a page as `bytes` gave it, taken over, not copied. */
  constructor(bytes: Uint8Array = emptyPage(1)) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.capacity = bytes.length / ITEM_BYTES;
  }

  /** Of a call that has filled a page before: its next ones fill, too, and need not grow (2% of a fan-out). */
  static whole(): ItemPage {
    return new ItemPage(emptyPage(PAGE_ITEMS));
  }

  /** False for bytes that no page has: the file they come from is damaged. */
  static fits(bytes: Uint8Array): boolean {
    return CAPACITIES.includes(bytes.length / ITEM_BYTES);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Status code of a slot, 0 where there is no item. */
  status(slot: number): number {
    return slot < this.capacity ? this.#view.getUint8(26 * this.capacity + slot) : 0;
  }

  seq(slot: number): number {
    return slot < this.capacity ? this.#view.getUint32(16 * this.capacity + 4 * slot, true) : 0;
  }

  /** Sets status and seq; the rest of an item stays as it was where the change does not say it. */
  set(slot: number, change: ItemChange): void {
    if (slot >= this.capacity) this.#grow(slot + 1);
    const view = this.#view;
    const c = this.capacity;
    view.setUint8(26 * c + slot, change.status);
    view.setUint32(16 * c + 4 * slot, change.seq, true);
    if (change.startedAt !== undefined) view.setFloat64(8 * slot, change.startedAt, true);
    if (change.ms !== undefined) view.setFloat64(8 * c + 8 * slot, change.ms, true);
    if (change.size !== undefined) view.setUint32(20 * c + 4 * slot, change.size, true);
    if (change.attempt !== undefined) view.setUint16(24 * c + 2 * slot, Math.min(change.attempt, MAX_ATTEMPTS), true);
  }

  row(slot: number, id: { readonly call: CallNo; readonly item: ItemNo }): ItemRow | undefined {
    const status = ITEM_STATUSES[this.status(slot) - 1];
    if (status === undefined) return undefined;
    const view = this.#view;
    const c = this.capacity;
    const startedAt = view.getFloat64(8 * slot, true);
    const ms = view.getFloat64(8 * c + 8 * slot, true);
    const size = view.getUint32(20 * c + 4 * slot, true);
    return {
      call: id.call,
      item: id.item,
      status,
      attempts: view.getUint16(24 * c + 2 * slot, true),
      seq: view.getUint32(16 * c + 4 * slot, true),
      ...(Number.isNaN(startedAt) ? {} : { startedAt }),
      ...(Number.isNaN(ms) ? {} : { ms }),
      ...(size === NO_SIZE ? {} : { size }),
    };
  }

  /** Adds this page's items to `counts`, by status code. */
  count(counts: number[]): void {
    for (let slot = 0; slot < this.capacity; slot++) {
      const code = this.status(slot);
      if (code !== 0) counts[code] = (counts[code] ?? 0) + 1;
    }
  }

  #grow(needed: number): void {
    const old = this.bytes;
    const oldCapacity = this.capacity;
    const capacity = CAPACITIES.find((candidate) => candidate >= needed) ?? PAGE_ITEMS;
    const bytes = emptyPage(capacity);
    for (const column of COLUMNS) {
      bytes.set(
        old.subarray(column.offset * oldCapacity, (column.offset + column.width) * oldCapacity),
        column.offset * capacity,
      );
    }
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.capacity = capacity;
  }
}

export interface ItemChange {
  /** Status code, see `statusCode`. */
  readonly status: number;
  readonly seq: number;
  readonly startedAt?: number;
  readonly attempt?: number;
  readonly ms?: number;
  readonly size?: number | undefined;
}

/** Bytes before and width of each column, per slot (R1). */
const COLUMNS = [
  { offset: 0, width: 8 },
  { offset: 8, width: 8 },
  { offset: 16, width: 4 },
  { offset: 20, width: 4 },
  { offset: 24, width: 2 },
  { offset: 26, width: 1 },
] as const;

/** Empty pages as they begin, by capacity: copied, since writing each slot anew is 4 us a page. */
const EMPTY: ReadonlyMap<number, Uint8Array> = new Map(CAPACITIES.map((capacity) => [capacity, emptySlots(capacity)]));

function emptyPage(capacity: number): Uint8Array {
  // From Buffer's pool: a buffer of its own for the one item that most calls have costs more than all else that is done to it.
  const bytes = Buffer.allocUnsafe(capacity * ITEM_BYTES);
  bytes.set(EMPTY.get(capacity) as Uint8Array);
  return bytes;
}

function emptySlots(capacity: number): Uint8Array {
  const bytes = Buffer.alloc(capacity * ITEM_BYTES);
  for (let slot = 0; slot < capacity; slot++) {
    bytes.writeDoubleLE(Number.NaN, 8 * slot);
    bytes.writeDoubleLE(Number.NaN, 8 * (capacity + slot));
    bytes.writeUInt32LE(NO_SIZE, 20 * capacity + 4 * slot);
  }
  return bytes;
}
