/**
 * The file that an export made, as a download: whole, or a range of it.
 *
 * R1. Which file is meant, the operation says that made it; no part of a path comes from a request.
 * R2. It holds what runs recorded, and is as hostile as that: sent to be saved, in a sandbox, under a type that no browser executes.
 * R3. It is sent as it is read, and stays until it was sent.
 */
import type { EventEmitter } from "node:events";
import type { ReadyFile } from "../app/run-files.ts";
import type { RunFormat } from "../model/run-format.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { bodyOf, type OpenedFile, type openBelow } from "./files.ts";
import { headersOf } from "./response.ts";

const MEDIA_TYPES: Readonly<Record<RunFormat, string>> = {
  workgraph: "application/gzip",
  html: "application/octet-stream",
  chrome: "application/json",
  speedscope: "application/json",
  otlp: "application/json",
  ndjson: "application/x-ndjson",
};

export async function exportDownload(
  request: Request,
  { id }: { readonly id: string },
  from: { readonly take: (id: string) => ReadyFile; readonly open: typeof openBelow },
): Promise<Response> {
  const ready = from.take(id);
  let opened: OpenedFile | undefined;
  try {
    opened = await from.open(ready.folder, ready.name);
  } finally {
    if (opened === undefined) ready.ended();
  }
  if (opened === undefined) {
    throw new WorkgraphError("WG6121", `the file of "${id}" is not there any more`, { hint: "Export the run again." });
  }
  // R3.
  (opened.file as unknown as EventEmitter).once("close", ready.ended);
  const { sizeBytes } = opened;
  const etag = `"${id}"`;
  const headers = {
    ...headersOf("hostile"),
    "content-type": MEDIA_TYPES[ready.format],
    "content-disposition": `attachment; filename="${ready.name}"`,
    "accept-ranges": "bytes",
    etag,
  };
  const range = rangeOf(request, { sizeBytes, etag });
  const isHead = request.method === "HEAD";
  if (isHead || range === "none") await opened.file.close();
  if (range === "none")
    return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${sizeBytes}` } });
  const { from: first, to: last } = range ?? { from: 0, to: sizeBytes - 1 };
  return new Response(isHead ? null : bodyOf(opened, range), {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      "content-length": String(last - first + 1),
      ...(range === undefined ? {} : { "content-range": `bytes ${first}-${last}/${sizeBytes}` }),
    },
  });
}

/** One range from the beginning or up to the end; whatever else is asked is answered with the whole, as the protocol allows. */
function rangeOf(
  { headers }: Request,
  of: { readonly sizeBytes: number; readonly etag: string },
): { readonly from: number; readonly to: number } | "none" | undefined {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(headers.get("range") ?? "");
  const unless = headers.get("if-range");
  if (match === null || (unless !== null && unless !== of.etag)) return undefined;
  const from = Number(match[1]);
  const to = match[2] === "" ? of.sizeBytes - 1 : Math.min(Number(match[2]), of.sizeBytes - 1);
  return from >= of.sizeBytes || to < from ? "none" : { from, to };
}
