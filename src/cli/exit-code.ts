/**
 * Exit codes: what a script learns without reading anything.
 *
 * R1. A run's end decides for `run`, `resume`, `watch` and `wait`; everything else that is answered is 0.
 * R2. A code that is in no table is 1, never 0.
 */
import type { RunStatus } from "../model/status.ts";

export const EXIT = {
  completed: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  invalid: 4,
  cancelled: 5,
  timeout: 6,
  store: 7,
  partial: 8,
  diverged: 9,
  interrupted: 130,
} as const;

const BY_STATUS: Readonly<Record<RunStatus, number>> = {
  queued: EXIT.completed,
  running: EXIT.completed,
  paused: EXIT.completed,
  completed: EXIT.completed,
  completed_partial: EXIT.partial,
  failed: EXIT.failed,
  cancelled: EXIT.cancelled,
  interrupted: EXIT.interrupted,
  diverged: EXIT.diverged,
};

export function exitCodeOfStatus(status: RunStatus): number {
  return BY_STATUS[status] ?? EXIT.failed;
}

const BY_CODE: Readonly<Record<string, number>> = {
  WG4001: EXIT.notFound,
  WG4004: EXIT.notFound,
  WG4010: EXIT.notFound,
  WG4011: EXIT.notFound,
  WG4012: EXIT.notFound,
  WG5001: EXIT.notFound,
  WG5010: EXIT.notFound,
  WG5041: EXIT.notFound,
  WG5042: EXIT.notFound,
  WG5043: EXIT.timeout,
  WG5044: EXIT.notFound,
  WG5045: EXIT.notFound,
  WG5046: EXIT.notFound,
  WG5020: EXIT.invalid,
  WG5021: EXIT.invalid,
  WG5050: EXIT.usage,
  WG5051: EXIT.invalid,
  WG5052: EXIT.invalid,
  WG5053: EXIT.invalid,
  WG5054: EXIT.notFound,
  WG6042: EXIT.notFound,
  WG5090: EXIT.failed,
  WG5110: EXIT.notFound,
  WG5111: EXIT.notFound,
  WG5115: EXIT.usage,
  WG5116: EXIT.notFound,
  WG5117: EXIT.notFound,
  WG5120: EXIT.notFound,
  WG5121: EXIT.notFound,
  WG5122: EXIT.usage,
  WG5123: EXIT.invalid,
  WG5124: EXIT.notFound,
  WG5125: EXIT.notFound,
  WG5126: EXIT.notFound,
  WG5127: EXIT.usage,
  WG5128: EXIT.usage,
  WG5129: EXIT.notFound,
};

/** By family where the code has no line of its own: WG1, WG3, WG4 are code and input, WG5 is the store. */
const BY_FAMILY: Readonly<Record<string, number>> = {
  WG1: EXIT.invalid,
  WG2: EXIT.failed,
  WG3: EXIT.invalid,
  WG4: EXIT.invalid,
  WG5: EXIT.store,
};

export function exitCodeOfError(code: string): number {
  return BY_CODE[code] ?? BY_FAMILY[code.slice(0, 3)] ?? EXIT.failed;
}
