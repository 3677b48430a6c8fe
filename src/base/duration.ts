const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const PART = /(\d+(?:\.\d+)?)\s*(ms|[smhdw])\s*/y;

/** A number of milliseconds, or text: one or several parts of number and unit, `"250ms"`, `"20s"`, `"1.5h"`, `"1h 30m"`, `"2d"`. */
export type DurationInput = number | string;

/** @returns ms, finite and >= 0. Throws `RangeError` naming the input otherwise; upper limits are the caller's. */
export function parseDuration(input: DurationInput): number {
  if (typeof input === "number") {
    if (!Number.isFinite(input) || input < 0) throw notADuration(input);
    return input;
  }
  if (typeof input !== "string") throw notADuration(input);
  const text = input.trim();
  let totalMs = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text);
    if (!part) throw notADuration(input);
    totalMs += Number(part[1]) * (UNIT_MS[part[2] ?? ""] ?? Number.NaN);
  }
  if (text === "" || !Number.isFinite(totalMs)) throw notADuration(input);
  return totalMs;
}

function notADuration(input: unknown): RangeError {
  const shown =
    typeof input === "string" ? `"${input.length > 80 ? `${input.slice(0, 80)}...` : input}"` : String(input);
  return new RangeError(
    `${shown} is not a duration: write a number of milliseconds >= 0, or text such as "250ms", "20s", "1.5h", "2d"`,
  );
}

/** Two units at most, for people: `"850ms"`, `"1.5s"`, `"2m 5s"`, `"1h 30m"`, `"3d 4h"`. `parseDuration` reads it back. */
export function formatDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return String(durationMs);
  if (durationMs < 0) return `-${formatDuration(-durationMs)}`;
  // Each step rounds to what it shows first, so that 59.97 s reads "1m" and not "60s".
  if (durationMs < 10 && !Number.isInteger(durationMs)) return `${Number(durationMs.toFixed(1))}ms`;
  const wholeMs = Math.round(durationMs);
  if (wholeMs < 1_000) return `${wholeMs}ms`;
  const tenthsOfSecond = Math.round(durationMs / 100);
  if (tenthsOfSecond < 600) return `${tenthsOfSecond / 10}s`;
  const seconds = Math.round(durationMs / 1_000);
  if (seconds < 3_600) return twoUnits(seconds, 60, "m s");
  const minutes = Math.round(durationMs / 60_000);
  if (minutes < 1_440) return twoUnits(minutes, 60, "h m");
  const hours = Math.round(durationMs / 3_600_000);
  return twoUnits(hours, 24, "d h");
}

function twoUnits(amount: number, perLarge: number, names: "m s" | "h m" | "d h"): string {
  const [large, small] = names.split(" ");
  const rest = amount % perLarge;
  return `${Math.floor(amount / perLarge)}${large}${rest === 0 ? "" : ` ${rest}${small}`}`;
}
