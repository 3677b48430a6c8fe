/**
 * What a resume says about the run it goes on with: what was there, and what it has repaired.
 *
 * R1. Both are told from two views of the log, the one before and the one now; nothing is remembered beside it.
 */
import type { ItemStatus } from "../model/status.ts";
import { nodesOf, type RunView } from "../model/view.ts";
import { counted } from "./run-text.ts";
import { oneLine } from "./text-width.ts";

export function goingOnText(before: RunView, now: RunView): string {
  const nodes = nodesOf(before);
  const total = nodes.reduce((sum, node) => sum + node.total, 0);
  const recorded = nodes.reduce((sum, { counts }) => sum + (counts.completed ?? 0) + (counts.reused ?? 0), 0);
  const wasWhole = before.logged === "completed" || before.logged === "completed_partial";
  if (wasWhole && now.resumes === before.resumes)
    return `nothing to go on with: ${counted(total, "item")}, all recorded`;
  return `going on with ${counted(total, "item")}, ${recorded} recorded`;
}

/** How an item that is not completed is called; what has no word here was not begun. */
const WORDS: Readonly<Partial<Record<ItemStatus, string>>> = {
  failed: "failed",
  abandoned: "failed",
  skipped: "skipped",
  cancelled: "cut short",
  running: "cut short",
  retrying: "cut short",
};

/** Nodes that the line names. */
const NAMED = 4;

/** "" when nothing that had been begun is completed now. */
export function repairedText(before: RunView, now: RunView): string {
  const repaired = new Map<string, number>();
  for (const { call, node, unfinished } of before.calls) {
    const after = now.calls[call - 1];
    if (after === undefined || after.status === "superseded") continue;
    for (const [item, status] of Object.entries(unfinished)) {
      const word = WORDS[status];
      if (word === undefined || after.unfinished[Number(item)] !== undefined) continue;
      const key = `${word} of ${oneLine(node)}`;
      repaired.set(key, (repaired.get(key) ?? 0) + 1);
    }
  }
  if (repaired.size === 0) return "";
  const parts = [...repaired].map(([key, count]) => `${count} ${key}`);
  const more = parts.length > NAMED ? [`and ${parts.length - NAMED} more`] : [];
  return `repaired: ${[...parts.slice(0, NAMED), ...more].join(", ")}`;
}
