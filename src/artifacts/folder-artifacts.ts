/**
 * Artifacts as plain folders of this machine.
 *
 * Owns: where a folder is written, and the renames that publish it. Leaves to shelf.ts: reading what is there; to content.ts: hashes.
 *
 * R1. A draft lies in `.workgraph/staging/` when one rename leads from there to the artifacts, otherwise in `.staging/` beside them.
 * R2. The manifest is the last file of a draft, and the rename comes after it: a process that dies at any point leaves either a
 *     published folder with all its files, or a draft.
 * R3. What the same run left in the place is replaced: it was published by an attempt whose outcome was never recorded. Anything
 *     else there is left alone (WG5105).
 */
import { mkdir, open, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { randomUUID } from "node:crypto";
import { MANIFEST_FILE, MANIFEST_SCHEMA, manifestText, selectorOf, type ArtifactManifest } from "../model/manifest.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type {
  ArtifactFacts,
  ArtifactStore,
  AttemptPlace,
  BrokenManifest,
  FoundArtifact,
  ResolveOptions,
  Verified,
} from "./artifact-store.ts";
import { contentHash, contentOf } from "./content.ts";
import { findArtifact } from "./find-artifact.ts";
import { openFolder, Shelf, type ShelfPlace } from "./shelf.ts";
import { Verifier } from "./verify.ts";

export interface FolderArtifactsOptions {
  /** Absolute folder of the project: paths in references are relative to it. */
  readonly root: string;
  /** Absolute folder of published artifacts. */
  readonly artifactsDir: string;
  /** Absolute data folder. */
  readonly dataDir: string;
}

export class FolderArtifacts implements ArtifactStore {
  readonly #options: FolderArtifactsOptions;
  readonly #shelf: Shelf;
  readonly #verifier: Verifier = new Verifier();
  #staging: Promise<string> | undefined;
  /** Sealed drafts whose place waits for the disk too. */
  readonly #durable: Set<string> = new Set();

  constructor(options: FolderArtifactsOptions) {
    this.#options = options;
    this.#shelf = new Shelf(options.artifactsDir);
  }

  async draft(attempt: AttemptPlace, name: string): Promise<string> {
    const parent = join(await this.staging(), draftName(attempt));
    const draft = join(parent, name);
    await mkdir(parent, { recursive: true });
    try {
      await mkdir(draft);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      // An attempt of that number began before the process that performed it died.
      await rm(draft, { recursive: true, force: true });
      await mkdir(draft);
    }
    return draft;
  }

  /** R1. Where drafts lie. */
  staging(): Promise<string> {
    return (this.#staging ??= this.#chooseStaging().catch((error: unknown) => {
      this.#staging = undefined;
      throw error;
    }));
  }

  async #chooseStaging(): Promise<string> {
    const { artifactsDir, dataDir } = this.#options;
    const staging = join(dataDir, "staging");
    await mkdir(staging, { recursive: true });
    await mkdir(artifactsDir, { recursive: true });
    const probe = `.probe-${randomUUID()}`;
    await mkdir(join(staging, probe));
    try {
      await rename(join(staging, probe), join(artifactsDir, probe));
      await rmdir(join(artifactsDir, probe));
      return staging;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
      await rmdir(join(staging, probe));
      return join(artifactsDir, ".staging");
    }
  }

  async seal(draft: string, facts: ArtifactFacts, signal?: AbortSignal): Promise<ArtifactManifest> {
    const files = await contentOf(draft, signal);
    const { run, workflow, version, node, call, item, attempt } = facts.producer;
    const source = facts.source && { file: this.#relative(facts.source.file), line: facts.source.line };
    const manifest: ArtifactManifest = {
      schema: MANIFEST_SCHEMA,
      name: facts.name,
      ...(facts.kind === undefined ? {} : { kind: facts.kind }),
      labels: facts.labels,
      sha256: contentHash(files),
      sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
      createdAt: new Date(facts.createdAt).toISOString(),
      partial: facts.partial,
      producer: { run, workflow, version, node, call, item, attempt, ...(source ? { source } : {}) },
      inputs: facts.inputs,
      nextInputs: facts.nextInputs,
      files,
    };
    const durable = facts.durability === "power-loss";
    if (durable)
      await flush(
        draft,
        files.map((file) => file.path),
      );
    await writeFile(join(draft, MANIFEST_FILE), manifestText(manifest), { flag: "wx", flush: durable });
    if (durable) this.#durable.add(draft);
    return manifest;
  }

  /** R2, R3. */
  async publish(draft: string, manifest: ArtifactManifest): Promise<void> {
    const place = this.#shelf.folderOf(placeOf(manifest));
    await mkdir(dirname(place), { recursive: true });
    try {
      await rename(draft, place);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EXDEV") throw otherDisk(place, error);
      if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOTDIR") throw error;
      await this.#clear(place, manifest);
      await rename(draft, place);
    }
    if (this.#durable.delete(draft)) await flush(dirname(place), [""]);
    await rmdir(dirname(draft)).catch(() => undefined);
  }

  /** R3. Moved aside first: a half-removed folder would be a published one with files missing. */
  async #clear(place: string, manifest: ArtifactManifest): Promise<void> {
    const there = await openFolder(place).catch(() => undefined);
    if (there?.manifest.producer.run !== manifest.producer.run || selectorOf(there.manifest) !== selectorOf(manifest)) {
      throw new WorkgraphError("WG5105", `"${place}" is taken by something that this run did not publish`, {
        hint: "Move it away and resume the run.",
      });
    }
    await this.#remove(place);
  }

  async #remove(place: string): Promise<void> {
    const aside = join(await this.staging(), `removed-${randomUUID()}`);
    await rename(place, aside);
    await rm(aside, { recursive: true, force: true });
  }

  async withdraw(manifest: ArtifactManifest): Promise<void> {
    const place = this.#shelf.folderOf(placeOf(manifest));
    const there = await openFolder(place).catch(() => undefined);
    if (there && draftName(there.manifest.producer) === draftName(manifest.producer)) await this.#remove(place);
  }

  async discard(attempt: AttemptPlace): Promise<void> {
    await rm(join(await this.staging(), draftName(attempt)), { recursive: true, force: true });
  }

  pathOf(place: ShelfPlace): string {
    return this.#relative(this.#shelf.folderOf(place));
  }

  #relative(path: string): string {
    const from = isAbsolute(path) ? relative(this.#options.root, path) : path;
    return sep === "/" ? from : from.replaceAll(sep, "/");
  }

  resolve(selector: string, { from }: ResolveOptions = {}): Promise<FoundArtifact> {
    const { root } = this.#options;
    return findArtifact(this.#shelf, selector, { bases: from === undefined || from === root ? [root] : [from, root] });
  }

  list(broken?: BrokenManifest): AsyncIterable<FoundArtifact> {
    return this.#shelf.all(broken);
  }

  verify(found: FoundArtifact, signal?: AbortSignal): Promise<Verified> {
    return this.#verifier.verify(found, signal);
  }
}

/** The folder that all drafts of an attempt lie in: a place that can be read back (orphans.ts). */
function draftName({ run, call, item, attempt }: AttemptPlace): string {
  return `${run}.${call}.${item}.${attempt}`;
}

export function placeOf({ name, producer }: ArtifactManifest): ShelfPlace {
  return { workflow: producer.workflow, run: producer.run, name };
}

function otherDisk(place: string, cause: unknown): WorkgraphError {
  return new WorkgraphError("WG5105", `"${place}" is on another disk than the folder it lies in`, {
    hint: 'Set "artifacts" of the configuration to a folder on that disk, in place of a link inside the artifacts.',
    cause,
  });
}

/** Files, then the folders above them: after a power loss a name must not lead to a file without its bytes. */
async function flush(folder: string, paths: readonly string[]): Promise<void> {
  const folders = new Set<string>([folder]);
  for (const path of paths) {
    const file = join(folder, path);
    await sync(file);
    for (let above = dirname(file); above.startsWith(folder); above = dirname(above)) folders.add(above);
  }
  for (const one of folders) if ((await stat(one)).isDirectory()) await sync(one);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
