/**
 * A run in one file, with its child runs: logs, values, sources, manifests and notes, and the files of its artifacts when asked for.
 *
 * Owns: what goes into the file. Leaves to transfer/run-file.ts: the file.
 *
 * R1. Logs go as they are hashed, so that who imports them checks the chain that was written while the run ran.
 * R2. Only reads. Of a run that is under way it takes what is recorded by then.
 * R3. A blob stands before the run that needs it, each once.
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { FoundArtifact } from "../../artifacts/artifact-store.ts";
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import { requireVerified } from "../../artifacts/verify.ts";
import { systemClock } from "../../base/clock.ts";
import { commandLine } from "../../model/command-line.ts";
import type { RunEvent } from "../../model/events.ts";
import type { RunId } from "../../model/ids.ts";
import { manifestText, selectorOf, type ArtifactManifest } from "../../model/manifest.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { LogBlock } from "../../store/imports.ts";
import { lineEvent, linePayload } from "../../store/log-line.ts";
import type { RunRow } from "../../store/store.ts";
import { isoTime } from "../run-summary.ts";
import { findRun } from "../find-run.ts";
import { packageVersion } from "../package-version.ts";
import { MAX_RUN_NOTES, type RunNote } from "../transfer/carried-notes.ts";
import { FILE_FORMAT, FILE_SCHEMA, RunFileWriter } from "../transfer/run-file.ts";
import { TELL_NOBODY, type Tell } from "../work-progress.ts";
import type { Workspace } from "../workspace.ts";

export interface ExportRunInput {
  readonly run: string;
  /** Absolute path of a file that does not exist. */
  readonly file: string;
  /** "included": files of artifacts too; default "left out". */
  readonly files?: "included" | "left out";
}

export interface ExportRunOutput {
  readonly runId: RunId;
  readonly file: string;
  readonly sizeBytes: number;
  readonly runs: number;
  readonly events: number;
  readonly blobs: number;
  readonly artifacts: number;
  /** Published folders that are not there any more, or were changed: their files are not in the file. */
  readonly missing: readonly string[];
}

const PAGE = 1_000;
const LIST_ELEMENTS = 200;
const PAGE_BLOCKS = 20;

/** @param tell how far it is: events first, each counted half when its values and half when its log is written; then bytes of files */
export async function exportRun(
  { store, project }: Workspace,
  input: ExportRunInput,
  tell: Tell = TELL_NOBODY,
): Promise<ExportRunOutput> {
  const { run } = await findRun(store, input.run);
  if (run.forgottenAt !== undefined) {
    throw new WorkgraphError("WG4062", `run ${run.runId} was forgotten: there is nothing left to export`, {
      hint: `"${commandLine("runs")}" lists the others`,
    });
  }
  const rows = await withChildren(store, run);
  const writer = new RunFileWriter(input.file);
  try {
    await writer.line({
      type: "head",
      format: FILE_FORMAT,
      schema: FILE_SCHEMA,
      root: run.runId,
      runs: rows.length,
      by: await packageVersion(),
      exportedAt: isoTime(systemClock.now()),
    });
    const total = Math.max(
      1,
      rows.reduce((sum, { seq }) => sum + seq, 0),
    );
    const exporter = new RunExporter(store, writer, (done) =>
      tell({ done: Math.min(Math.floor(done), total), total, unit: "events" }),
    );
    for (const row of rows) await exporter.run(row);
    const folders =
      input.files === "included" ? await exportFolders(project, { rows, writer, tell }) : { artifacts: 0, missing: [] };
    const { sizeBytes } = await writer.end();
    const { events, blobs } = exporter;
    return { runId: run.runId, file: input.file, sizeBytes, runs: rows.length, events, blobs, ...folders };
  } finally {
    await writer.close();
  }
}

/** Parents before their children. */
async function withChildren(store: Workspace["store"], run: RunRow): Promise<readonly RunRow[]> {
  const rows: RunRow[] = [run];
  for (const row of rows) {
    for (let before: RunId | undefined; ;) {
      const page = await store.runs({ parent: row.runId, limit: PAGE, ...(before === undefined ? {} : { before }) });
      rows.push(...page.runs.filter((child) => child.forgottenAt === undefined));
      before = page.runs.at(-1)?.runId;
      if (before === undefined || page.runs.length < PAGE) break;
    }
  }
  return rows;
}

class RunExporter {
  events = 0;
  readonly #store: Workspace["store"];
  readonly #writer: RunFileWriter;
  readonly #blobs: Set<string> = new Set();
  readonly #tell: (events: number) => void;
  #done = 0;

  constructor(store: Workspace["store"], writer: RunFileWriter, tell: (events: number) => void) {
    this.#store = store;
    this.#writer = writer;
    this.#tell = tell;
  }

  get blobs(): number {
    return this.#blobs.size;
  }

  async run(row: RunRow): Promise<void> {
    if (row.manifest !== undefined) await this.#version(row.manifest);
    for await (const block of this.#blocks(row.runId)) {
      for (const line of block.body.split("\n")) {
        const { blob } = linePayload(line);
        if (blob !== undefined) await this.#blob(blob);
      }
      this.#tell((this.#done += block.n / 2));
    }
    const { runId, project, workflow, version, manifest, tags, caller, parent, origin, createdAt } = row;
    const git = row.code?.git;
    const notes = await this.#notes(runId);
    await this.#writer.line({
      type: "run",
      runId,
      project,
      workflow,
      version,
      ...(manifest === undefined ? {} : { manifest }),
      ...(git === undefined ? {} : { git }),
      tags,
      caller,
      ...(parent === undefined ? {} : { parent }),
      ...(origin === undefined ? {} : { origin }),
      createdAt,
      ...(notes.length === 0 ? {} : { notes }),
    });
    const lists = new Map<string, readonly [call: number, item: number]>();
    let seq = 0;
    for await (const block of this.#blocks(runId)) {
      await this.#writer.line({ type: "block", ...block });
      seq = block.first + block.n - 1;
      for (const line of block.body.split("\n")) {
        const place = listOf(lineEvent(line));
        if (place) lists.set(place.join("/"), place);
      }
      this.#tell((this.#done += block.n / 2));
    }
    this.events += seq;
    for (const [call, item] of lists.values()) await this.#list(runId, call, item);
    await this.#logs(runId);
  }

  async *#blocks(runId: RunId): AsyncGenerator<LogBlock> {
    for (let after = 0; ;) {
      const page = await this.#store.blocks(runId, { after, limit: PAGE_BLOCKS });
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.first + last.n - 1;
    }
  }

  /** Those that were written on it, oldest first; the newest MAX_RUN_NOTES of them. */
  async #notes(runId: RunId): Promise<readonly RunNote[]> {
    const { notes } = await this.#store.notes({ runId, limit: MAX_RUN_NOTES });
    return notes.toReversed().map((stored) => {
      const { id: _id, runId: _run, ...note } = stored;
      return note;
    });
  }

  async #list(runId: RunId, call: number, item: number): Promise<void> {
    for (let first = 0; ;) {
      const part = await this.#store.list(runId, { call, item }, { first, count: LIST_ELEMENTS });
      if (part.values.length === 0) return;
      const { values, keys } = part;
      await this.#writer.line({ type: "list", call, item, first, values, ...(keys === undefined ? {} : { keys }) });
      first += values.length;
    }
  }

  async #logs(runId: RunId): Promise<void> {
    for (let after = 0; ;) {
      const lines = await this.#store.logs(runId, { after, limit: PAGE });
      for (const { id, ...line } of lines) {
        await this.#writer.line({ type: "log", ...line });
        after = id;
      }
      if (lines.length < PAGE) return;
    }
  }

  /** A manifest of a version and everything that it names. */
  async #version(manifest: string): Promise<void> {
    const bytes = await this.#store.getBlob(manifest);
    const text = bytes === undefined ? "" : Buffer.from(bytes).toString("utf8");
    const read =
      bytes === undefined ? {} : (JSON.parse(text) as { code?: string; map?: string; sources?: { hash: string }[] });
    for (const hash of [read.code, read.map, ...(read.sources ?? []).map((source) => source.hash)])
      if (hash !== undefined) await this.#blob(hash);
    await this.#blob(manifest);
  }

  /** R3. One that is missing here is missing there: reading it says so. */
  async #blob(hash: string): Promise<void> {
    if (this.#blobs.has(hash)) return;
    const bytes = await this.#store.getBlob(hash);
    if (bytes === undefined) return;
    this.#blobs.add(hash);
    await this.#writer.line({ type: "blob", sha256: hash, sizeBytes: bytes.length });
    await this.#writer.bytes([bytes]);
  }
}

function listOf(event: RunEvent): readonly [call: number, item: number] | undefined {
  if (event.type === "list.recorded") return [event.list, 0];
  if (event.type === "item.yielded") return [event.call, event.item];
  return event.type === "item.completed" && event.size !== undefined ? [event.call, event.item] : undefined;
}

async function exportFolders(
  project: Workspace["project"],
  { rows, writer, tell }: { readonly rows: readonly RunRow[]; readonly writer: RunFileWriter; readonly tell: Tell },
): Promise<{ readonly artifacts: number; readonly missing: readonly string[] }> {
  const shelf = new FolderArtifacts(project);
  const missing: string[] = [];
  const ids = new Set(rows.map(({ runId }) => runId));
  const all: FoundArtifact[] = [];
  for await (const found of shelf.list((selector) => missing.push(selector)))
    if (ids.has(found.manifest.producer.run)) all.push(found);
  const total = Math.max(
    1,
    all.reduce((sum, { manifest }) => sum + bytesOf(manifest), 0),
  );
  let artifacts = 0;
  let done = 0;
  for (const found of all) {
    const { folder, manifest } = found;
    const selector = selectorOf(manifest);
    tell({ done, total, unit: "bytes" });
    try {
      requireVerified(await shelf.verify(found), selector);
    } catch (error) {
      if (!(error instanceof WorkgraphError)) throw error;
      missing.push(selector);
      done += bytesOf(manifest);
      continue;
    }
    await writer.line({ type: "artifact", selector, manifest: manifestText(manifest) });
    for (const { path, sizeBytes, sha256 } of manifest.files) {
      await writer.line({ type: "file", path, sizeBytes, sha256 });
      const bytes = createReadStream(join(folder, ...path.split("/"))) as AsyncIterable<Uint8Array>;
      await writer.bytes(
        counted(bytes, (read) => tell({ done: Math.min((done += read), total), total, unit: "bytes" })),
      );
    }
    artifacts++;
  }
  return { artifacts, missing };
}

function bytesOf({ files }: ArtifactManifest): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

async function* counted(bytes: AsyncIterable<Uint8Array>, read: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    yield piece;
    read(piece.length);
  }
}
