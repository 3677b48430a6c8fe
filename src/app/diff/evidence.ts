/**
 * Which of several places in code explains a difference best.
 *
 * R1. A changed piece of code may have several changed lines: each is a place, without those that execute nothing.
 * R2. A line that only reports (log, progress, stream) changes no result: it comes last.
 * R3. The line that the error came from comes first, then one that names a field in which the results differ. This is a hint, as the order of the rest is that of the code.
 */
import { diff } from "node:util";
import { valueChanges } from "../../analysis/diff/value-changes.ts";
import type { CodeHunk } from "../../version/closure-diff.ts";

const NOTHING = /^\s*(\/\/.*|\/\*.*\*\/|\*.*)?\s*$/;
const REPORTS = /^\s*(await\s+)?ctx\.(log\.\w+|progress|stream|emit)\(/;
const MAX_FIELDS = 20;

/** R1. */
export function placesIn(hunk: CodeHunk): readonly CodeHunk[] {
  const { before, after } = hunk;
  if (before.length === 0 || after.length === 0) return [hunk];
  const places: CodeHunk[] = [];
  let at = 0;
  let open: { at: number; before: string[]; after: string[] } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    const { at: begin, before: old, after: lines } = open;
    open = undefined;
    // What was there stands beside the first line that took its place.
    const parts = lines.length === 0 ? [[]] : lines.map((line) => [line]);
    for (const [index, now] of parts.entries()) {
      const was = index === 0 ? old : [];
      if ([...(now.length === 0 ? was : now)].some((line) => !NOTHING.test(line)))
        places.push({ ...hunk, line: hunk.line + begin + index, before: was, after: now });
    }
  };
  // Node says 0 for a line of both, 1 for what only the first list has.
  for (const [operation, line] of diff(before, after)) {
    if (operation === 0) {
      close();
      at++;
      continue;
    }
    open ??= { at, before: [], after: [] };
    open[operation === 1 ? "before" : "after"].push(line);
    if (operation !== 1) at++;
  }
  close();
  return places.length === 0 ? [hunk] : places;
}

/** Names of fields in which two results differ. */
export function otherFields(before: unknown, now: unknown): ReadonlySet<string> {
  const fields = new Set<string>();
  for (const { path } of valueChanges(before, now, MAX_FIELDS).changes)
    for (const name of String(path).match(/[A-Za-z_$][\w$]*/g) ?? []) fields.add(name);
  return fields;
}

/** Lower is likelier. R2, R3. */
export function weightOf(lines: readonly string[], fields: ReadonlySet<string>): number {
  const code = lines.filter((line) => !NOTHING.test(line));
  if (code.length > 0 && code.every((line) => REPORTS.test(line))) return 2;
  const names = new Set(code.flatMap((line) => line.match(/[A-Za-z_$][\w$]*/g) ?? []));
  return [...fields].some((field) => names.has(field)) ? 0 : 1;
}
