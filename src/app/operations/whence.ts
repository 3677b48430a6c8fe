/** Where a file comes from, by its content: the run, the item, the node and the line of source that made it. */
import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import { whenceOf, type Origin } from "../../artifacts/whence.ts";
import { formatAddress } from "../../model/ids.ts";
import { selectorOf } from "../../model/manifest.ts";
import { WorkgraphError, type SourceSite } from "../../model/workgraph-error.ts";
import type { Workspace } from "../workspace.ts";

export interface WhenceInput {
  /** Absolute. */
  readonly file: string;
}

export interface WhenceOrigin {
  /** The artifact that holds it. */
  readonly selector: string;
  /** Its path in there. */
  readonly path: string;
  /** Folder of the artifact, relative to the project; undefined when it is gone. */
  readonly folder?: string;
  readonly createdAt: string;
  readonly run: string;
  readonly workflow: string;
  /** The item that made it. */
  readonly address: string;
  readonly node: string;
  readonly attempt: number;
  /** Hash of the code that made it. */
  readonly version: string;
  /** Where the node is written, in that version; the file is relative to the project. */
  readonly source?: { readonly file: string; readonly line: number };
  /** Where the node was called; undefined when the history does not know the run. */
  readonly calledAt?: SourceSite;
  readonly known: Origin["known"];
}

export interface WhenceOutput {
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Oldest first: the first one made it. */
  readonly origins: readonly WhenceOrigin[];
}

/** @throws WorkgraphError WG5120 when no artifact has a file of that content; WG5121 when the file cannot be read */
export async function whence(workspace: Workspace, { file }: WhenceInput): Promise<WhenceOutput> {
  const { project, store } = workspace;
  const artifacts = new FolderArtifacts(project);
  // A link that somebody made to the file is as good as the file.
  const real = await realpath(file).catch(unreadable(file));
  const { sha256, sizeBytes, origins } = await whenceOf(real, { artifacts, store, root: project.root }).catch(
    unreadable(file),
  );
  if (origins.length === 0) {
    throw new WorkgraphError(
      "WG5120",
      `"${basename(file)}" was not produced here: no artifact has a file of that content`,
      {
        hint: "One changed byte makes another content. Other projects have artifacts of their own.",
        details: { sha256, sizeBytes },
      },
    );
  }
  return {
    file,
    sha256,
    sizeBytes,
    origins: await Promise.all(origins.map((origin) => told(workspace, artifacts, origin))),
  };
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof WorkgraphError && error.code !== "WG5103") throw error;
    const reason = code === "ENOENT" ? "there is no such file" : (error as Error).message;
    throw new WorkgraphError("WG5121", `"${file}" cannot be looked up: ${reason}`, {
      hint: "Name one plain file.",
      cause: error,
    });
  };
}

async function told({ store }: Workspace, artifacts: FolderArtifacts, origin: Origin): Promise<WhenceOrigin> {
  const { manifest, path, folder, known } = origin;
  const { run, workflow, call, item, node, attempt, version, source } = manifest.producer;
  const calls = (await store.run(run)) === undefined ? [] : await store.calls(run).catch(() => []);
  const calledAt = calls.find((row) => row.call === call)?.event.site;
  return {
    selector: selectorOf(manifest),
    path,
    ...(folder === undefined ? {} : { folder: artifacts.pathOf({ workflow, run, name: manifest.name }) }),
    createdAt: manifest.createdAt,
    run,
    workflow,
    address: formatAddress(run, call, item),
    node,
    attempt,
    version,
    ...(source === undefined ? {} : { source }),
    ...(calledAt === undefined ? {} : { calledAt }),
    known,
  };
}
