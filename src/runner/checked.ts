/**
 * The check of a workflow's source, before a run of it starts.
 *
 * R1. What is an error in the source starts nothing (WG3032), unless the caller asks for it. Warnings are handed on.
 * R2. Findings are those of the stored version: files that did not change are not looked at again.
 */
import { relative } from "node:path";
import { commandLine } from "../model/command-line.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Finding } from "../version/check.ts";

export interface CheckWish {
  /** "skip": start it whatever the check says. Default "refuse". */
  readonly check?: "refuse" | "skip";
  /** Told of warnings, before the run starts. */
  readonly warned?: (findings: readonly Finding[]) => void;
}

const SHOWN = 3;

export function requireChecked(findings: readonly Finding[], wish: CheckWish): void {
  const warnings = findings.filter(({ severity }) => severity === "warning");
  if (warnings.length > 0) wish.warned?.(warnings);
  const errors = findings.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (!first || wish.check === "skip") return;
  const place = ({ file, line, column }: Finding): string => `${relative(process.cwd(), file)}:${line}:${column}`;
  const lines = errors.slice(0, SHOWN).map((one) => `\n  ${place(one)} ${one.code} ${one.message}\n    ${one.hint}`);
  const more = errors.length > SHOWN ? `\n  and ${errors.length - SHOWN} more` : "";
  throw new WorkgraphError(
    "WG3032",
    `the check of this workflow found ${errors.length} error${errors.length === 1 ? "" : "s"}; nothing was started${lines.join("")}${more}`,
    {
      hint: `correct the source; "${commandLine(`check ${relative(process.cwd(), first.file)}`)}" lists all findings, --no-check runs it all the same`,
      site: { file: first.file, line: first.line, column: first.column },
      details: { findings: errors },
    },
  );
}
