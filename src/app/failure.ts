/**
 * An error as data, for every way in.
 *
 * R1. By shape, not by class: the code of a project may bring another copy of the package.
 * R2. What has no code of ours is WG5090. Its stack is for who runs the program, not for who asks over a network.
 */
import { WorkgraphError, type SourceSite } from "../model/workgraph-error.ts";

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

/** The error again, where a failure came from another process. */
export function thrownAgain({ code, message, hint, site, details }: Failure): WorkgraphError {
  return new WorkgraphError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(site === undefined ? {} : { site }),
    ...(details === undefined ? {} : { details }),
  });
}

function bounded(text: string): string {
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}... (${text.length} characters)` : text;
}
