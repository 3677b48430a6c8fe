/** Errors as the command line shows them. Owns: both shapes, and reading a code off whatever was thrown. */
import type { SourceSite } from "../model/workgraph-error.ts";
import { exitCodeOfError } from "./exit-code.ts";
import type { Colors } from "./terminal.ts";
import { printable, siteText } from "./text-width.ts";

export interface Failure {
  readonly code: string;
  /** Without the code. */
  readonly message: string;
  readonly hint?: string;
  readonly site?: SourceSite;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Of errors that are not part of the product. */
  readonly stack?: string;
}

/** Code of anything that was thrown without one. */
export const UNEXPECTED = "WG5090";

const MAX_MESSAGE = 8_000;

export function failureOf(thrown: unknown): Failure {
  const error = (typeof thrown === "object" && thrown !== null ? thrown : {}) as Partial<Failure>;
  const text = bounded(typeof error.message === "string" ? error.message : `${String(thrown)} was thrown`);
  // By shape, not by class: the code of a project may bring another copy of the package.
  if (typeof error.code !== "string" || !/^WG\d{4}$/.test(error.code)) {
    return {
      code: UNEXPECTED,
      message: text,
      ...(typeof error.stack === "string" ? { stack: bounded(error.stack) } : {}),
    };
  }
  return {
    code: error.code,
    message: text.startsWith(`${error.code}: `) ? text.slice(error.code.length + 2) : text,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.site === undefined ? {} : { site: error.site }),
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

function bounded(text: string): string {
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}... (${text.length} characters)` : text;
}

export function failureText(failure: Failure, colors: Colors): string {
  const { code, message, hint, site, stack } = failure;
  const lines = [`${colors.red("error")} ${colors.bold(code)}: ${printable(message)}`];
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
