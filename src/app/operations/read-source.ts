/** The source that a run ran with, from the store: never from the files as they are now. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { nearestName } from "../../base/nearest-name.ts";
import type { RunId } from "../../model/ids.ts";
import { WorkgraphError, type SourceSite } from "../../model/workgraph-error.ts";
import type { StoredVersion } from "../../version/stored-version.ts";
import { findRun, unknownCall } from "../find-run.ts";
import type { Workspace } from "../workspace.ts";

export interface ReadSourceInput {
  /** A run, or `RUN.CALL`: then the file that call is made in. */
  readonly run: string;
  /** Path of one file, or its end. */
  readonly file?: string;
}

export interface SourceEntry {
  /** Relative to the folder of the project it was stored from, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Compared with the file in the project now. */
  readonly now: "same" | "changed" | "missing";
}

export interface ReadSourceOutput {
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  /** The workflow's file first. */
  readonly files: readonly SourceEntry[];
  /** Where the call is made, when one was asked for. */
  readonly site?: SourceSite;
}

export async function readSource(workspace: Workspace, input: ReadSourceInput): Promise<ReadSourceOutput> {
  const { store, project } = workspace;
  const { run, call } = await findRun(store, input.run);
  if (run.manifest === undefined) {
    throw new WorkgraphError("WG5045", `run ${run.runId} kept no source: its version is "${run.version}"`, {
      hint: "Code that is in no file, as in a REPL, is not stored.",
    });
  }
  const { loadVersion } = await import("../../version/stored-version.ts");
  const version = await loadVersion(store, run.manifest);
  const site = call === undefined ? undefined : await siteOf(workspace, { run, call });
  const files = version.sources
    .toSorted((a, b) => Number(b.path === version.path) - Number(a.path === version.path))
    .map(({ path, text }) => ({ path, text, now: compared(resolve(project.root, run.code?.root ?? "", path), text) }));
  const wanted = input.file ?? site?.file;
  return {
    runId: run.runId,
    workflow: run.workflow,
    version: run.version,
    files: wanted === undefined ? files : [chosen(files, wanted, version)],
    ...(site === undefined ? {} : { site }),
  };
}

async function siteOf(
  { store }: Workspace,
  { run, call }: { readonly run: Parameters<typeof unknownCall>[0]; readonly call: number },
): Promise<SourceSite | undefined> {
  const row = (await store.calls(run.runId)).find((candidate) => candidate.call === call);
  if (row === undefined) throw unknownCall(run, call);
  return row.event.site;
}

function compared(file: string, text: string): SourceEntry["now"] {
  if (!existsSync(file)) return "missing";
  try {
    return readFileSync(file, "utf8") === text ? "same" : "changed";
  } catch {
    return "missing";
  }
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
