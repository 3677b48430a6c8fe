/** Errors as the command line shows them. Owns: both shapes. Leaves to app: reading a code off whatever was thrown. */
import { failureOf, UNEXPECTED, type Failure } from "../app/failure.ts";
import { exitCodeOfError } from "./exit-code.ts";
import type { Colors } from "./terminal.ts";
import { ownMessage, printable, siteText } from "./text-width.ts";

export { failureOf, UNEXPECTED, type Failure };

export function failureText(failure: Failure, colors: Colors): string {
  const { code, hint, site, stack } = failure;
  const lines = [`${colors.red("error")} ${colors.bold(code)}: ${ownMessage(failure)}`];
  if (site !== undefined) lines.push(colors.dim(`  at ${siteText(site)}`));
  if (hint !== undefined) lines.push(`  ${printable(hint)}`);
  if (code === UNEXPECTED && stack !== undefined) lines.push(colors.dim(printable(stack)));
  return `${lines.join("\n")}\n`;
}

export function failureJson(failure: Failure): string {
  return JSON.stringify({ error: failure });
}

export function exitCodeOf(failure: Failure): number {
  return exitCodeOfError(failure.code);
}
