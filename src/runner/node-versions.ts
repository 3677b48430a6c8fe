/**
 * Which nodes have the code that they had before.
 *
 * R1. A node whose hash stands in no version (made while the module loads, or by a function) has the hash of the whole closure.
 * R2. Nothing is said about unversioned code, not even that it is the same.
 */
import type { VersionFacts } from "../version/stored-version.ts";

type Facts = Pick<VersionFacts, "nodes" | "closureHash" | "hasher">;

export class NodeVersions {
  readonly #hashes: Map<string, string> = new Map();
  readonly #facts: Facts | undefined;

  constructor(facts: Facts | undefined) {
    this.#facts = facts;
    for (const { id, hash } of facts?.nodes ?? []) if (!this.#hashes.has(id)) this.#hashes.set(id, hash);
  }

  /** R1, R2. */
  hashOf(nodeId: string): string | undefined {
    return this.#facts && (this.#hashes.get(nodeId) ?? this.#facts.closureHash);
  }

  sameAs(other: NodeVersions): (nodeId: string) => boolean {
    return (nodeId) => {
      const hash = this.hashOf(nodeId);
      return hash !== undefined && hash === other.hashOf(nodeId);
    };
  }
}
