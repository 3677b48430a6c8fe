/**
 * A folder that an attempt writes to, as its author sees it.
 *
 * R1. What is written stays inside: a path that leaves, and a link on the way, are refused.
 * R2. The hash in a reference can be read when the folder is sealed; before, it is an error that says so, never a wrong value.
 */
import { constants } from "node:fs";
import { lstat, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { ownManifest, refusePath } from "../../artifacts/folder-files.ts";
import { notAFile } from "../../artifacts/file-hash.ts";
import { foldName } from "../../model/artifact-name.ts";
import type { ArtifactContent, ArtifactFolder, ArtifactRef } from "../../model/ctx.ts";
import { MANIFEST_FILE, type NextInputs } from "../../model/manifest.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";

/** R1. The last part is no link, and a FIFO is not waited for. */
const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class FolderDraft {
  readonly name: string;
  readonly kind: string | undefined;
  readonly labels: readonly string[];
  readonly next: NextInputs;
  readonly folder: ArtifactFolder;
  #sha256: string | undefined;
  #isClosed = false;
  readonly #made: Set<string> = new Set();

  constructor(of: {
    readonly name: string;
    readonly kind?: string;
    readonly labels: readonly string[];
    readonly next: NextInputs;
    /** Absolute. */
    readonly folder: string;
    readonly at: Pick<ArtifactRef, "selector" | "path">;
  }) {
    this.name = of.name;
    this.kind = of.kind;
    this.labels = of.labels;
    this.next = of.next;
    const hash = (): string => this.#hash();
    const ref: ArtifactRef = {
      ...of.at,
      ...(of.kind === undefined ? {} : { kind: of.kind }),
      get sha256() {
        return hash();
      },
    };
    this.folder = {
      path: of.folder,
      ref,
      write: (file, content) => this.#write(file, content),
      writeJson: (file, value) => this.#write(file, `${JSON.stringify(value, null, 2)}\n`),
    };
  }

  close(): void {
    this.#isClosed = true;
  }

  settle(sha256: string): void {
    this.#sha256 = sha256;
    Object.defineProperty(this.folder.ref, "sha256", { value: sha256, enumerable: true });
  }

  /** R2. */
  #hash(): string {
    if (this.#sha256 !== undefined) return this.#sha256;
    throw new WorkgraphError("WG5108", `the sha256 of artifact "${this.name}" is known when its node has returned`, {
      hint: "Return the folder, or its ref inside the result, and read sha256 where it arrives. A generator cannot yield it.",
    });
  }

  async #write(file: string, content: ArtifactContent): Promise<void> {
    if (this.#isClosed) {
      throw new WorkgraphError("WG5108", `"${file}" was written to artifact "${this.name}" after its node had ended`, {
        hint: "await everything that writes before the node returns.",
      });
    }
    refusePath(file);
    if (foldName(file) === MANIFEST_FILE) throw ownManifest(file);
    const segments = file.split("/");
    await this.#makeFolders(segments.slice(0, -1));
    const path = join(this.folder.path, ...segments);
    const handle = await open(path, WRITE, 0o666).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "ELOOP" || error.code === "ENXIO"
        ? notAFile(path, "a symbolic link or a FIFO", error)
        : error;
    });
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
  }

  /** R1. One by one: a recursive mkdir would follow a link before anybody could look at it. */
  async #makeFolders(segments: readonly string[]): Promise<void> {
    let folder = this.folder.path;
    for (const segment of segments) {
      folder = join(folder, segment);
      if (this.#made.has(folder)) continue;
      await mkdir(folder).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
        if ((await lstat(folder)).isSymbolicLink()) throw notAFile(folder, "a symbolic link", error);
      });
      this.#made.add(folder);
    }
  }
}

/** A copy of a result in which each folder is its reference; the result itself where it holds none. */
export function withRefs(value: unknown, drafts: readonly FolderDraft[]): unknown {
  const refs = new Map<unknown, ArtifactRef>(drafts.map(({ folder }) => [folder, folder.ref]));
  const seen = new Map<object, unknown>();
  const visit = (at: unknown): unknown => {
    const ref = refs.get(at);
    if (ref) return ref;
    if (typeof at !== "object" || at === null) return at;
    if (seen.has(at)) return seen.get(at);
    // A value that holds itself is refused by the codec, with its path.
    seen.set(at, at);
    const copy = Array.isArray(at) ? visitList(at, visit) : visitObject(at, visit);
    seen.set(at, copy);
    return copy;
  };
  return visit(value);
}

function visitList(list: readonly unknown[], visit: (at: unknown) => unknown): readonly unknown[] {
  const visited = list.map(visit);
  return visited.some((one, i) => one !== list[i]) ? visited : list;
}

function visitObject(object: object, visit: (at: unknown) => unknown): object {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return object;
  const changes: [string, unknown][] = [];
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    // What a getter gives may be another value each time: the codec reads it once.
    if (!property.enumerable || !("value" in property)) continue;
    const visited = visit(property.value);
    if (visited !== property.value) changes.push([name, visited]);
  }
  if (changes.length === 0) return object;
  const copy: object = Object.create(prototype as object | null, Object.getOwnPropertyDescriptors(object)) as object;
  for (const [name, value] of changes)
    Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}
