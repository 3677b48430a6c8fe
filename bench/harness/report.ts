/**
 * What a measure says: one JSON line.
 *
 * R1. A value stands beside its limit, measured in the same process in turns with it: what else the machine does then weighs on both.
 * R2. `ratio` is the median of the ratios of the rounds, not the ratio of the medians.
 * R3. A bar is met or missed by the median; the spread says how sure that is.
 */

export interface Line {
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  /** What the same work costs without a workflow. */
  readonly limit?: number;
  readonly limitUnit?: string;
  readonly ratio?: number;
  /** E.g. "<= 3x the floor". */
  readonly bar: string;
  readonly met: boolean;
  /** Rounds measured, after one that warmed up where the measure is no process of its own. */
  readonly runs: number;
  /** Lowest and highest of what the bar is about. */
  readonly spread: readonly [number, number];
  readonly [more: string]: unknown;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function spread(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

export function print(line: Line): void {
  process.stdout.write(
    `${JSON.stringify(line, (_, value: unknown) => (typeof value === "number" ? rounded(value) : value))}\n`,
  );
}

function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}

/** What was recorded is not what was done: the measure is worth nothing. */
export function require(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`the measured runs are wrong: ${what}`);
}
