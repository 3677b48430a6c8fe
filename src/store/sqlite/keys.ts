/** How numbers of a run are packed into the integer keys of rows. Limits are checked where numbers are given out. */
import { assert } from "../../base/assert.ts";

/** Events one run can hold. */
export const MAX_SEQ: number = 2 ** 28 - 1;
/** Calls one run can hold. */
export const MAX_CALLS: number = 2 ** 20 - 1;
/** Runs one store can hold, so that every key stays an exact number in JavaScript. */
export const MAX_RUNS: number = 2 ** 25 - 1;

export function logKey(runNo: number, seq: number): number {
  return runNo * 2 ** 28 + seq;
}

export function seqOfKey(key: number): number {
  return key % 2 ** 28;
}

export function callKey(runNo: number, call: number): number {
  return runNo * 2 ** 20 + call;
}

export function callOfKey(key: number): number {
  return key % 2 ** 20;
}

export function assertWithin(value: number, limit: number): void {
  assert(Number.isSafeInteger(value) && value >= 0 && value <= limit, `${value} is out of range, at most ${limit}`);
}

export function runNoOfKey(key: number): number {
  return Math.floor(key / 2 ** 28);
}
