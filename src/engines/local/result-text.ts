/** What a node gives, as it is recorded. */
import type { Redactor } from "../../base/redactor.ts";
import { CodecError, encode } from "../../model/codec.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { refuseSecrets } from "./secrets.ts";

/** @param of.what names the value in errors. @throws WorkgraphError WG1007, WG2012 */
export function resultText(value: unknown, of: { readonly what: string; readonly redactor: Redactor }): string {
  let text: string;
  try {
    text = encode(value);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new WorkgraphError("WG1007", `${of.what} cannot be recorded: ${error.message}`, { cause: error });
  }
  refuseSecrets(of.redactor, text, of.what);
  return text;
}

/** A value in a message, by its kind alone. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "undefined";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
