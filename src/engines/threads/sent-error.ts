/** Errors of the owner, as they arrive in a thread. */
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { SentError } from "./messages.ts";

export function sentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message } = error;
  if (!(error instanceof WorkgraphError)) return { name, message };
  const { code, hint, details } = error;
  return {
    name,
    message: message.slice(`${code}: `.length),
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  };
}

export function arrivedError({ name, message, code, hint, details }: SentError): Error {
  if (code !== undefined) {
    return new WorkgraphError(code, message, {
      ...(hint === undefined ? {} : { hint }),
      ...(details === undefined ? {} : { details }),
    });
  }
  return Object.assign(new Error(message), { name });
}
