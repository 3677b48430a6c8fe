/** The last words about a run: status, counts, why, and what to look at next. */
import { formatDuration } from "../base/duration.ts";
import { commandLine, shellWord } from "../model/command-line.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { ItemCounts, RunStatus } from "../model/status.ts";
import { countsText, statusText } from "./run-text.ts";
import type { Colors } from "./terminal.ts";
import { oneLine, printable, siteText } from "./text-width.ts";

export interface RunEnd {
  readonly runId: string;
  readonly status: RunStatus;
  readonly counts: ItemCounts;
  readonly durationMs?: number;
  readonly error?: Pick<ErrorRecord, "code" | "name" | "message" | "hint" | "site" | "address">;
}

export interface RunEndOptions {
  readonly colors: Colors;
  /** " --data DIR" where the command had it. */
  readonly dataFlag: string;
}

export function runEndText(end: RunEnd, { colors, dataFlag }: RunEndOptions): string {
  const took = end.durationMs === undefined ? "" : ` in ${formatDuration(end.durationMs)}`;
  const counts = countsText(end.counts);
  const lines = [`${statusText(end.status, colors)}${took}${counts === "" ? "" : `: ${counts}`}`];
  if (end.error !== undefined) {
    const { code, name, message, hint, site } = end.error;
    lines.push(`  ${colors.red(oneLine(name))} ${code}: ${printable(message.slice(0, 2_000)).replace(/\n/g, "\n  ")}`);
    if (hint !== undefined) lines.push(`  ${printable(hint).replace(/\n/g, "\n  ")}`);
    if (site !== undefined) lines.push(colors.dim(`  at ${siteText(site)}`));
  }
  for (const [command, what] of nextSteps(end)) {
    lines.push(`  ${commandLine(`${command} ${end.runId}${dataFlag}`)}  ${colors.dim(what)}`);
  }
  return `${lines.join("\n")}\n`;
}

function nextSteps({ status, counts }: RunEnd): readonly (readonly [command: string, what: string])[] {
  const steps: (readonly [string, string])[] = [["show", "what it did"]];
  const broken = (counts.failed ?? 0) + (counts.abandoned ?? 0) > 0 || status === "failed";
  if (broken) steps.push(["errors", "what went wrong, with lines"]);
  if (status === "failed" || status === "interrupted" || status === "cancelled" || status === "paused") {
    steps.push(["resume", "go on; what is recorded is not run again"]);
  }
  return steps;
}

export function resumeLine(runId: string, dataFlag: string): string {
  return commandLine(`resume ${runId}${dataFlag}`);
}

/** As it has to be typed again. */
export function dataFlagOf(data: string | undefined): string {
  if (data === undefined) return "";
  return ` --data ${shellWord(data)}`;
}
