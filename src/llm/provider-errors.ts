/**
 * What went wrong between us and a provider, told apart: refused, busy or out of reach, unreadable.
 *
 * R1. Asking again helps where the provider says so (429, 5xx), where nobody answered, and where an answer was cut or garbled. It does
 *     not where the request itself was refused.
 * R2. A message names the model and what the provider said, and never what was asked.
 */
import { ModelError } from "./model-error.ts";
import type { Sdk } from "./sdk.ts";

const MAX_SAID = 500;

export function providerError(sdk: Sdk, model: string, thrown: unknown): ModelError {
  if (thrown instanceof ModelError) return thrown;
  if (sdk.RetryError.isInstance(thrown)) return providerError(sdk, model, thrown.lastError);
  if (sdk.APICallError.isInstance(thrown)) {
    const { statusCode: status, isRetryable, responseHeaders = {} } = thrown;
    if (status !== undefined && status < 300) return unreadable(model, thrown.message, thrown);
    if (!isRetryable) return refused(model, thrown, status);
    const waitMs = waitOf(responseHeaders);
    const busy = status === undefined ? "could not be reached" : `answered ${status}`;
    return unavailable(model, `${busy}: ${said(thrown)}`, {
      cause: thrown,
      ...(status === undefined ? {} : { status }),
      ...(waitMs === undefined ? {} : { waitMs }),
    });
  }
  if (sdk.LoadAPIKeyError.isInstance(thrown) || sdk.LoadSettingError.isInstance(thrown)) {
    return new ModelError(`model "${model}" is not set up: ${said(thrown)}`, {
      code: "WG2050",
      kind: "model",
      retryable: false,
      cause: thrown,
    });
  }
  if (isRequestFault(sdk, thrown)) {
    return new ModelError(`model "${model}" was asked what it cannot be asked: ${said(thrown)}`, {
      code: "WG2050",
      kind: "model",
      retryable: false,
      cause: thrown,
    });
  }
  if (sdk.JSONParseError.isInstance(thrown) || sdk.TypeValidationError.isInstance(thrown))
    return unreadable(model, said(thrown), thrown);
  if (sdk.EmptyResponseBodyError.isInstance(thrown) || sdk.InvalidResponseDataError.isInstance(thrown))
    return unreadable(model, said(thrown), thrown);
  // A connection that broke while the answer came, or an error that the provider put into its stream.
  return unavailable(model, `broke off: ${said(thrown)}`, { cause: thrown });
}

function isRequestFault(sdk: Sdk, thrown: unknown): boolean {
  // The one class of theirs that tells no other error from its own.
  if (thrown instanceof Error && thrown.name === "AI_UnsupportedModelVersionError") return true;
  return [
    sdk.InvalidPromptError,
    sdk.InvalidArgumentError,
    sdk.InvalidMessageRoleError,
    sdk.MessageConversionError,
    sdk.UnsupportedFunctionalityError,
    sdk.NoSuchModelError,
  ].some((type) => type.isInstance(thrown));
}

function refused(model: string, cause: Error, status: number | undefined): ModelError {
  const now =
    status === 401 || status === 403
      ? "; look at its API key in workgraph.config.ts"
      : status === 404
        ? "; look at its base URL and model id in workgraph.config.ts"
        : "";
  return new ModelError(`model "${model}" refused the request (${status ?? "no status"}): ${said(cause)}${now}`, {
    code: "WG2050",
    kind: "model",
    retryable: false,
    cause,
    ...(status === undefined ? {} : { status }),
  });
}

/** @param what follows the name of the model */
export function unavailable(
  model: string,
  what: string,
  facts: { readonly cause?: unknown; readonly status?: number; readonly waitMs?: number } = {},
): ModelError {
  return new ModelError(`model "${model}" ${what}`, { code: "WG2051", kind: "model", retryable: true, ...facts });
}

export function unreadable(model: string, why: string, cause?: unknown): ModelError {
  return new ModelError(`the answer of model "${model}" cannot be read: ${why}`, {
    code: "WG2053",
    kind: "model",
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What was thrown, in one line. Providers answer errors in HTML, too. */
function said(thrown: unknown): string {
  const text = textOf(thrown).replaceAll(/\s+/g, " ").trim();
  return text.length <= MAX_SAID ? text : `${text.slice(0, MAX_SAID)}... (${text.length - MAX_SAID} more characters)`;
}

function textOf(thrown: unknown): string {
  if (thrown instanceof Error) {
    const cause = thrown.cause instanceof Error && thrown.cause.message !== "" ? ` (${thrown.cause.message})` : "";
    return `${thrown.message}${cause}`;
  }
  if (typeof thrown === "string") return thrown;
  try {
    const { message } = thrown as { readonly message?: unknown };
    return typeof message === "string" ? message : (JSON.stringify(thrown) ?? "nothing");
  } catch {
    return "an error that cannot be shown";
  }
}

/** Ms that the provider asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. */
function waitOf(headers: Readonly<Record<string, string>>): number | undefined {
  const inMs = Number.parseFloat(headers["retry-after-ms"] ?? "");
  if (inMs >= 0) return inMs;
  const after = headers["retry-after"] ?? "";
  const seconds = Number.parseFloat(after);
  if (/^\s*[\d.]+\s*$/.test(after) && seconds >= 0) return seconds * 1000;
  const sent = Date.parse(headers["date"] ?? "");
  const until = Date.parse(after);
  return Number.isNaN(until) || Number.isNaN(sent) ? undefined : Math.max(0, until - sent);
}
