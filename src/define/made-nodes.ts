/**
 * The nodes that a piece of code makes while it is loaded: what a thread that was given the code finds a node by.
 *
 * R1. Nobody listens, nothing is kept: a process that has no need of it pays one comparison per node.
 */
import type { NodeDefinition } from "../model/definition.ts";

let listening: NodeDefinition[] | undefined;

/** Called for each node that is made. */
export function noteNode(definition: NodeDefinition): void {
  listening?.push(definition);
}

/** Loads code and gives the nodes that were made meanwhile. One at a time. */
export async function nodesMadeBy(load: () => Promise<unknown>): Promise<readonly NodeDefinition[]> {
  const made: NodeDefinition[] = [];
  listening = made;
  try {
    await load();
  } finally {
    listening = undefined;
  }
  return made;
}
