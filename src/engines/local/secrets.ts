/**
 * A secret's value in something that is recorded is an error, not a leak.
 *
 * R1. The error says where, never what.
 */
import { parseJson } from "../../base/primordials.ts";
import type { Redactor } from "../../base/redactor.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";

/** @param text an encoded value. @param what e.g. `the result of "fetch_page"`. @throws WorkgraphError WG2012 */
export function refuseSecrets(redactor: Redactor, text: string, what: string): void {
  if (redactor.isEmpty) return;
  const name = redactor.find(text);
  if (name === undefined) return;
  throw new WorkgraphError("WG2012", `the value of secret "${name}" is in ${what}, at ${placeOf(redactor, text)}`, {
    hint: "record only the secret's name, and read it with ctx.secret where it is needed",
  });
}

/** Path of the deepest part of an encoded value that holds a secret. */
function placeOf(redactor: Redactor, text: string): string {
  let at: unknown = parseJson(text);
  let path = "$";
  while (typeof at === "object" && at !== null) {
    // The codec's tags are no places of the author's: `{"$":"Map","v":...}`.
    const tagged = !Array.isArray(at) && Object.hasOwn(at, "$");
    const inside = Object.entries(at).find(([, value]) => holds(redactor, value));
    if (inside === undefined) return path;
    if (Array.isArray(at)) path += `[${inside[0]}]`;
    else if (!(tagged && inside[0] === "v")) path += `.${inside[0]}`;
    at = inside[1];
  }
  return path;
}

function holds(redactor: Redactor, value: unknown): boolean {
  if (typeof value === "string") return redactor.find(value) !== undefined;
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => redactor.find(key) !== undefined || holds(redactor, inner));
}
