/**
 * Pages: how every list operation is cut.
 *
 * R1. A page says `total` where counting is cheap, `truncated` when there is more, and then the `cursor` to go on with.
 * R2. A cursor is text that only the operation which gave it reads.
 */
import { WorkgraphError } from "../model/workgraph-error.ts";

export interface PageRequest {
  /** At least 1; each operation has its default and its maximum. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface Page {
  readonly total?: number;
  readonly truncated: boolean;
  /** Present when `truncated`. */
  readonly cursor?: string;
}

export function limitOf({ limit }: PageRequest, bounds: { readonly default: number; readonly max: number }): number {
  if (limit === undefined) return bounds.default;
  if (!Number.isInteger(limit) || limit < 1) {
    throw new WorkgraphError("WG5050", `the limit ${String(limit)} is not a whole number from 1 to ${bounds.max}`);
  }
  return Math.min(limit, bounds.max);
}

/** Reads a cursor of `count` whole numbers joined by dots; undefined without a cursor. */
export function cursorOf({ cursor }: PageRequest, count: number): readonly number[] | undefined {
  if (cursor === undefined) return undefined;
  const parts = cursor.split(".").map(Number);
  if (parts.length === count && parts.every((part) => Number.isSafeInteger(part) && part >= 0)) return parts;
  throw new WorkgraphError("WG5050", `"${cursor}" is no cursor of this list`, {
    hint: 'Give the "cursor" of the page before, unchanged.',
  });
}
