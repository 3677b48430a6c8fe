/** Graph breaks and call sites that were not reached, for people. */
import type { BreakEntry, ExplainWorkflowOutput } from "../app/operations/explain-workflow.ts";
import { formatDuration } from "../base/duration.ts";
import { noteLines } from "./note-text.ts";
import { counted, shortVersion } from "./run-text.ts";
import { oneLine } from "./text-width.ts";

export function explainText(document: ExplainWorkflowOutput): string {
  const { workflow, version, run, breaks, overlapMs, untracked, diverged } = document;
  const of = run === undefined ? "no run of it is recorded: where it may wait" : `in run ${run}`;
  const lines = [`${counted(breaks.length, "graph break")} of "${workflow}" (version ${shortVersion(version)}), ${of}`];
  for (const one of breaks) lines.push("", ...breakLines(one));
  if (overlapMs !== undefined) {
    lines.push("", `lost overlap in all: ${formatDuration(overlapMs)} (moments counted once)`);
  }
  for (const { node, call } of untracked)
    lines.push(`call ${call} ("${node}") came after the function waited for something untracked: its cause is unknown`);
  if (diverged !== undefined) lines.push(`awaits from here on are missing: ${oneLine(diverged)}`);
  if (document.notes !== undefined) lines.push("", "notes", ...document.notes.flatMap((note) => noteLines(note)));
  return lines.map((line) => `${line}\n`).join("");
}

function breakLines(one: BreakEntry): readonly string[] {
  const what = one.nodes.length > 0 ? one.nodes.map((node) => `"${node}"`).join(", ") : "what it is shows when it runs";
  const inside = one.functionName === undefined ? "" : ` in ${one.functionName}`;
  const lines = [`${one.no}. ${one.file}:${one.line}${inside}  ${one.kind}  ${what}`];
  if (one.awaited !== undefined) lines.push(`   ${oneLine(one.awaited)}`);
  if (one.branches.length > 0) lines.push(`   ${branchesText(one.branches)}`);
  if (one.passed === undefined) return lines;
  if (one.passed === 0) return [...lines, "   not passed in this run"];
  const times = one.passed === 1 ? "" : `passed ${one.passed} times, `;
  const cost = one.overlapMs ?? 0;
  const told =
    cost > 0
      ? `lost overlap ${formatDuration(cost)}: what followed took single items and could have begun with the first`
      : "lost overlap 0";
  return [...lines, `   ${times}${counted(one.items ?? 0, "item")}, ${told}`];
}

/** "in else of (score > 3), line 40". */
export function branchesText(branches: BreakEntry["branches"]): string {
  return branches
    .map(({ kind, condition, line }) => {
      const test = condition === "" ? "" : ` (${oneLine(condition)})`;
      return kind === "else" ? `in else of${test}, line ${line}` : `in ${kind}${test}, line ${line}`;
    })
    .join(", ");
}
