/** What the check of a source found, as lines: place, severity, code, message, and what to write instead. */
import { relative, sep } from "node:path";
import type { Colors } from "./terminal.ts";
import { oneLine, ownMessage } from "./text-width.ts";

interface FindingLine {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly hint: string;
}

/** @param from folder that absolute paths are shown relative to */
export function findingText(
  findings: readonly FindingLine[],
  of: { readonly from: string; readonly colors: Colors },
): string {
  return findings
    .map(({ code, severity, message, file, line, column, hint }) => {
      const place = file.startsWith("/") ? relative(of.from, file).split(sep).join("/") : file;
      const said = severity === "error" ? of.colors.red("error") : of.colors.yellow("warning");
      return `${place}:${line}:${column}  ${said} ${code}: ${oneLine(ownMessage({ code, message }))}${hint === "" ? "" : `\n  ${oneLine(hint)}`}\n`;
    })
    .join("");
}
