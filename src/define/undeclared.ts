/**
 * Nodes that do not say what an array result is.
 *
 * R1. TypeScript makes an author declare it; an array that comes all the same (an `any`) is refused, WG1009.
 * R2. Plain JavaScript has no types to ask: an array result counts as many items, anything else as one value.
 */
import type { NodeDefinition } from "../model/definition.ts";
import { originalSite } from "../trace/site.ts";

const known: WeakMap<NodeDefinition, boolean> = new WeakMap();

/** R2. Decided by the file that defines the node. */
export function countsArrayAsMany(definition: NodeDefinition): boolean {
  if (definition.out !== "undeclared" || definition.site === undefined) return false;
  let answer = known.get(definition);
  if (answer === undefined)
    known.set(definition, (answer = /\.[cm]?jsx?$/.test(originalSite(definition.site).file.replace(/\?.*$/, ""))));
  return answer;
}
