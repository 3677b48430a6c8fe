/**
 * A file of runs, taken into this data folder: to be shown, compared and drawn as the runs that they are.
 *
 * Owns: what has to hold before anything is written, and the order of writing. Leaves to transfer/: reading the file; to the store: logs.
 *
 * R1. The whole file is read and checked first, every hash chain too. What is refused leaves nothing behind but blobs that nobody
 *     names, which the next sweep takes.
 * R2. Nothing executes, now or later, because a file was imported: its code waits for `trust` (version/trusted-code.ts), its results are
 *     offered to no cache.
 * R3. Ids stay, so addresses do. A run that is here already, with the same log, stays as it is; with another log the file is refused.
 *     Notes that it has not are added to it.
 * R4. The row says "import"; the log keeps who started the run.
 */
import { open, mkdir, writeFile, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import { requireVerified } from "../../artifacts/verify.ts";
import type { RunId } from "../../model/ids.ts";
import { MANIFEST_FILE, manifestText, selectorOf, type ArtifactManifest } from "../../model/manifest.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { indexForeignLog, type ImportedRun } from "../../store/imports.ts";
import type { Store } from "../../store/store.ts";
import { loadVersion } from "../../version/stored-version.ts";
import { IMPORTED, trustCode } from "../../version/trusted-code.ts";
import { addRunNotes, type RunNote } from "../transfer/carried-notes.ts";
import { receive, refused, type Receiver } from "../transfer/incoming.ts";
import type { FileLimits } from "../transfer/run-file.ts";
import type { Workspace } from "../workspace.ts";

export interface ImportRunInput {
  /** Absolute path. */
  readonly file: string;
  /** "trusted": code of its runs may execute here, for resume, fork and trace. Default "untrusted". */
  readonly code?: "trusted" | "untrusted";
  readonly limits?: FileLimits;
}

export interface ImportRunOutput {
  /** The run that was exported; its child runs came with it. */
  readonly runId: RunId;
  readonly runs: readonly RunId[];
  /** Were here already. */
  readonly known: readonly RunId[];
  readonly artifacts: readonly string[];
  /** Notes that were not here already. */
  readonly notes: number;
  readonly code: "trusted" | "untrusted";
}

export async function importRun(workspace: Workspace, input: ImportRunInput): Promise<ImportRunOutput> {
  const { store, project } = workspace;
  const check = new Check(store);
  await receive(input.file, input.limits, check);
  const [runId] = check.runs;
  if (runId === undefined) throw refused("it holds no run");
  const intake = new Intake(workspace, { file: input.file, known: check.known });
  try {
    await receive(input.file, input.limits, intake);
  } finally {
    await intake.close();
  }
  if (input.code === "trusted") await trustCode(project.dataDir, [...check.manifests]);
  return {
    runId,
    runs: check.runs,
    known: [...check.known],
    artifacts: intake.artifacts,
    notes: intake.notes,
    code: input.code ?? "untrusted",
  };
}

/** R1. The first reading: everything is checked, nothing is kept but names. */
class Check implements Receiver {
  readonly runs: RunId[] = [];
  readonly known: Set<RunId> = new Set();
  readonly manifests: Set<string> = new Set();
  readonly #store: Store;
  readonly #blobs: Set<string> = new Set();
  /** Content hashes of published folders, as the logs tell them. */
  readonly #published: Set<string> = new Set();

  constructor(store: Store) {
    this.#store = store;
  }

  async blob(sha256: string): Promise<void> {
    this.#blobs.add(sha256);
  }

  async run(imported: ImportedRun): Promise<void> {
    const { runId, manifest } = imported.run;
    this.runs.push(runId);
    for (const { event, blob } of indexForeignLog(imported).blocks.flat()) {
      if (event.type === "artifact.published") this.#published.add(`${runId}/${event.name}/${event.sha256}`);
      if (blob !== undefined) await this.#requireBlob(runId, blob);
    }
    if (manifest !== undefined) {
      await this.#requireBlob(runId, manifest);
      this.manifests.add(manifest);
    }
    const here = await this.#store.run(runId);
    if (here === undefined) return;
    const last = imported.blocks.at(-1)!;
    const own =
      here.forgottenAt === undefined ? await this.#store.blocks(runId, { after: last.first - 1, limit: 1 }) : [];
    if (own[0]?.hash !== last.hash) {
      throw new WorkgraphError("WG4067", `there is a run "${runId}" here already, with another log`, {
        hint: "nothing was imported; import into another data folder (--data DIR)",
        details: { runId },
      });
    }
    this.known.add(runId);
  }

  async artifact(manifest: ArtifactManifest): Promise<void> {
    if (!this.#published.has(`${manifest.producer.run}/${manifest.name}/${manifest.sha256}`))
      throw refused(`no run in it published "${selectorOf(manifest)}" with these files`);
  }

  async file(): Promise<void> {}
  async piece(): Promise<void> {}
  async fileEnd(): Promise<void> {}
  async artifactEnd(): Promise<void> {}

  async #requireBlob(runId: RunId, hash: string): Promise<void> {
    if (this.#blobs.has(hash) || (await this.#store.getBlob(hash)) !== undefined) return;
    throw refused(`run "${runId}" names a value or version that is not in it`);
  }
}

/** The second reading: what was checked is written. */
class Intake implements Receiver {
  readonly artifacts: string[] = [];
  notes = 0;
  readonly #store: Store;
  readonly #file: string;
  readonly #known: ReadonlySet<RunId>;
  readonly #shelf: FolderArtifacts;
  #draft: { readonly folder: string; readonly manifest: ArtifactManifest } | undefined;
  #out: FileHandle | undefined;

  constructor({ store, project }: Workspace, from: { readonly file: string; readonly known: ReadonlySet<RunId> }) {
    this.#store = store;
    this.#file = basename(from.file);
    this.#known = from.known;
    this.#shelf = new FolderArtifacts(project);
  }

  async blob(_sha256: string, bytes: Uint8Array): Promise<void> {
    await this.#store.putBlob(bytes);
  }

  async run(imported: ImportedRun, notes: readonly RunNote[]): Promise<void> {
    if (!this.#known.has(imported.run.runId)) await this.#add(imported);
    this.notes += await addRunNotes(this.#store, imported.run.runId, notes);
  }

  async #add(imported: ImportedRun): Promise<void> {
    const { run } = imported;
    if (run.manifest !== undefined) await requireVersion(this.#store, { ...run, manifest: run.manifest });
    // A child run that comes without its parent stands for itself.
    const { parent, ...alone } = run;
    const hasParent = parent !== undefined && (await this.#store.run(parent.run)) !== undefined;
    const caller = { kind: IMPORTED, id: this.#file };
    await this.#store.importRun({ ...imported, run: { ...alone, ...(hasParent ? { parent } : {}), caller } });
  }

  async artifact(manifest: ArtifactManifest): Promise<void> {
    const { run, call, item, attempt } = manifest.producer;
    const folder = await this.#shelf.draft({ run, call, item, attempt }, manifest.name);
    this.#draft = { folder, manifest };
  }

  async file(path: string): Promise<void> {
    const target = join(this.#draft!.folder, ...path.split("/"));
    await mkdir(dirname(target), { recursive: true });
    this.#out = await open(target, "wx");
  }

  async piece(bytes: Uint8Array): Promise<void> {
    await this.#out!.writeFile(bytes);
  }

  async fileEnd(): Promise<void> {
    await this.#out?.close();
    this.#out = undefined;
  }

  async artifactEnd(): Promise<void> {
    const { folder, manifest } = this.#draft!;
    await writeFile(join(folder, MANIFEST_FILE), manifestText(manifest), { flag: "wx" });
    requireVerified(await this.#shelf.verify({ folder, manifest }), selectorOf(manifest));
    await this.#shelf.publish(folder, manifest);
    const { run, call, item, attempt } = manifest.producer;
    await this.#shelf.discard({ run, call, item, attempt });
    this.#draft = undefined;
    this.artifacts.push(selectorOf(manifest));
  }

  /** What was begun and not ended. */
  async close(): Promise<void> {
    await this.#out?.close().catch(() => undefined);
    if (this.#draft) {
      const { run, call, item, attempt } = this.#draft.manifest.producer;
      await this.#shelf.discard({ run, call, item, attempt });
    }
  }
}

/** The version is whole, is the one that the run says, and its paths lead out of no project. */
async function requireVersion(store: Store, run: ImportedRun["run"] & { readonly manifest: string }): Promise<void> {
  const version = await loadVersion(store, run.manifest);
  const paths = [version.path, ...(version.base === undefined ? [] : [version.base])];
  const isOut = paths.some((path) => typeof path !== "string" || /^(\/|[A-Za-z]:)|\\|(^|\/)\.\.(\/|$)|\0/.test(path));
  if (version.closureHash !== run.version || isOut)
    throw refused(`run "${run.runId}" is said to be of a version that it is not`);
}
