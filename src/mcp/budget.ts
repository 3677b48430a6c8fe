/**
 * Answers of a size that a model can read.
 *
 * Owns: making an answer fit, and saying what was left out. Leaves to tools.ts: asking.
 *
 * R1. A list is asked for again with fewer entries until it fits, so that its cursor goes on exactly behind the last one shown.
 * R2. Anything else is cut inside: long texts keep their beginning, long lists their first entries, each with what is missing.
 * R3. What was cut is said: absence never reads as "that was all".
 */

/** Characters of an answer. */
export const DEFAULT_BUDGET = 8_192;
export const MIN_BUDGET = 1_500;
export const MAX_BUDGET = 65_536;
const MIN_LIMIT = 1;
const MIN_TEXT = 80;

export interface Fitted {
  readonly answer: unknown;
  readonly cut: boolean;
}

/** R1. `ask` is called with ever smaller limits. */
export async function fitList(
  ask: (limit: number) => Promise<unknown>,
  of: { readonly limit: number; readonly budget: number },
): Promise<Fitted> {
  let limit = of.limit;
  for (;;) {
    const answer = await ask(limit);
    const size = sizeOf(answer);
    if (size <= of.budget) return { answer, cut: false };
    if (limit <= MIN_LIMIT) return fitValue(answer, of.budget);
    // As many as would have fit if all are as long as these, and at least a third fewer.
    limit = Math.max(MIN_LIMIT, Math.min(Math.floor((limit * of.budget * 0.9) / size), Math.floor((limit * 2) / 3)));
  }
}

/** R2. */
export function fitValue(answer: unknown, budget: number): Fitted {
  if (sizeOf(answer) <= budget) return { answer, cut: false };
  for (
    let longest = budget / 2, entries = 200;
    ;
    longest = Math.max(MIN_TEXT, longest / 2), entries = Math.max(1, Math.floor(entries / 2))
  ) {
    const shorter = shortened(answer, { longest, entries });
    if (sizeOf(shorter) <= budget || (longest === MIN_TEXT && entries === 1)) return { answer: shorter, cut: true };
  }
}

interface Bounds {
  readonly longest: number;
  readonly entries: number;
}

function shortened(value: unknown, bounds: Bounds): unknown {
  if (typeof value === "string") {
    if (value.length <= bounds.longest) return value;
    return `${value.slice(0, bounds.longest)}... [cut: ${value.length - Math.floor(bounds.longest)} more characters]`;
  }
  if (Array.isArray(value)) return value.slice(0, bounds.entries).map((element) => shortened(element, bounds));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shortened(field, bounds)]));
}

export function sizeOf(value: unknown): number {
  return (JSON.stringify(value) ?? "").length;
}
