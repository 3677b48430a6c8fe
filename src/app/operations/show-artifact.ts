/** One published folder: its manifest, who made it from what, and who opened it. */
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import type { FoundArtifact } from "../../artifacts/artifact-store.ts";
import { decode } from "../../model/codec.ts";
import { formatAddress } from "../../model/ids.ts";
import type { ArtifactManifest } from "../../model/manifest.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { findRun } from "../find-run.ts";
import { commandLine } from "../../model/command-line.ts";
import { nearestName } from "../../base/nearest-name.ts";
import type { RunRow } from "../../store/store.ts";
import type { Workspace } from "../workspace.ts";
import { entryOfFound, type ArtifactEntry } from "./list-artifacts.ts";
import { outputSeq } from "./read-output.ts";

export interface ShowArtifactInput {
  readonly selector: string;
  /** Absolute folder that a relative path is relative to, besides the project. */
  readonly from?: string;
  /** Files of the manifest at most; default 1,000. */
  readonly limit?: number;
}

export interface ArtifactReader {
  /** The item that opened it. */
  readonly address: string;
  /** As it asked for it. */
  readonly asked: string;
}

export interface ShowArtifactOutput extends ArtifactEntry {
  /** With `files` cut to the limit. */
  readonly manifest: ArtifactManifest;
  readonly filesTruncated: boolean;
  readonly readBy: readonly ArtifactReader[];
}

const MAX_FILES = 1000;
const MAX_READERS = 100;

/** @throws WorkgraphError WG5110, WG5111, WG5113, WG5115 */
export async function showArtifact(workspace: Workspace, input: ShowArtifactInput): Promise<ShowArtifactOutput> {
  const store = new FolderArtifacts(workspace.project);
  const found = await store.resolve(input.selector, input.from === undefined ? {} : { from: input.from });
  return shown(workspace, { found, limit: input.limit });
}

export interface RunArtifactInput {
  readonly run: string;
  /** One of several; default the final one. */
  readonly name?: string;
  readonly limit?: number;
}

export interface RunArtifactOutput extends ShowArtifactOutput {
  /** Names of all artifacts of the run, in the order they were published; at most 1,000. */
  readonly names: readonly string[];
}

/** The final artifact of a run: the one that it returned, otherwise the last that it published. Throws WG5116 when there is none. */
export async function runArtifact(workspace: Workspace, input: RunArtifactInput): Promise<RunArtifactOutput> {
  const { store, project } = workspace;
  const { run } = await findRun(store, input.run);
  const { artifacts: rows } = await store.artifacts({ runId: run.runId, limit: 1000 });
  const names = rows.map((row) => row.name).toReversed();
  const selector =
    input.name === undefined
      ? ((await returnedSelector(workspace, run)) ?? (names.length > 0 ? selectorIn(run, names.at(-1)!) : undefined))
      : selectorIn(run, input.name);
  if (selector === undefined || (input.name !== undefined && !names.includes(input.name)))
    throw noArtifact(run, input.name, names);
  const artifacts = new FolderArtifacts(project);
  const found = await artifacts.resolve(selector);
  return { ...(await shown(workspace, { found, limit: input.limit })), names };
}

function selectorIn(run: RunRow, name: string): string {
  return `${run.workflow}/${name}@${run.runId}`;
}

function noArtifact(run: RunRow, name: string | undefined, names: readonly string[]): WorkgraphError {
  const near = name === undefined ? undefined : nearestName(name, names);
  const what = name === undefined || names.length === 0 ? "published no artifact" : `published no artifact "${name}"`;
  return new WorkgraphError("WG5116", `run ${run.runId} of "${run.workflow}" ${what}`, {
    hint:
      near !== undefined
        ? `Did you mean "${near}"?`
        : names.length > 0
          ? `It published: ${names.slice(0, 10).join(", ")}.`
          : `"${commandLine("artifacts ls")}" lists those of all runs.`,
  });
}

/** The first reference in what the run returned. */
async function returnedSelector({ store }: Workspace, run: RunRow): Promise<string | undefined> {
  const seq = await outputSeq(store, run);
  const text = seq === undefined ? undefined : await store.eventValue(run.runId, seq);
  return text === undefined ? undefined : referenceIn(decode(text));
}

function referenceIn(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { selector, sha256, path } = value as Readonly<Record<string, unknown>>;
  if (typeof selector === "string" && typeof path === "string" && /^[0-9a-f]{64}$/.test(String(sha256)))
    return selector;
  for (const inner of Object.values(value)) {
    const found = referenceIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function shown(
  workspace: Workspace,
  of: { readonly found: FoundArtifact; readonly limit: number | undefined },
): Promise<ShowArtifactOutput> {
  const { manifest } = of.found;
  const limit = of.limit ?? MAX_FILES;
  const reads = await workspace.store.artifactReads({ sha256: manifest.sha256 }, MAX_READERS);
  return {
    ...entryOfFound(workspace.project, of.found),
    manifest: { ...manifest, files: manifest.files.slice(0, limit) },
    filesTruncated: manifest.files.length > limit,
    readBy: reads.map(({ runId, call, item, asked }) => ({ address: formatAddress(runId, call, item), asked })),
  };
}
