/** What a node gives, as it is recorded. */
import type { Redactor } from "../../base/redactor.ts";
import { CodecError, encode } from "../../model/codec.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { refuseSecrets } from "./secrets.ts";

/** @param what names the value, when there is an error to name it in. @throws WorkgraphError WG1007, WG2012 */
export function resultText(value: unknown, redactor: Redactor, what: () => string): string {
  let text: string;
  try {
    text = encode(value);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new WorkgraphError("WG1007", `${what()} cannot be recorded: ${error.message}`, { cause: error });
  }
  if (!redactor.isEmpty) refuseSecrets(redactor, text, what());
  return text;
}

/** A value in a message, by its kind alone. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "undefined";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
