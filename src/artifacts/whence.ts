/**
 * Where a file comes from, by its content alone: names and places do not count, one other byte does.
 *
 * R1. The history is asked first, since it has an index. What it does not know, manifests are searched for: folders say where they
 *     come from without any history.
 */
import { join } from "node:path";
import { decode } from "../model/codec.ts";
import { readManifest, type ArtifactManifest } from "../model/manifest.ts";
import type { ArtifactRow, EventStore } from "../store/store.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import { hashFile } from "./file-hash.ts";
import { openFolder } from "./shelf.ts";

/** An artifact that has, or had, a file of that content. */
export interface Origin {
  readonly manifest: ArtifactManifest;
  /** The file inside it, first of several equal ones. */
  readonly path: string;
  /** Absolute; undefined when the folder is not in its place any more. */
  readonly folder?: string;
  /** "manifest": the history does not know it. */
  readonly known: "history" | "manifest";
}

export interface Whence {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Oldest first: the first one made the content. Empty: it was not produced here. */
  readonly origins: readonly Origin[];
}

const MAX_ORIGINS = 50;

export async function whenceOf(
  file: string,
  where: { readonly artifacts: ArtifactStore; readonly store: EventStore; readonly root: string },
): Promise<Whence> {
  const { sha256, sizeBytes } = await hashFile(file);
  const { artifacts: rows } = await where.store.artifacts({ file: sha256, limit: MAX_ORIGINS });
  const origins: Origin[] = [];
  for (const row of rows) {
    const origin = await recorded(row, sha256, where);
    if (origin) origins.push(origin);
  }
  if (origins.length === 0) {
    for await (const { folder, manifest } of where.artifacts.list()) {
      const path = pathIn(manifest, sha256);
      if (path !== undefined && origins.length < MAX_ORIGINS)
        origins.push({ manifest, path, folder, known: "manifest" });
    }
  }
  origins.sort((a, b) => (a.manifest.createdAt < b.manifest.createdAt ? -1 : 1));
  return { sha256, sizeBytes, origins };
}

/** The manifest from the folder; when that is gone, or another one, from the log. */
async function recorded(
  row: ArtifactRow,
  sha256: string,
  { artifacts, store, root }: { readonly artifacts: ArtifactStore; readonly store: EventStore; readonly root: string },
): Promise<Origin | undefined> {
  const folder = join(root, artifacts.pathOf({ workflow: row.workflow, run: row.runId, name: row.name }));
  const found = await openFolder(folder).catch(() => undefined);
  if (found?.manifest.sha256 === row.sha256) {
    const path = pathIn(found.manifest, sha256);
    return path === undefined ? undefined : { manifest: found.manifest, path, folder, known: "history" };
  }
  const text = await store.eventValue(row.runId, row.seq).catch(() => undefined);
  const read = text === undefined ? undefined : readManifest(JSON.stringify(decode(text)));
  const path = read?.ok ? pathIn(read.manifest, sha256) : undefined;
  return read?.ok && path !== undefined ? { manifest: read.manifest, path, known: "history" } : undefined;
}

function pathIn({ files }: ArtifactManifest, sha256: string): string | undefined {
  return files.find((file) => file.sha256 === sha256)?.path;
}
