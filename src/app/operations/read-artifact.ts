/**
 * The text of a file of a published folder, in ranges.
 *
 * R1. Which file is meant, the manifest says; where it really is, is looked at all the same: a link that leads out is no file.
 * R2. What is no text is described, not shown.
 */
import { open, realpath } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { nearestName } from "../../base/nearest-name.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { Workspace } from "../workspace.ts";
import { runArtifact } from "./show-artifact.ts";

export interface ReadArtifactInput {
  readonly run: string;
  /** Name of the artifact. */
  readonly name: string;
  /** Path as the manifest has it; default: its only file. */
  readonly file?: string;
  /** Bytes; default 0. */
  readonly offset?: number;
  /** Bytes; default 16,384. */
  readonly length?: number;
}

export interface ReadArtifactOutput {
  readonly selector: string;
  readonly file: string;
  /** Absolute path of the file. */
  readonly onDisk: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Absent for what is no text. */
  readonly text?: string;
  readonly offset: number;
  /** There is more behind this part. */
  readonly truncated: boolean;
}

const MAX_FILES = 100_000;
const DEFAULT_LENGTH = 16_384;
const SHOWN_FILES = 10;

export async function readArtifact(workspace: Workspace, input: ReadArtifactInput): Promise<ReadArtifactOutput> {
  const { project } = workspace;
  const artifact = await runArtifact(workspace, { run: input.run, name: input.name, limit: MAX_FILES });
  const { files } = artifact.manifest;
  const entry =
    input.file === undefined && files.length === 1 ? files[0] : files.find(({ path }) => path === input.file);
  const paths = files.map(({ path }) => path);
  if (entry === undefined) throw noFile(artifact.selector, input.file, paths);
  const folder = await realpath(resolve(project.root, artifact.path));
  const onDisk = await realpath(join(folder, ...entry.path.split("/"))).catch(() => "");
  if (!onDisk.startsWith(`${folder}${sep}`)) throw noFile(artifact.selector, entry.path, paths);
  const offset = input.offset ?? 0;
  const bytes = await bytesOf(onDisk, { offset, length: input.length ?? DEFAULT_LENGTH });
  const text = textOf(bytes);
  return {
    selector: artifact.selector,
    file: entry.path,
    onDisk,
    mediaType: entry.mediaType,
    sizeBytes: entry.sizeBytes,
    sha256: entry.sha256,
    ...(text === undefined ? {} : { text }),
    offset,
    truncated: offset + bytes.length < entry.sizeBytes,
  };
}

async function bytesOf(
  path: string,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** R2. A character that the range cuts in two is left out at its ends. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  const text = new TextDecoder("utf-8").decode(bytes).replace(/^\uFFFD{1,3}|\uFFFD$/g, "");
  return text.includes("\uFFFD") ? undefined : text;
}

function noFile(selector: string, file: string | undefined, paths: readonly string[]): WorkgraphError {
  const near = file === undefined ? undefined : nearestName(file, paths);
  const message =
    file === undefined
      ? `artifact "${selector}" has ${paths.length} files: name one`
      : `artifact "${selector}" has no file ${JSON.stringify(file)}`;
  return new WorkgraphError("WG6135", message, {
    hint: near === undefined ? `It has: ${paths.slice(0, SHOWN_FILES).join(", ")}.` : `Did you mean "${near}"?`,
  });
}
