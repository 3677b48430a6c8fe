/**
 * What events say about published folders, before a store turns it into rows.
 *
 * Owns: which events matter, and the content hashes that a manifest names. Leaves to artifacts/: what else a manifest says.
 */
import { parseJson } from "../base/primordials.ts";
import type { RunEvent } from "../model/events.ts";

export type ArtifactPublished = Extract<RunEvent, { type: "artifact.published" }>;
export type ArtifactRead = Extract<RunEvent, { type: "artifact.read" }>;

/** An event about a published folder, with its place in the log. */
export interface ArtifactFact {
  readonly seq: number;
  readonly event: ArtifactPublished | ArtifactRead;
}

const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Content hashes of the files that an encoded manifest names, each once, sorted.
 *
 * A manifest may stand there as an object or as its text. One that names no files this way is indexed without them: nothing that
 * a manifest says can keep a run from going on.
 */
export function fileHashes(manifest: string | undefined): readonly string[] {
  if (manifest === undefined) return [];
  const hashes = new Set<string>();
  for (const file of filesOf(manifest)) {
    const { sha256 } = (file ?? {}) as { readonly sha256?: unknown };
    if (typeof sha256 === "string" && SHA256.test(sha256)) hashes.add(sha256);
  }
  return [...hashes].sort();
}

function filesOf(manifest: string): readonly unknown[] {
  try {
    const read = parseJson(manifest);
    const { files } = (typeof read === "string" ? parseJson(read) : read) as { readonly files?: unknown };
    return Array.isArray(files) ? (files as readonly unknown[]) : [];
  } catch {
    return [];
  }
}
