/**
 * Answers: JSON, errors and the headers that every answer has.
 *
 * R1. Nothing that is sent can be executed, embedded or guessed at by a page: each kind of answer has its own policy, and a kind
 *     without one gets the strictest.
 * R2. An error that is no error of the product says nothing about itself to whoever asked; who runs the server reads it in the log.
 */
import { failureOf, UNEXPECTED, type Failure } from "../app/failure.ts";

export type AnswerKind = "api" | "page" | "hostile";

const POLICIES: Readonly<Record<AnswerKind, string>> = {
  api: "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  // Editors and layout set style attributes and make workers of themselves; nothing comes from another host.
  page:
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; " +
    "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  hostile: "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
};

export function headersOf(kind: AnswerKind): Record<string, string> {
  return {
    "content-security-policy": POLICIES[kind],
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
  };
}

export function jsonAnswer(text: string, status = 200): Response {
  return new Response(text, {
    status,
    headers: { ...headersOf("api"), "content-type": "application/json; charset=utf-8" },
  });
}

export interface Refusal {
  readonly response: Response;
  readonly failure: Failure;
}

export function errorAnswer(thrown: unknown): Refusal {
  const failure = failureOf(thrown);
  const status = statusOf(failure.code);
  const { stack: _stack, ...shown } = failure;
  const error =
    failure.code === UNEXPECTED
      ? { code: UNEXPECTED, message: "something unforeseen; the server's log says what" }
      : shown;
  const response = jsonAnswer(JSON.stringify({ error }), status);
  if (status === 401) response.headers.set("www-authenticate", "Bearer");
  const allow = failure.details?.["allow"];
  if (status === 405) response.headers.set("allow", typeof allow === "string" ? allow : "DELETE, GET, HEAD, POST");
  return { response, failure };
}

const BY_CODE: Readonly<Record<string, number>> = {
  WG1014: 422,
  WG4001: 404,
  WG4004: 404,
  WG4010: 404,
  WG4011: 404,
  WG4012: 409,
  WG4020: 409,
  WG4021: 409,
  WG4006: 409,
  WG5001: 404,
  WG5004: 507,
  WG5006: 409,
  WG5007: 503,
  WG5008: 409,
  WG5010: 400,
  WG5012: 503,
  WG5041: 404,
  WG5042: 404,
  WG5043: 408,
  WG5044: 404,
  WG5045: 404,
  WG5046: 404,
  WG5050: 400,
  WG5060: 409,
  WG5110: 404,
  WG5111: 400,
  WG5112: 409,
  WG5113: 409,
  WG5115: 400,
  WG5116: 404,
  WG5117: 404,
  WG5120: 404,
  WG5123: 400,
  WG5124: 404,
  WG5125: 400,
  WG5126: 400,
  WG6001: 421,
  WG6002: 403,
  WG6003: 415,
  WG6004: 401,
  WG6005: 403,
  WG6006: 405,
  WG6007: 400,
  WG6008: 413,
  WG6009: 400,
  WG6010: 400,
  WG6011: 413,
  WG6012: 404,
  WG6013: 400,
  WG6014: 503,
  WG6031: 503,
  WG6110: 404,
  WG6111: 400,
  WG6112: 400,
  WG6114: 400,
  WG6115: 404,
  WG6116: 409,
  WG6117: 503,
  WG6119: 503,
  WG6120: 507,
  WG6121: 404,
  WG6081: 401,
  WG6082: 503,
  WG6084: 422,
};

/** By family where the code has no line of its own: code and input are the caller's, the rest is ours. */
function statusOf(code: string): number {
  return BY_CODE[code] ?? (/^WG[134]/.test(code) ? 422 : 500);
}
