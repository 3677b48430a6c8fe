/**
 * The files of a folder, by a walk that trusts no name.
 *
 * Owns: what may be in a folder. Leaves to model/artifact-name.ts: the rules of names; to file-hash.ts: contents.
 *
 * R1. Folders and plain files only. Links, FIFOs, sockets, devices are refused with their path: what they lead to is not part of
 *     the folder, and would be read later by somebody else.
 * R2. Two entries of one folder that some file system takes for one name are refused.
 * R3. Names that are not UTF-8 are refused: no text could name them.
 * R4. What file managers leave behind (`.DS_Store` and its like) is no content.
 */
import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { badFilePath, foldName } from "../model/artifact-name.ts";
import { MANIFEST_FILE } from "../model/manifest.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { notAFile } from "./file-hash.ts";
import { Pace } from "./pace.ts";

/** R4. */
const LITTER: readonly string[] = [".DS_Store", "Thumbs.db", "desktop.ini"];

export interface WalkOptions {
  /** The `manifest.json` at the top: "refused" before it is written, "skipped" when it is to be there. */
  readonly manifest: "refused" | "skipped";
  readonly signal?: AbortSignal;
}

/** Paths relative to the folder, with `/`, sorted by UTF-16 code unit. @throws WorkgraphError WG5102, WG5103, WG5104 */
export async function filesOf(folder: string, { manifest, signal }: WalkOptions): Promise<readonly string[]> {
  const pace = new Pace(signal);
  const files: string[] = [];
  const folders: string[] = [""];
  for (let prefix = folders.pop(); prefix !== undefined; prefix = folders.pop()) {
    const entries = await readdir(join(folder, prefix), { withFileTypes: true, encoding: "buffer" });
    const twins = new Map<string, string>();
    for (const entry of entries) {
      await pace.rest();
      const name = nameOf(entry.name, prefix);
      if (LITTER.includes(name)) continue;
      const path = `${prefix}${name}`;
      if (prefix === "" && foldName(name) === MANIFEST_FILE) {
        if (manifest === "skipped" && name === MANIFEST_FILE) continue;
        throw ownManifest(path);
      }
      refusePath(path);
      refuseTwin(twins, { name, path });
      const kind = await kindOf(entry, join(folder, path));
      if (kind === "folder") folders.push(`${path}/`);
      else if (kind === "file") files.push(path);
      else throw notAFile(path, kind);
    }
  }
  return files.sort();
}

/** R3. */
function nameOf(bytes: Buffer, prefix: string): string {
  const name = bytes.toString("utf8");
  if (!name.includes("\ufffd") || Buffer.from(name, "utf8").equals(bytes)) return name;
  throw new WorkgraphError("WG5102", `"${prefix}${name}" is no name of a file in an artifact: it is not UTF-8`, {
    hint: "Give the file a name that is text.",
  });
}

export function refusePath(path: string): void {
  const reason = badFilePath(path);
  if (reason === undefined) return;
  throw new WorkgraphError("WG5102", `${JSON.stringify(path)} is no path of a file in an artifact: ${reason}`, {
    hint: 'Write a path inside the folder, such as "images/cathedral-1.png".',
  });
}

export function ownManifest(path: string): WorkgraphError {
  return new WorkgraphError("WG5102", `"${path}" at the top of an artifact is the manifest, which is written for you`, {
    hint: "Give the file another name, or put it into a folder.",
  });
}

/** R2. */
function refuseTwin(
  twins: Map<string, string>,
  { name, path }: { readonly name: string; readonly path: string },
): void {
  const folded = foldName(name);
  const twin = twins.get(folded);
  if (twin !== undefined) {
    throw new WorkgraphError(
      "WG5104",
      `"${path}" and "${twin}" have names that differ only in case or in how accents are written: on some machines they are one file`,
      { hint: "Rename one of them." },
    );
  }
  twins.set(folded, path);
}

type Kind = "file" | "folder" | "a symbolic link" | "a FIFO, socket or device";

/** R1. Some file systems do not say what an entry is before it is asked for. */
async function kindOf(entry: Dirent<Buffer>, path: string): Promise<Kind> {
  const known = entry.isFile() || entry.isDirectory() || entry.isSymbolicLink() || entry.isFIFO() || entry.isSocket();
  const of = known || entry.isBlockDevice() || entry.isCharacterDevice() ? entry : await lstat(path);
  if (of.isFile()) return "file";
  if (of.isDirectory()) return "folder";
  return of.isSymbolicLink() ? "a symbolic link" : "a FIFO, socket or device";
}
