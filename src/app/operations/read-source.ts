/**
 * The source that a run ran with, from the store: never from the files as they are now.
 *
 * R1. Every file says where it is on disk and whether that is still what ran; a part says at which line it begins.
 */
import { nearestName } from "../../base/nearest-name.ts";
import type { RunId } from "../../model/ids.ts";
import { WorkgraphError, type SourceSite } from "../../model/workgraph-error.ts";
import type { StoredVersion } from "../../version/stored-version.ts";
import { findRun, unknownCall } from "../find-run.ts";
import { SourceStanding, type FileNow, type SourcePlace } from "../source-standing.ts";
import type { Workspace } from "../workspace.ts";

export interface ReadSourceInput {
  /** A run, or `RUN.CALL`: then the file that call is made in. */
  readonly run: string;
  /** Path of one file, or its end. */
  readonly file?: string;
  /** Id of a node: the pieces of code that it is made of. */
  readonly node?: string;
  /** The part around this line. */
  readonly line?: number;
  /** Lines before and after it; default 20. */
  readonly around?: number;
}

export interface SourceEntry {
  /** Relative to the folder of the project it was stored from, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Of a part: its first line, from 1. */
  readonly fromLine?: number;
  /** Of a part of a node: what is declared there. */
  readonly name?: string;
  /** Absolute path of the file in the project. */
  readonly onDisk: string;
  /** Compared with the file in the project now. */
  readonly now: FileNow;
}

export interface ReadSourceOutput {
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  /** The workflow's file first. */
  readonly files: readonly SourceEntry[];
  /** Where the call is made, when one was asked for. */
  readonly site?: SourceSite;
  /** The line of that call, or the one that was asked for, with where to edit it. */
  readonly place?: SourcePlace;
}

const AROUND = 20;

export async function readSource(workspace: Workspace, input: ReadSourceInput): Promise<ReadSourceOutput> {
  const { store } = workspace;
  const { run, call } = await findRun(store, input.run);
  if (run.manifest === undefined) {
    throw new WorkgraphError("WG5045", `run ${run.runId} kept no source: its version is "${run.version}"`, {
      hint: "Code that is in no file, as in a REPL, is not stored.",
    });
  }
  const { loadVersion } = await import("../../version/stored-version.ts");
  const version = await loadVersion(store, run.manifest);
  const site = call === undefined ? undefined : await siteOf(workspace, { run, call });
  const standing = await SourceStanding.of(workspace, run);
  const files = version.sources
    .toSorted((a, b) => Number(b.path === version.path) - Number(a.path === version.path))
    .map(({ path, text }) => ({ path, text, ...standingOf(standing, path, text) }));
  const facts = { runId: run.runId, workflow: run.workflow, version: run.version };
  if (input.node !== undefined) return { ...facts, files: await piecesOfNode(files, version, input.node) };
  const wanted = input.file ?? site?.file ?? (input.line === undefined ? undefined : version.path);
  if (wanted === undefined) return { ...facts, files };
  const file = chosen(files, wanted, version);
  const line = input.line ?? site?.line;
  const place = line === undefined ? undefined : standing.place({ file: file.path, line });
  return {
    ...facts,
    files: [input.line === undefined ? file : partOf(file, input.line, input.around ?? AROUND)],
    ...(site === undefined ? {} : { site }),
    ...(place === undefined ? {} : { place }),
  };
}

function standingOf(standing: SourceStanding, path: string, text: string): Pick<SourceEntry, "onDisk" | "now"> {
  const { onDisk, now } = standing.file(path, text);
  return { onDisk, now };
}

function partOf(file: SourceEntry, line: number, around: number): SourceEntry {
  const lines = file.text.split("\n");
  const first = Math.min(Math.max(0, line - 1 - around), Math.max(0, lines.length - 1));
  return { ...file, text: lines.slice(first, line + around).join("\n"), fromLine: first + 1 };
}

async function piecesOfNode(
  files: readonly SourceEntry[],
  version: StoredVersion,
  node: string,
): Promise<readonly SourceEntry[]> {
  const ids = version.nodes.map(({ id }) => id);
  if (!ids.includes(node)) {
    const near = nearestName(node, ids);
    throw new WorkgraphError("WG5045", `the version has no node "${node}"`, {
      hint: near ? `Did you mean "${near}"?` : `It has: ${ids.join(", ")}.`,
    });
  }
  const { piecesOf } = await import("../../version/closure-diff.ts");
  return [...(await piecesOf(version, node)).values()].flatMap(({ file, line, lines, name }) => {
    const found = files.find(({ path }) => path === file);
    return found && lines.length > 0 ? [{ ...found, text: lines.join("\n"), fromLine: line, name }] : [];
  });
}

async function siteOf(
  { store }: Workspace,
  { run, call }: { readonly run: Parameters<typeof unknownCall>[0]; readonly call: number },
): Promise<SourceSite | undefined> {
  const row = (await store.calls(run.runId)).find((candidate) => candidate.call === call);
  if (row === undefined) throw unknownCall(run, call);
  return row.event.site;
}

function chosen(files: readonly SourceEntry[], wanted: string, version: StoredVersion): SourceEntry {
  const path = wanted.replaceAll("\\", "/");
  const found =
    files.find((file) => file.path === path) ??
    files.find((file) => file.path.endsWith(`/${path}`) || path.endsWith(`/${file.path}`));
  if (found) return found;
  const paths = version.sources.map((source) => source.path);
  const near = nearestName(path, paths);
  throw new WorkgraphError("WG5045", `the version has no file "${wanted}"`, {
    hint: near ? `Did you mean "${near}"?` : `It has: ${paths.join(", ")}.`,
  });
}
