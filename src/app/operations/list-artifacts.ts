/**
 * Published folders, newest first.
 *
 * R1. The history lists them. Where it knows none at all (it was removed, or the folders came from elsewhere) the folders are read.
 */
import { join, relative, sep } from "node:path";
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import type { FoundArtifact } from "../../artifacts/artifact-store.ts";
import type { Project } from "../../model/config.ts";
import { formatAddress } from "../../model/ids.ts";
import { selectorOf } from "../../model/manifest.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { ArtifactFilter, ArtifactRow } from "../../store/store.ts";
import { isThere } from "../file-standing.ts";
import { findRun } from "../find-run.ts";
import { limitOf, type Page, type PageRequest } from "../paging.ts";
import { isoTime } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface ArtifactEntry {
  /** `workflow/name@RUN` */
  readonly selector: string;
  readonly name: string;
  readonly kind?: string;
  readonly labels: readonly string[];
  /** The item that published it. */
  readonly address: string;
  readonly createdAt: string;
  readonly files: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** The folder, relative to the project. */
  readonly path: string;
  /** False: the folder was removed or moved. */
  readonly present: boolean;
}

export interface ListArtifactsInput extends PageRequest {
  readonly run?: string;
  readonly workflow?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly label?: string;
}

export interface ListArtifactsOutput extends Page {
  readonly artifacts: readonly ArtifactEntry[];
  /** Where the list comes from. */
  readonly source: "history" | "folders";
}

const BOUNDS = { default: 50, max: 1000 } as const;

export async function listArtifacts(workspace: Workspace, input: ListArtifactsInput): Promise<ListArtifactsOutput> {
  const { store, project } = workspace;
  const limit = limitOf(input, BOUNDS);
  const known = (await store.artifacts({ limit: 1 })).total > 0;
  const inFolders = !known && (await isThere(project.artifactsDir));
  if (inFolders || input.cursor?.startsWith("folders.")) return fromFolders(workspace, input, limit);
  const before = cursorPlace(input.cursor);
  const filter: ArtifactFilter = {
    ...filterOf(input),
    ...(input.run === undefined ? {} : { runId: (await findRun(store, input.run)).run.runId }),
    ...(before ? { before } : {}),
    limit,
  };
  const { artifacts: rows, total } = await store.artifacts(filter);
  const artifacts = await Promise.all(rows.map((row) => entryOfRow(workspace, row)));
  const last = rows.at(-1);
  const isFull = last !== undefined && rows.length === limit;
  const rest = isFull ? (await store.artifacts({ ...filter, before: last, limit: 1 })).artifacts : [];
  const truncated = rest.length > 0;
  return {
    artifacts,
    source: "history",
    total,
    truncated,
    ...(truncated ? { cursor: `${last!.runId}.${last!.seq}` } : {}),
  };
}

function filterOf({ workflow, name, kind, label }: ListArtifactsInput): ArtifactFilter {
  return {
    ...(workflow === undefined ? {} : { workflow }),
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined ? {} : { kind }),
    ...(label === undefined ? {} : { label }),
  };
}

function cursorPlace(cursor: string | undefined): { readonly runId: string; readonly seq: number } | undefined {
  if (cursor === undefined) return undefined;
  const [, runId, seq] = /^([0-9A-Za-z_-]+)\.(\d{1,15})$/.exec(cursor) ?? [];
  if (runId !== undefined) return { runId, seq: Number(seq) };
  throw new WorkgraphError("WG5050", `"${cursor}" is no cursor of this list`, {
    hint: 'Give the "cursor" of the page before, unchanged.',
  });
}

/** R1. */
async function fromFolders(
  { project }: Workspace,
  input: ListArtifactsInput,
  limit: number,
): Promise<ListArtifactsOutput> {
  const store = new FolderArtifacts(project);
  const skip = Number(/^folders\.(\d{1,9})$/.exec(input.cursor ?? "folders.0")?.[1] ?? 0);
  const artifacts: ArtifactEntry[] = [];
  let seen = 0;
  for await (const found of store.list()) {
    if (!isWanted(found, input) || seen++ < skip) continue;
    if (artifacts.length === limit)
      return { artifacts, source: "folders", truncated: true, cursor: `folders.${skip + limit}` };
    artifacts.push(entryOfFound(project, found));
  }
  return { artifacts, source: "folders", truncated: false };
}

function isWanted({ manifest }: FoundArtifact, { run, workflow, name, kind, label }: ListArtifactsInput): boolean {
  return (
    (run === undefined || manifest.producer.run.startsWith(run.toUpperCase())) &&
    (workflow === undefined || manifest.producer.workflow === workflow) &&
    (name === undefined || manifest.name === name) &&
    (kind === undefined || manifest.kind === kind) &&
    (label === undefined || manifest.labels.includes(label))
  );
}

export function entryOfFound({ root }: Project, { folder, manifest }: FoundArtifact): ArtifactEntry {
  const { name, kind, labels, createdAt, files, sizeBytes, sha256, producer } = manifest;
  const { run, call, item } = producer;
  return {
    selector: selectorOf(manifest),
    name,
    ...(kind === undefined ? {} : { kind }),
    labels,
    address: formatAddress(run, call, item),
    createdAt,
    files: files.length,
    sizeBytes,
    sha256,
    path: relative(root, folder).replaceAll(sep, "/"),
    present: true,
  };
}

async function entryOfRow({ project }: Workspace, row: ArtifactRow): Promise<ArtifactEntry> {
  const { runId, workflow, name, kind, labels, call, item, at, files, sizeBytes, sha256 } = row;
  const path = new FolderArtifacts(project).pathOf({ workflow, run: runId, name });
  return {
    selector: `${workflow}/${name}@${runId}`,
    name,
    ...(kind === undefined ? {} : { kind }),
    labels,
    address: formatAddress(runId, call, item),
    createdAt: isoTime(at),
    files,
    sizeBytes,
    sha256,
    path,
    present: await isThere(join(project.root, path)),
  };
}
