/** A model call that came to nothing, and whether asking once more may help. */
import type { ErrorKind, ValidationIssue } from "../model/error-record.ts";

export interface ModelErrorFacts {
  readonly code: string;
  /** "model": the provider refused or could not be reached; "validation": it answered something else than was asked for. */
  readonly kind: Extract<ErrorKind, "model" | "validation">;
  /** Another attempt may succeed. */
  readonly retryable: boolean;
  readonly issues?: readonly ValidationIssue[];
  /** How long the provider asks to wait, in ms. */
  readonly waitMs?: number;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** The message ends with what to do now: a recorded error of a node has no other place for it. */
export class ModelError extends Error {
  readonly facts: ModelErrorFacts;

  constructor(message: string, facts: ModelErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = facts.kind === "validation" ? "ValidationError" : "ModelError";
    this.facts = facts;
  }
}

/** Anything may have been thrown, a proxy too. */
export function isModelError(thrown: unknown): thrown is ModelError {
  try {
    return thrown instanceof ModelError;
  } catch {
    return false;
  }
}
