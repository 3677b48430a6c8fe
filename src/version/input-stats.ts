/**
 * Whether the files that a bundle was made from are as they were.
 *
 * R1. They are when each has the size, times and inode it had, and every path that would shadow one is absent still.
 * R2. A file changed so shortly before bundling that a second change could keep its stats is not vouched for (as git does with its
 *     index): who asks bundles again.
 */
import { statSync } from "node:fs";
import type { Bundle } from "./bundle.ts";

/** Times of local file systems move in ticks of up to 10 ms. */
const FRESH_MS = 50;

/** File systems that count whole seconds (FAT: two). */
const COARSE_FRESH_MS = 2_000;

/** size, mtimeMs, ctimeMs, inode. ctime catches a change whose mtime was set back. */
type Stats = readonly [sizeBytes: number, mtimeMs: number, ctimeMs: number, inode: number];

export interface InputStats {
  readonly inputs: Readonly<Record<string, Stats>>;
  readonly missing: readonly string[];
}

/** @param bundledAt a time before bundling began. @returns undefined by R2 */
export function inputStats(bundle: Pick<Bundle, "inputs" | "missing">, bundledAt: number): InputStats | undefined {
  const inputs: Record<string, Stats> = {};
  for (const input of bundle.inputs) {
    const stats = statsOf(input);
    if (!stats || isFresh(stats, bundledAt)) return undefined;
    inputs[input] = stats;
  }
  return { inputs, missing: bundle.missing };
}

/** R1. */
export function isUnchanged({ inputs, missing }: InputStats): boolean {
  for (const [path, then] of Object.entries(inputs)) {
    const now = statsOf(path);
    if (!now || now.some((value, index) => value !== then[index])) return false;
  }
  return missing.every((path) => !statsOf(path));
}

/** Of what was read from a file of ours. */
export function isInputStats(value: Partial<InputStats>): value is InputStats {
  const { inputs, missing } = value;
  return (
    typeof inputs === "object" &&
    inputs !== null &&
    Object.values(inputs).every(Array.isArray) &&
    Array.isArray(missing)
  );
}

function statsOf(path: string): Stats | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino];
}

function isFresh([, mtimeMs, ctimeMs]: Stats, bundledAt: number): boolean {
  const margin = Number.isInteger(mtimeMs / 1_000) ? COARSE_FRESH_MS : FRESH_MS;
  return Math.max(mtimeMs, ctimeMs) > bundledAt - margin;
}
