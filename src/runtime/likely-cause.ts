/**
 * Why a function may have asked for something else: guesses from what it was given, what it asks now, and its own text.
 *
 * Owns: the guesses, most likely first. Leaves to divergence.ts: that something differs; to replay-spies.ts: what was seen.
 *
 * R1. A guess says what it rests on. Where nothing points anywhere, the list of what usually does it is said, as "unknown".
 */
import type { CauseKind, LikelyCause } from "../model/divergence-report.ts";

export interface Evidence {
  /** Plain arguments, encoded, of the same call then and now. */
  readonly recordedArgs?: string | undefined;
  readonly nowArgs?: string | undefined;
  readonly isReordered: boolean;
  /** Text of the workflow function. */
  readonly source: string;
  readonly version: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ISO_TIME = /^\d{4}-\d\d-\d\d(T|$)/;
/** Epoch ms from 2001 to 2100; seconds and hrtime are not told apart from other numbers. */
const EPOCH_MS = { min: 978_307_200_000, max: 4_102_444_800_000 };

export function likelyCauses(evidence: Evidence): readonly LikelyCause[] {
  const causes: LikelyCause[] = [];
  if (evidence.isReordered) {
    const text =
      "it makes the same calls in another order: something is iterated whose order depends on timing or on earlier runs";
    causes.push({ kind: "iteration-order", text });
  }
  causes.push(...fromArguments(evidence));
  if (evidence.version === "unversioned") {
    causes.push({
      kind: "edited-code",
      text: "the run is unversioned: its code may have been edited since it was recorded",
    });
  }
  causes.push(...fromSource(evidence.source));
  if (causes.length === 0) {
    const text =
      "something outside the log decides: an environment variable, a file, state of a module, a clock or chance taken from Date or Math before the run, or the order of a list made elsewhere";
    causes.push({ kind: "unknown", text });
  }
  return causes;
}

function fromArguments({ recordedArgs, nowArgs }: Evidence): LikelyCause[] {
  if (recordedArgs === undefined || nowArgs === undefined) return [];
  const [then, now] = [parsed(recordedArgs), parsed(nowArgs)];
  const causes: LikelyCause[] = [];
  for (const name of new Set([...Object.keys(then), ...Object.keys(now)])) {
    const kind = kindOf(then[name], now[name]);
    if (kind !== undefined) causes.push({ kind, text: `argument "${name}" ${WHY[kind] ?? ""}` });
  }
  return causes;
}

const WHY: Partial<Record<CauseKind, string>> = {
  clock: "is another time: a clock other than Date, now() or performance.now() of the workflow function was read",
  chance: "was drawn anew: by something other than Math.random, crypto, random() or uuid() of the workflow function",
  "iteration-order": "has the same members in another order",
};

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function kindOf(then: unknown, now: unknown): CauseKind | undefined {
  if (typeof then === "string" && typeof now === "string" && then !== now) {
    if (UUID.test(then) && UUID.test(now)) return "chance";
    return ISO_TIME.test(then) && ISO_TIME.test(now) ? "clock" : undefined;
  }
  if (typeof then === "number" && typeof now === "number" && then !== now) {
    if ([then, now].every((value) => value > EPOCH_MS.min && value < EPOCH_MS.max)) return "clock";
    return [then, now].every((value) => value > 0 && value < 1) ? "chance" : undefined;
  }
  if (typeof then !== "object" || typeof now !== "object" || then === null || now === null) return undefined;
  const [a, b] = [JSON.stringify(then), JSON.stringify(now)];
  if (a === b) return undefined;
  if (Array.isArray(then) && Array.isArray(now)) {
    const sorted = (list: readonly unknown[]): string =>
      JSON.stringify(list.map((member) => JSON.stringify(member)).toSorted());
    if (sorted(then) === sorted(now)) return "iteration-order";
  }
  for (const key of Object.keys(then)) {
    const kind = kindOf((then as Record<string, unknown>)[key], (now as Record<string, unknown>)[key]);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

const SUSPECTS: readonly (readonly [pattern: RegExp, kind: CauseKind, text: (match: RegExpExecArray) => string])[] = [
  [
    /process\.env(?:\.(\w+)|\[["'`](\w+)["'`]\])/,
    "environment",
    (match) => `it reads process.env.${match[1] ?? match[2]}`,
  ],
  [/process\.(?:argv|pid|cwd|platform|memoryUsage)\b/, "environment", (match) => `it reads ${match[0]}`],
  [/\b(?:os|nodeOs)\.\w+\(/, "environment", (match) => `it calls ${match[0]})`],
  [/process\.(?:hrtime|uptime)\b/, "clock", (match) => `it reads ${match[0]}`],
  [/\bIntl\.DateTimeFormat\b/, "clock", () => "it formats the present time with Intl.DateTimeFormat"],
  [
    /\b(?:readFileSync|readFile|readdirSync|readdir|existsSync|statSync)\s*\(/,
    "files",
    (match) => `it calls ${match[0]})`,
  ],
  [/\bfetch\s*\(/, "untracked-await", () => "it calls fetch, which the log does not have"],
  [
    /\bset(?:Timeout|Immediate|Interval)\s*\(/,
    "untracked-await",
    (match) => `it calls ${match[0]}), which the log does not have`,
  ],
];

function fromSource(source: string): LikelyCause[] {
  const causes: LikelyCause[] = [];
  for (const [pattern, kind, text] of SUSPECTS) {
    const match = pattern.exec(source);
    if (match) causes.push({ kind, text: text(match) });
  }
  return causes;
}
