/**
 * The one error class of this package.
 *
 * Owns: the shape of an error that is part of the product. Leaves to callers: what it says.
 *
 * R1. Every error has a stable code with a heading in docs/errors.md.
 * R2. The message says what happened, where, and what to do now.
 * R3. `cause` is kept.
 */

/** Where in the author's source something happened. Line and column count from 1. */
export interface SourceSite {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly functionName?: string;
}

export interface WorkgraphErrorOptions {
  readonly hint?: string;
  readonly site?: SourceSite;
  readonly cause?: unknown;
  /** Facts for programs: plain JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export class WorkgraphError extends Error {
  readonly code: string;
  readonly hint?: string;
  readonly site?: SourceSite;
  readonly details?: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: WorkgraphErrorOptions = {}) {
    super(`${code}: ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "WorkgraphError";
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.site !== undefined) this.site = options.site;
    if (options.details !== undefined) this.details = options.details;
  }
}

export function isWorkgraphError(error: unknown): error is WorkgraphError {
  return error instanceof WorkgraphError;
}
