/**
 * Stable keys of the items of many: what stands in their paths.
 *
 * R1. A key is a text of 1 to 256 characters or a finite number, equal for no two items of one result.
 */
import type { Redactor } from "../../base/redactor.ts";
import type { NodeDefinition } from "../../model/definition.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { kindOf } from "./result-text.ts";
import { refuseSecrets } from "./secrets.ts";
import { encode } from "../../model/codec.ts";

const MAX_KEY = 256;

/** @throws WorkgraphError WG1012, WG2012 */
export function keyOf(
  definition: NodeDefinition,
  value: unknown,
  at: { readonly index: number; readonly redactor: Redactor },
): string {
  const key: unknown = definition.key!(value);
  if (
    !(typeof key === "string" && key !== "" && key.length <= MAX_KEY) &&
    !(typeof key === "number" && Number.isFinite(key))
  ) {
    throw new WorkgraphError(
      "WG1012",
      `the key function of "${definition.id}" gave ${shown(key)} for element ${at.index}`,
      {
        hint: `give a text of 1 to ${MAX_KEY} characters, or a number`,
      },
    );
  }
  const text = String(key);
  if (!at.redactor.isEmpty)
    refuseSecrets(at.redactor, encode(text), `the key of element ${at.index} of "${definition.id}"`);
  return text;
}

function shown(key: unknown): string {
  if (typeof key === "string") return key === "" ? "an empty text" : `a text of ${key.length} characters`;
  return typeof key === "number" ? String(key) : kindOf(key);
}

/** @throws WorkgraphError WG1013 */
export function refuseTwins(node: string, keys: readonly string[]): void {
  const seen = new Map<string, number>();
  for (const [i, key] of keys.entries()) {
    const before = seen.get(key);
    if (before !== undefined) refuseTwin(node, { key, before, now: i });
    seen.set(key, i);
  }
}

export function refuseTwin(
  node: string,
  of: { readonly key: string; readonly before: number; readonly now: number },
): never {
  throw new WorkgraphError(
    "WG1013",
    `node "${node}" gave the key "${of.key}" to element ${of.before} and to element ${of.now}`,
    {
      hint: "make keys unique within one result",
    },
  );
}
