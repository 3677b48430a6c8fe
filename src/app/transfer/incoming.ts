/**
 * What a file of runs holds, read in order and believed in nothing.
 *
 * Owns: the order of lines, and checking each thing as it is complete. Leaves to run-file.ts: the file; to store/imports.ts: logs.
 *
 * R1. Bytes are checked against the hash that they are named by before anybody is given them.
 * R2. Ids, names and paths are checked here: who is told of a run, an artifact or a file may use what names it.
 */
import { createHash } from "node:crypto";
import { badFilePath } from "../../model/artifact-name.ts";
import { NAME_PATTERN, type RunId } from "../../model/ids.ts";
import { readManifest, selectorOf, type ArtifactManifest } from "../../model/manifest.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { ImportedRun, LogBlock } from "../../store/imports.ts";
import type { ListChunk, LogLine } from "../../store/store.ts";
import { readRunNotes, type RunNote } from "./carried-notes.ts";
import { fileLines, type FileLimits, type FileLine } from "./run-file.ts";

/** Who takes what is in a file. */
export interface Receiver {
  blob(sha256: string, bytes: Uint8Array): Promise<void>;
  run(run: ImportedRun, notes: readonly RunNote[]): Promise<void>;
  artifact(manifest: ArtifactManifest): Promise<void>;
  /** Bytes of the next file of the artifact; each piece is followed by another one or by `fileEnd`. */
  file(path: string): Promise<void>;
  piece(bytes: Uint8Array): Promise<void>;
  /** Its hash was what the manifest says. */
  fileEnd(): Promise<void>;
  artifactEnd(): Promise<void>;
}

/** A log, its lists and its lines are held until the run is complete. */
const MAX_RUN_LENGTH = 512 * 2 ** 20;
const MAX_BLOB_BYTES = 512 * 2 ** 20;
const RUN_ID = /^[0-9A-Za-z_-]{1,64}$/;
const HASH = /^[0-9a-f]{64}$/;

/** @throws WorkgraphError WG4063, WG4064 (the file), WG4065 (something in it) */
export async function receive(file: string, limits: FileLimits | undefined, receiver: Receiver): Promise<void> {
  const incoming = new Incoming(receiver);
  for await (const line of limits === undefined ? fileLines(file) : fileLines(file, limits)) await incoming.take(line);
  await incoming.end();
}

interface OpenBytes {
  readonly kind: "blob" | "file";
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly hash: ReturnType<typeof createHash>;
  readonly parts: Uint8Array[];
  received: number;
}

interface OpenRun {
  readonly run: ImportedRun["run"];
  readonly blocks: LogBlock[];
  readonly lists: ListChunk[];
  readonly logs: LogLine[];
  readonly notes: readonly RunNote[];
  length: number;
}

class Incoming {
  readonly #receiver: Receiver;
  readonly #runs: Map<RunId, string> = new Map();
  #bytes: OpenBytes | undefined;
  #run: OpenRun | undefined;
  #artifact: { readonly manifest: ArtifactManifest; next: number } | undefined;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  async take(line: FileLine): Promise<void> {
    if (line.type === "bytes") return this.#piece(line);
    await this.#endBytes();
    if (line.type === "file") return this.#beginFile(line);
    if (line.type === "block" || line.type === "list" || line.type === "log") return this.#ofRun(line);
    await this.#endRun();
    await this.#endArtifact();
    switch (line.type) {
      case "head":
        return;
      case "blob":
        return this.#beginBytes("blob", line);
      case "run":
        this.#run = { run: this.#readRun(line), blocks: [], lists: [], logs: [], notes: notesOf(line), length: 0 };
        return;
      case "artifact":
        return this.#beginArtifact(line);
      default:
        throw refused(`a line is of the unknown type "${line.type}"`);
    }
  }

  async end(): Promise<void> {
    await this.#endBytes();
    await this.#endRun();
    await this.#endArtifact();
  }

  // Bytes

  #beginBytes(kind: OpenBytes["kind"], { sha256, sizeBytes }: FileLine): void {
    if (typeof sha256 !== "string" || !HASH.test(sha256) || !isCount(sizeBytes))
      throw refused(`a ${kind} has no hash or size`);
    if (kind === "blob" && sizeBytes > MAX_BLOB_BYTES) throw refused(`a blob has ${sizeBytes} bytes`);
    this.#bytes = { kind, sha256, sizeBytes, hash: createHash("sha256"), parts: [], received: 0 };
  }

  async #piece({ base64 }: FileLine): Promise<void> {
    const open = this.#bytes;
    if (open === undefined || typeof base64 !== "string") throw refused("there are bytes that belong to nothing");
    const bytes = Buffer.from(base64, "base64");
    open.received += bytes.length;
    if (open.received > open.sizeBytes) throw refused(`a ${open.kind} is larger than it says`);
    open.hash.update(bytes);
    if (open.kind === "blob") open.parts.push(bytes);
    else await this.#receiver.piece(bytes);
  }

  /** R1. */
  async #endBytes(): Promise<void> {
    const open = this.#bytes;
    if (open === undefined) return;
    this.#bytes = undefined;
    if (open.received !== open.sizeBytes || open.hash.digest("hex") !== open.sha256)
      throw refused(`the bytes of a ${open.kind} do not match the hash ${open.sha256}`);
    if (open.kind === "blob") await this.#receiver.blob(open.sha256, Buffer.concat(open.parts));
    else await this.#receiver.fileEnd();
  }

  // Runs

  #readRun(line: FileLine): ImportedRun["run"] {
    const { runId, project, workflow, version, manifest, tags, createdAt, git, parent, origin } = line;
    if (typeof runId !== "string" || !RUN_ID.test(runId) || this.#runs.has(runId))
      throw refused("a run has no id of its own");
    if (typeof workflow !== "string" || !NAME_PATTERN.test(workflow)) throw refused(`run "${runId}" names no workflow`);
    if (typeof version !== "string" || typeof project !== "string" || !isCount(createdAt))
      throw refused(`run "${runId}" lacks what it is`);
    if (manifest !== undefined && !(typeof manifest === "string" && HASH.test(manifest)))
      throw refused(`run "${runId}" names its version by no hash`);
    this.#runs.set(runId, workflow);
    return {
      runId,
      project,
      workflow,
      version,
      createdAt,
      tags: textsOf(tags),
      caller: { kind: "import", id: "" },
      ...(manifest === undefined ? {} : { manifest, code: { root: "", ...gitOf(git) } }),
      ...(isPlace(parent) ? { parent: { run: parent.run, call: parent.call, item: parent.item } } : {}),
      ...(isOrigin(origin) ? { origin: { kind: origin.kind, run: origin.run } } : {}),
    };
  }

  #ofRun(line: FileLine): void {
    const open = this.#run;
    if (open === undefined) throw refused(`a "${line.type}" belongs to no run`);
    open.length += JSON.stringify(line).length;
    if (open.length > MAX_RUN_LENGTH)
      throw refused(`run "${open.run.runId}" is larger than ${MAX_RUN_LENGTH} characters`);
    if (line.type === "block") open.blocks.push(blockOf(line));
    else if (line.type === "list") open.lists.push(chunkOf(line));
    else open.logs.push(logOf(line));
  }

  async #endRun(): Promise<void> {
    const open = this.#run;
    if (open === undefined) return;
    this.#run = undefined;
    const { length: _, notes, ...run } = open;
    await this.#receiver.run(run, notes);
  }

  // Artifacts. R2.

  async #beginArtifact(line: FileLine): Promise<void> {
    const read = typeof line["manifest"] === "string" ? readManifest(line["manifest"]) : undefined;
    if (!read?.ok) throw refused(`the manifest of an artifact cannot be believed: ${read?.reason ?? "there is none"}`);
    const { producer } = read.manifest;
    if (this.#runs.get(producer.run) !== producer.workflow)
      throw refused(`"${selectorOf(read.manifest)}" is of no run in the file`);
    this.#artifact = { manifest: read.manifest, next: 0 };
    await this.#receiver.artifact(read.manifest);
  }

  async #beginFile(line: FileLine): Promise<void> {
    const open = this.#artifact;
    const expected = open?.manifest.files[open.next];
    const isExpected =
      expected !== undefined &&
      line["path"] === expected.path &&
      line["sha256"] === expected.sha256 &&
      line["sizeBytes"] === expected.sizeBytes;
    if (open === undefined || !isExpected || badFilePath(expected.path) !== undefined)
      throw refused("a file of an artifact is none that its manifest names next");
    open.next++;
    this.#beginBytes("file", line);
    await this.#receiver.file(expected.path);
  }

  async #endArtifact(): Promise<void> {
    const open = this.#artifact;
    if (open === undefined) return;
    this.#artifact = undefined;
    if (open.next !== open.manifest.files.length) throw refused(`"${selectorOf(open.manifest)}" lacks files`);
    await this.#receiver.artifactEnd();
  }
}

export function refused(reason: string): WorkgraphError {
  return new WorkgraphError("WG4065", `the file cannot be imported: ${reason}`, {
    hint: "nothing was imported; export the run again where it was recorded",
  });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((entry) => typeof entry[1] === "string")) as Record<
    string,
    string
  >;
}

function gitOf(value: unknown): { readonly git?: NonNullable<NonNullable<ImportedRun["run"]["code"]>["git"]> } {
  if (typeof value !== "object" || value === null) return {};
  const { commit, branch, dirty } = value as Record<string, unknown>;
  const text = (one: unknown): string | undefined => (typeof one === "string" ? one.slice(0, 200) : undefined);
  return { git: { commit: text(commit), branch: text(branch), dirty: dirty === true } };
}

function notesOf({ runId, notes }: FileLine): readonly RunNote[] {
  const read = readRunNotes(notes);
  if (read === undefined) throw refused(`a note of run "${String(runId)}" lacks what it is`);
  return read;
}

function isPlace(value: unknown): value is { readonly run: string; readonly call: number; readonly item: number } {
  if (typeof value !== "object" || value === null) return false;
  const { run, call, item } = value as Record<string, unknown>;
  return typeof run === "string" && RUN_ID.test(run) && isCount(call) && isCount(item);
}

function isOrigin(
  value: unknown,
): value is { readonly kind: "fork" | "reuse" | "continues" | "rerun"; readonly run: string } {
  if (typeof value !== "object" || value === null) return false;
  const { kind, run } = value as Record<string, unknown>;
  return typeof run === "string" && RUN_ID.test(run) && /^(fork|reuse|continues|rerun)$/.test(String(kind));
}

function blockOf({ first, n, previous, hash, body }: FileLine): LogBlock {
  const isBlock = isCount(first) && isCount(n) && typeof previous === "string" && typeof hash === "string";
  if (!isBlock || typeof body !== "string") throw refused("a block of a log lacks what it is");
  return { first, n, previous, hash, body };
}

function chunkOf({ call, item, first, values, keys }: FileLine): ListChunk {
  const isChunk = Number.isSafeInteger(call) && isCount(item) && isCount(first) && isTexts(values);
  const isFitting = isChunk && (keys === undefined || (isTexts(keys) && keys.length === values.length));
  if (!isFitting || !values.every(isEncoded)) throw refused("a list lacks what it is");
  return {
    call: call as number,
    item,
    first,
    values,
    ...(keys === undefined ? {} : { keys: keys as readonly string[] }),
  };
}

function isEncoded(value: string): boolean {
  try {
    JSON.parse(value);
  } catch {
    return false;
  }
  return !/[\n\t]/.test(value) && value.isWellFormed();
}

const LEVELS: ReadonlySet<unknown> = new Set([
  "debug",
  "info",
  "warn",
  "error",
  "progress",
  "stream",
  "out",
  "err",
  "span",
]);

function logOf({ call, item, attempt, at, level, text, fields }: FileLine): LogLine {
  const isLine =
    isCount(call) && isCount(item) && isCount(attempt) && typeof at === "number" && typeof text === "string";
  if (!isLine || !LEVELS.has(level) || (fields !== undefined && !(typeof fields === "string" && isEncoded(fields))))
    throw refused("a line that a node logged lacks what it is");
  return {
    call,
    item,
    attempt,
    at,
    level: level as LogLine["level"],
    text,
    ...(fields === undefined ? {} : { fields }),
  };
}
