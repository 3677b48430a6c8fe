/**
 * Whether a folder still is what its manifest says.
 *
 * R1. Every file is read again and hashed, unless this process has hashed that very file before and nothing about it has changed
 *     since: size, times of change (which no program sets at will) and place on the disk.
 * R2. A file that the manifest does not name is a problem too: a reader that lists the folder would take it in.
 */
import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { FileProblem, FoundArtifact, Verified } from "./artifact-store.ts";
import { contentHash } from "./content.ts";
import { hashFile } from "./file-hash.ts";
import { filesOf } from "./folder-files.ts";
import { Pace } from "./pace.ts";
import { brokenManifest } from "./shelf.ts";

const MAX_PROBLEMS = 100;
const MAX_KNOWN = 1_000;

/** Verifies folders, and remembers which it has. */
export class Verifier {
  /** Folder -> what its files looked like when each had the hash of its manifest. R1. */
  readonly #known: Map<string, string> = new Map();

  /** @throws WorkgraphError WG5113 when the manifest contradicts itself */
  async verify({ folder, manifest }: FoundArtifact, signal?: AbortSignal): Promise<Verified> {
    const { files, sizeBytes } = manifest;
    if (contentHash(files) !== manifest.sha256)
      throw brokenManifest(join(folder, "manifest.json"), '"sha256" is not the hash of its files');
    const problems: FileProblem[] = [];
    const there = await this.#there(folder, problems, signal);
    const named = new Set(files.map((file) => file.path));
    for (const path of there) if (!named.has(path)) problems.push({ path, what: "not in the manifest" });
    const looks = await looksOf(folder, there, signal);
    if (problems.length === 0 && there.size === files.length && this.#known.get(folder) === looks + manifest.sha256)
      return { files: files.length, sizeBytes, problems };
    const pace = new Pace(signal);
    for (const file of files) {
      await pace.rest();
      if (problems.length >= MAX_PROBLEMS) break;
      if (!there.has(file.path)) {
        if (!problems.some(({ path }) => path === file.path)) problems.push({ path: file.path, what: "missing" });
        continue;
      }
      const hashed = await hashFile(join(folder, file.path), signal);
      if (hashed.sizeBytes !== file.sizeBytes || hashed.sha256 !== file.sha256)
        problems.push({ path: file.path, what: "changed" });
    }
    if (problems.length === 0) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(folder, looks + manifest.sha256);
    }
    return { files: files.length, sizeBytes, problems: problems.slice(0, MAX_PROBLEMS) };
  }

  /** The files that are there; what may not be there is a problem, not an error. */
  async #there(folder: string, problems: FileProblem[], signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
    try {
      return new Set(await filesOf(folder, { manifest: "skipped", ...(signal ? { signal } : {}) }));
    } catch (error) {
      if (!(error instanceof WorkgraphError)) throw error;
      problems.push({ path: error.message.replace(/^WG\d+: /, ""), what: "no plain file" });
      return new Set();
    }
  }
}

/** R1. Sizes and times of the files, in one hash. */
async function looksOf(folder: string, paths: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<string> {
  const pace = new Pace(signal);
  const hash = createHash("sha256");
  for (const path of paths) {
    await pace.rest();
    const { size, mtimeNs, ctimeNs, ino, dev } = lstatSync(join(folder, path), { bigint: true });
    hash.update(`${path}\0${size} ${mtimeNs} ${ctimeNs} ${ino} ${dev}\n`);
  }
  return hash.digest("hex");
}

/** @throws WorkgraphError WG5112 naming the first files that are not what the manifest says */
export function requireVerified(verified: Verified, selector: string): void {
  const { problems } = verified;
  if (problems.length === 0) return;
  const told = problems.slice(0, 3).map(({ path, what }) => `"${path}" is ${what}`);
  const more = problems.length > 3 ? `; and ${problems.length - 3} more` : "";
  throw new WorkgraphError("WG5112", `artifact ${selector} is not what was published: ${told.join("; ")}${more}`, {
    hint: "It was changed after it was published. Publish it again with a new run, or bring its files back.",
    details: { problems },
  });
}
