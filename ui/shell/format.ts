/** Numbers, times and durations as people read them; every figure keeps its unit. */
import type { ItemCounts } from "../../src/model/status.ts";
import { settings } from "./settings.ts";

const numbers = new Intl.NumberFormat("en-US");

export function count(value: number): string {
  return numbers.format(value);
}

export function counted(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** 0.4 ms, 12 ms, 1.24 s, 3 min 4 s, 2 h 5 min. */
export function duration(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return "";
  if (ms < 10) return `${ms < 0.05 ? 0 : ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(2)} s`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return both(Math.floor(seconds / 60), "min", `${seconds % 60} s`);
  return both(Math.floor(seconds / 3_600), "h", `${Math.floor((seconds % 3_600) / 60)} min`);
}

/** 3 min 4 s, and 3 min where nothing is left. */
function both(whole: number, unit: string, rest: string): string {
  return rest.startsWith("0 ") ? `${whole} ${unit}` : `${whole} ${unit} ${rest}`;
}

export function ago(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1_000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** 14:03:07.219, in the zone of the settings. */
export function timeOfDay(at: number): string {
  const zone = settings().timeZone;
  return new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    ...(zone === "local" ? {} : { timeZone: zone }),
  }).format(at);
}

export function clock(at: number): string {
  const zone = settings().timeZone;
  return new Intl.DateTimeFormat("en-GB", {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    ...(zone === "local" ? {} : { timeZone: zone }),
  })
    .format(at)
    .replace(/^(\d+)\/(\d+)\/(\d+), /, "$3-$2-$1 ");
}

export function shortHash(version: string): string {
  return version === "unversioned" ? version : version.slice(0, 8);
}

/** The part of a run id that people tell apart: the end of a time-sorted id. */
export function shortRun(runId: string): string {
  return runId.length <= 12 ? runId : `${runId.slice(0, 6)}…${runId.slice(-4)}`;
}

export function total(counts: ItemCounts): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0);
}

export function bytes(size: number): string {
  if (size < 1_024) return `${size} B`;
  if (size < 1_048_576) return `${(size / 1_024).toFixed(1)} KB`;
  return `${(size / 1_048_576).toFixed(1)} MB`;
}
