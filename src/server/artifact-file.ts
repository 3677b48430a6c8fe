/**
 * A file of a published folder.
 *
 * R1. Which file is meant, the manifest says: a path that is no entry of it is no file. Where it really is, is looked at all the same.
 * R2. It is hostile: sent to be saved, in a sandbox, under a type that no browser executes.
 */
import { join } from "node:path";
import { runArtifact } from "../app/operations/show-artifact.ts";
import type { Workspace } from "../app/workspace.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { bodyOf, type openBelow } from "./files.ts";
import { headersOf } from "./response.ts";

export interface ArtifactFileInput {
  readonly run: string;
  readonly name: string;
  readonly file: string;
}

const MAX_FILES = 1_000_000;
/** Shown from a blob by the page itself; anything else is bytes. */
const HARMLESS = /^(image\/(png|jpeg|gif|webp)|text\/(plain|csv)|application\/(json|pdf))\b/;

export async function artifactFile(
  request: Request,
  input: ArtifactFileInput,
  from: { readonly workspace: Workspace; readonly open: typeof openBelow },
): Promise<Response> {
  const { project } = from.workspace;
  const { run, name } = input;
  const artifact = await runArtifact(from.workspace, { run, name, limit: MAX_FILES });
  const entry = artifact.manifest.files.find(({ path }) => path === input.file);
  const opened = entry === undefined ? undefined : await from.open(join(project.root, artifact.path), entry.path);
  if (entry === undefined || opened === undefined) {
    throw new WorkgraphError("WG6012", `artifact "${artifact.selector}" has no file ${JSON.stringify(input.file)}`, {
      hint: `/api/runs/${run}/artifact?name=${name} shows its manifest.`,
    });
  }
  if (request.method === "HEAD") await opened.file.close();
  const type = HARMLESS.exec(entry.mediaType)?.[0] ?? "application/octet-stream";
  const fileName = encodeURIComponent(entry.path.split("/").at(-1) ?? "file");
  return new Response(request.method === "HEAD" ? null : bodyOf(opened), {
    headers: {
      ...headersOf("hostile"),
      "content-type": type.startsWith("text/") ? `${type}; charset=utf-8` : type,
      "content-length": String(opened.sizeBytes),
      "content-disposition": `attachment; filename*=UTF-8''${fileName}`,
    },
  });
}
