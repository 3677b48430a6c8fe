/**
 * The tree of published folders: `WORKFLOW/RUN/NAME/manifest.json`.
 *
 * Owns: reading names and manifests in it. Leaves to folder-artifacts.ts: changing it; to find-artifact.ts: what is meant by a selector.
 *
 * R1. What is not named as a run would name it is somebody else's, and is passed over.
 * R2. A folder without a manifest is no artifact. One whose manifest is broken is said to be (WG5113), never passed over.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { badArtifactName } from "../model/artifact-name.ts";
import { NAME_PATTERN } from "../model/ids.ts";
import { MANIFEST_FILE, readManifest } from "../model/manifest.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { BrokenManifest, FoundArtifact } from "./artifact-store.ts";

export interface ShelfPlace {
  readonly workflow: string;
  readonly run: string;
  readonly name: string;
}

const RUN = /^[0-9A-Za-z_-]{1,64}$/;
/** A text that is longer cannot be read at once. */
const MAX_MANIFEST_BYTES = 2 ** 28;

export class Shelf {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  folderOf({ workflow, run, name }: ShelfPlace): string {
    return join(this.dir, workflow, run, name);
  }

  async workflows(): Promise<readonly string[]> {
    return (await foldersIn(this.dir)).filter((name) => NAME_PATTERN.test(name)).sort();
  }

  /** Newest first: ids of runs sort by time. */
  async runs(workflow: string): Promise<readonly string[]> {
    return (await foldersIn(join(this.dir, workflow)))
      .filter((name) => RUN.test(name))
      .sort()
      .reverse();
  }

  async names(workflow: string, run: string): Promise<readonly string[]> {
    return (await foldersIn(join(this.dir, workflow, run)))
      .filter((name) => badArtifactName(name) === undefined)
      .sort();
  }

  async has(place: ShelfPlace): Promise<boolean> {
    return isFile(join(this.folderOf(place), MANIFEST_FILE));
  }

  /** R2. @param broken is told what cannot be believed, in place of an error */
  async *all(broken?: BrokenManifest): AsyncGenerator<FoundArtifact> {
    const inOrder: (readonly [workflow: string, run: string])[] = [];
    for (const workflow of await this.workflows())
      for (const run of await this.runs(workflow)) inOrder.push([workflow, run]);
    inOrder.sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0));
    for (const [workflow, run] of inOrder) {
      for (const name of await this.names(workflow, run)) {
        const place = { workflow, run, name };
        const found = await openFolder(this.folderOf(place)).catch((error: unknown) => {
          if (!broken || !(error instanceof WorkgraphError)) throw error;
          broken(`${workflow}/${name}@${run}`, error);
        });
        if (found) yield found;
      }
    }
  }
}

/** The artifact in a folder; undefined when there is no manifest. @throws WorkgraphError WG5113 for one that cannot be believed */
export async function openFolder(folder: string): Promise<FoundArtifact | undefined> {
  const file = join(folder, MANIFEST_FILE);
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_MANIFEST_BYTES) throw brokenManifest(file, `it has ${size} bytes`);
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  const read = readManifest(text);
  if (!read.ok) throw brokenManifest(file, read.reason);
  return { folder, manifest: read.manifest };
}

export function brokenManifest(file: string, reason: string): WorkgraphError {
  return new WorkgraphError("WG5113", `the manifest "${file}" cannot be believed: ${reason}`, {
    hint: "It was changed after it was written. Take the folder from where it was published, or publish again.",
  });
}

async function foldersIn(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    // A person may have moved a folder to a larger disk and left a link.
    return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

export function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
