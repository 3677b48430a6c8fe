/**
 * What a divergence says, and what a replay check found, for a terminal.
 *
 * Owns: the words around a report. Leaves to model/divergence-report.ts: what is in it.
 */
import { assertNever } from "../base/assert.ts";
import { commandLine } from "../model/command-line.ts";
import type { Asked, CauseKind, DivergenceReport, ReplayFinding } from "../model/divergence-report.ts";
import type { Colors } from "./terminal.ts";
import { oneLine, siteText } from "./text-width.ts";

export interface DivergenceTextOptions {
  readonly colors: Colors;
  /** " --data DIR" where the command had it. */
  readonly dataFlag: string;
}

export function divergenceText(report: DivergenceReport, { colors, dataFlag }: DivergenceTextOptions): string {
  const [first, ...others] = report.causes;
  const lines = [
    colors.red("the function asked for something else than its log has; nothing was executed, nothing is lost"),
    `  recorded       ${askedText(report.recorded)}`,
    `  now            ${askedText(report.now)}`,
    ...(report.lastMatching ? [`  last matching  ${askedText(report.lastMatching)}`] : []),
    ...(first ? [`  likely cause   ${causeText(first)}`] : []),
    ...others.map((cause) => `  or             ${causeText(cause)}`),
    "three ways on",
    ...report.waysOn.map(({ words, effect }) => `  ${commandLine(`${words}${dataFlag}`)}  ${colors.dim(effect)}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** A warning: the run is as good as its end says, its next resume may not be. */
export function replayText(
  findings: readonly ReplayFinding[],
  { colors }: Pick<DivergenceTextOptions, "colors">,
): string {
  const lines = [
    colors.yellow("warning: replayed over its own log, the function does not do the same; a resume may diverge"),
  ];
  for (const { cause, recorded, now } of findings) {
    lines.push(`  ${causeText(cause)}`);
    if (recorded && now) lines.push(colors.dim(`    recorded ${askedText(recorded)}; replayed ${askedText(now)}`));
  }
  const isWaiting = findings.every(({ cause }) => cause.kind === "untracked-await");
  lines.push(
    colors.dim(
      isWaiting
        ? '  wait with sleep("1s"), and ask the outside in a node'
        : "  take it from now(), random(), uuid(), the input or a node instead",
    ),
  );
  return `${lines.join("\n")}\n`;
}

const KIND_WORDS: Readonly<Record<CauseKind, string>> = {
  clock: "a clock",
  chance: "chance",
  environment: "the environment",
  files: "files",
  "module-state": "module state",
  "iteration-order": "iteration order",
  "untracked-await": "an await the run does not see",
  "changed-package": "a changed package",
  "edited-code": "edited code",
  unknown: "unknown",
};

function causeText({ kind, text, site }: ReplayFinding["cause"]): string {
  return `${KIND_WORDS[kind]}: ${oneLine(text)}${site ? ` (${siteText(site)})` : ""}`;
}

function askedText(asked: Asked): string {
  switch (asked.what) {
    case "call": {
      const call = asked.call === undefined ? "" : ` (call ${asked.call})`;
      const at = asked.site ? ` at ${siteText(asked.site)}` : "";
      return `"${oneLine(asked.node)}"${call}${at}${asked.args === undefined ? "" : ` with ${oneLine(asked.args)}`}`;
    }
    case "returned":
      return `the function returned${asked.text === undefined ? "" : ` ${oneLine(asked.text)}`}`;
    case "threw":
      return `the function threw${asked.text === undefined ? "" : ` ${oneLine(asked.text)}`}`;
    case "nothing":
      return "no further call";
    default:
      return assertNever(asked);
  }
}
