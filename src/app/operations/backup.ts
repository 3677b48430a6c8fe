/** A copy of the history in one file, while runs go on. Folders of artifacts are plain files and not in it. */
import { resolve } from "node:path";
import type { Workspace } from "../workspace.ts";

export interface BackupInput {
  readonly file: string;
  /** Absolute folder that a relative path is relative to. */
  readonly from: string;
}

export interface BackupOutput {
  /** Absolute. */
  readonly file: string;
  readonly sizeBytes: number;
}

/** @throws WorkgraphError WG5064 when the file is there or cannot be written */
export async function backup({ store }: Workspace, { file, from }: BackupInput): Promise<BackupOutput> {
  const path = resolve(from, file);
  return { file: path, ...(await store.backup(path)) };
}
