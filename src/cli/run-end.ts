/** The last words about a run: status, counts, why, and what to look at next. */
import { formatDuration } from "../base/duration.ts";
import { commandLine, shellWord } from "../model/command-line.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { ModelTotals } from "../model/llm.ts";
import type { ItemCounts, RunStatus } from "../model/status.ts";
import { causeLines } from "./record-text.ts";
import { countsText, modelsText, statusText } from "./run-text.ts";
import type { Colors } from "./terminal.ts";
import { oneLine, ownMessage, printable, siteText } from "./text-width.ts";

export interface RunEnd {
  readonly runId: string;
  readonly status: RunStatus;
  readonly counts: ItemCounts;
  readonly durationMs?: number;
  readonly error?: Pick<ErrorRecord, "code" | "name" | "message" | "hint" | "site" | "causes">;
  /** Of it and its child runs; absent where no model was asked. */
  readonly models?: ModelTotals;
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
  if (end.models !== undefined) lines.push(`  models: ${modelsText(end.models)}`);
  if (end.error !== undefined) {
    const { code, name, message, hint, site } = end.error;
    const said = ownMessage({ ...end.error, message: message.slice(0, 2_000) });
    lines.push(`  ${colors.red(oneLine(name))} ${code}: ${said.replace(/\n/g, "\n  ")}`);
    lines.push(...causeLines(end.error));
    if (hint !== undefined) lines.push(`  ${printable(hint).replace(/\n/g, "\n  ")}`);
    if (site !== undefined) lines.push(colors.dim(`  at ${siteText(site)}`));
  }
  for (const [command, what] of nextSteps(end)) {
    lines.push(`  ${commandLine(`${command} ${end.runId}${dataFlag}`)}  ${colors.dim(what)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** A workflow function that misused something does it again, however often its recorded code is gone on with. */
const CODE_TO_BLAME = /^WG[13]/;

function nextSteps({ status, counts, error }: RunEnd): readonly (readonly [command: string, what: string])[] {
  const steps: (readonly [string, string])[] = [["show", "what it did"]];
  const broken = (counts.failed ?? 0) + (counts.abandoned ?? 0) > 0 || status === "failed";
  if (broken) steps.push(["errors", "what went wrong, with lines"]);
  if (status === "failed") steps.push(["fork", "after a correction: only what changed runs"]);
  const isGoneOn = status === "failed" && !CODE_TO_BLAME.test(error?.code ?? "");
  if (isGoneOn || status === "interrupted" || status === "cancelled" || status === "paused") {
    steps.push(["resume", "go on with the same code; what is recorded is not run again"]);
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
