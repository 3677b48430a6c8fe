/** What happened at each line of a file: calls made there, how long their items took, what failed. */
import type { GraphBreak } from "../api/run-parts.ts";
import type { RunView } from "../../src/model/view.ts";
import { totalOf } from "../../src/model/view.ts";

export interface LineFacts {
  readonly calls: readonly number[];
  readonly items: number;
  readonly busyMs: number;
  readonly failed: number;
  /** Errors thrown at this line, outside the place of a call. */
  readonly thrown: number;
  /** What waiting here for real values cost. */
  readonly break?: GraphBreak;
}

const NONE: LineFacts = { calls: [], items: 0, busyMs: 0, failed: 0, thrown: 0 };

function isSame(recorded: string, path: string): boolean {
  return recorded === path || recorded.endsWith(`/${path}`);
}

export function lineFacts(
  view: RunView,
  path: string,
  breaks: readonly GraphBreak[] = [],
): ReadonlyMap<number, LineFacts> {
  const lines = new Map<number, LineFacts>();
  for (const call of view.calls) {
    if (!call.site || call.status === "superseded" || !isSame(call.site.file, path)) continue;
    const at = lines.get(call.site.line) ?? NONE;
    lines.set(call.site.line, {
      ...at,
      calls: [...at.calls, call.call],
      items: at.items + totalOf(call.counts),
      busyMs: at.busyMs + call.busyMs,
      failed: at.failed + (call.counts.failed ?? 0) + (call.counts.abandoned ?? 0),
    });
  }
  for (const { error } of view.errors) {
    const { site } = error;
    if (!site || !isSame(site.file, path)) continue;
    const at = lines.get(site.line) ?? NONE;
    lines.set(site.line, { ...at, thrown: at.thrown + 1 });
  }
  for (const one of breaks) {
    if (!isSame(one.file, path) || (one.passed ?? 0) === 0) continue;
    lines.set(one.line, { ...(lines.get(one.line) ?? NONE), break: one });
  }
  return lines;
}
