/** A run of another store, in memory: the log as it was hashed there, the index that follows from it. */
import type { RunId } from "../../model/ids.ts";
import { fileHashes, type ArtifactFact } from "../artifact-facts.ts";
import { indexForeignLog, type ForeignEvent, type ImportedRun } from "../imports.ts";
import type { MemoryBlobs } from "./memory-blobs.ts";
import { MemoryRun, type Facts } from "./memory-run.ts";

interface Around {
  readonly root: RunId;
  readonly blobs: MemoryBlobs;
  nextLine(): number;
}

export interface ForeignRun {
  readonly run: MemoryRun;
  readonly facts: {
    readonly artifacts: readonly (ArtifactFact & { readonly files: readonly string[] })[];
    readonly errors: Facts["errors"];
  };
}

export function foreignRun(imported: ImportedRun, { root, blobs, nextLine }: Around): ForeignRun {
  // What would break an index is found here, before anything is kept.
  const events = indexForeignLog(imported).blocks.flat();
  const textOf = ({ value, blob }: ForeignEvent): string | undefined => (blob === undefined ? value : blobs.text(blob));
  const created = { ...structuredClone(imported.run), input: textOf(events[0]!) ?? "{}" };
  const run = new MemoryRun(created, { root, blobs });
  const facts = run.adopt(imported.blocks, events);
  for (const chunk of imported.lists) run.stage(chunk);
  for (const line of imported.logs) run.logs.push({ ...line, id: nextLine() });
  const artifacts = facts.artifacts.map((fact) => ({ ...fact, files: fileHashes(textOf(events[fact.seq - 1]!)) }));
  return { run, facts: { artifacts, errors: facts.errors } };
}
