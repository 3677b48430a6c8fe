/**
 * Points in time as people and programs write them: "2026-01-31", "2026-01-31T06:00:00Z", or how long ago: "2h", "7d".
 *
 * R1. A date without a time is its first moment in UTC, as every time that is shown is in UTC.
 */
import { systemClock } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

const ISO = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** Epoch ms; undefined for none. */
export function timeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (ISO.test(text)) {
    const at = Date.parse(/T.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes("T") ? text : `${text}Z`);
    if (!Number.isNaN(at)) return at;
  } else if (/^\d+(?:\.\d+)?[a-z]+$/.test(text)) {
    return systemClock.now() - durationOf(text, name);
  }
  throw wrong(text, name);
}

function durationOf(text: string, name: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw wrong(text, name);
  }
}

function wrong(text: string, name: string): WorkgraphError {
  return new WorkgraphError("WG5050", `"${text.slice(0, 80)}" is no time for "${name}"`, {
    hint: "Write 2026-01-31, 2026-01-31T06:00:00Z, or how long ago: 2h, 7d.",
  });
}
