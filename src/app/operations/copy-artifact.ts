/**
 * A published folder, copied to another place: an artifact there too, since its manifest goes with it.
 *
 * R1. What is copied is verified, and so is the copy. It appears by one rename.
 * R2. Only what the manifest names is copied. Nothing is overwritten.
 */
import { constants } from "node:fs";
import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import { requireVerified } from "../../artifacts/verify.ts";
import type { Project } from "../../model/config.ts";
import { MANIFEST_FILE, selectorOf } from "../../model/manifest.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";

export interface CopyArtifactInput {
  readonly selector: string;
  /** Absolute. A folder that exists: the copy is made inside, under the name of the artifact. */
  readonly to: string;
  /** Absolute folder that a relative path is relative to, besides the project. */
  readonly from?: string;
}

export interface CopyArtifactOutput {
  readonly selector: string;
  /** Absolute folder of the copy. */
  readonly folder: string;
  readonly files: number;
  readonly sizeBytes: number;
}

export async function copyArtifact(project: Project, input: CopyArtifactInput): Promise<CopyArtifactOutput> {
  const store = new FolderArtifacts(project);
  const found = await store.resolve(input.selector, input.from === undefined ? {} : { from: input.from });
  const { manifest } = found;
  const selector = selectorOf(manifest);
  requireVerified(await store.verify(found), selector);
  const folder = (await isFolder(input.to)) ? join(input.to, manifest.name) : input.to;
  if (await exists(folder)) {
    throw new WorkgraphError("WG5122", `"${folder}" exists already`, { hint: "Name a folder that does not." });
  }
  const making = join(dirname(folder), `.${basename(folder)}.${process.pid}.copy`);
  try {
    await mkdir(making, { recursive: true });
    for (const path of [...manifest.files.map((file) => file.path), MANIFEST_FILE]) {
      const target = join(making, ...path.split("/"));
      await mkdir(dirname(target), { recursive: true });
      await copyFile(join(found.folder, ...path.split("/")), target, constants.COPYFILE_FICLONE);
    }
    requireVerified(await store.verify({ folder: making, manifest }), selector);
    await rename(making, folder);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return { selector, folder, files: manifest.files.length, sizeBytes: manifest.sizeBytes };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
