/** What a folder holds, hashed: the files of a manifest, and the one hash over them all. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ManifestFile } from "../model/manifest.ts";
import { hashFile } from "./file-hash.ts";
import { filesOf } from "./folder-files.ts";
import { mediaTypeOf } from "./media-type.ts";
import { Pace } from "./pace.ts";

/** Hashes every file of a folder that has no manifest yet. */
export async function contentOf(folder: string, signal?: AbortSignal): Promise<readonly ManifestFile[]> {
  const paths = await filesOf(folder, { manifest: "refused", ...(signal ? { signal } : {}) });
  const pace = new Pace(signal);
  const files: ManifestFile[] = [];
  for (const path of paths) {
    await pace.rest();
    const hashed = hashFile(join(folder, path), signal);
    const { sha256, sizeBytes } = hashed instanceof Promise ? await hashed : hashed;
    files.push({ path, sizeBytes, mediaType: mediaTypeOf(path), sha256 });
  }
  return files;
}

/** sha256 over one line per file, ordered by path: hash, size, path. Names of files count, media types and times do not. */
export function contentHash(files: readonly ManifestFile[]): string {
  const hash = createHash("sha256");
  for (const { path, sizeBytes, sha256 } of files) hash.update(`${sha256} ${sizeBytes} ${JSON.stringify(path)}\n`);
  return hash.digest("hex");
}
