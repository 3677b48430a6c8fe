/**
 * Names of things: runs, calls, items, and the address that joins them.
 *
 * R1. An address is `RUN.CALL.ITEM`; CALL counts from 1 in the order calls were made, ITEM is the ordinal of the item in
 *     the call's space, from 0. The same path has the same ITEM in every call of one space.
 */

export type RunId = string;
/** Number of a call in its run, from 1. */
export type CallNo = number;
/** Ordinal of an item in its call's space, from 0. */
export type ItemNo = number;

/** Pattern of node ids and workflow names. */
export const NAME_PATTERN: RegExp = /^[a-z][a-z0-9_-]{0,63}$/;

/** Items one call can hold: the item index of the store packs call and item into one 53-bit key. */
export const MAX_ITEMS_PER_CALL: number = 2 ** 24;

export interface Address {
  readonly run: RunId;
  readonly call?: CallNo;
  readonly item?: ItemNo;
}

export function formatAddress(run: RunId, call: CallNo, item: ItemNo): string {
  return `${run}.${call}.${item}`;
}

/** Reads `RUN`, `RUN.CALL` or `RUN.CALL.ITEM`; undefined when the text has another shape. The run may be a prefix. */
export function parseAddress(text: string): Address | undefined {
  const match = /^([0-9A-Za-z_-]+)(?:\.(\d{1,9})(?:\.(\d{1,9}))?)?$/.exec(text);
  if (!match) return undefined;
  const [, run, call, item] = match;
  return {
    run: run!,
    ...(call === undefined ? {} : { call: Number(call) }),
    ...(item === undefined ? {} : { item: Number(item) }),
  };
}
