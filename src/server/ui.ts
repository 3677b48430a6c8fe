/**
 * The UI: files that were built, or a page that says that they are not there.
 *
 * R1. A path without a file of its own is one of the UI's own pages, which its program draws.
 * R2. Files with a hash in their name are kept by browsers; the page that names them is asked for each time.
 */
import { fileURLToPath } from "node:url";
import type { openBelow } from "./files.ts";
import { bodyOf } from "./files.ts";
import { headersOf } from "./response.ts";

/** Beside the sources in a checkout, beside the program in the package. */
export const UI_FOLDER: string = fileURLToPath(new URL("../../dist-ui/", import.meta.url));

const PAGE = "index.html";

export async function uiAnswer(
  path: string,
  from: { readonly folder: string; readonly open: typeof openBelow; readonly method: string },
): Promise<Response> {
  const name = path.slice(1);
  const found = name === "" ? undefined : await from.open(from.folder, name);
  const opened = found ?? (/\.[a-z0-9]+$/i.test(name) ? undefined : await from.open(from.folder, PAGE));
  if (opened === undefined) return name.includes(".") ? textAnswer("There is no such file.\n", 404) : notBuilt();
  const isLasting = found !== undefined && /^assets\/.*[-.][0-9A-Za-z_-]{8,}\.\w+$/.test(name);
  if (from.method === "HEAD") await opened.file.close();
  return new Response(from.method === "HEAD" ? null : bodyOf(opened), {
    headers: {
      ...headersOf("page"),
      "content-type": opened.mediaType,
      "content-length": String(opened.sizeBytes),
      "cache-control": isLasting ? "public, max-age=31536000, immutable" : "no-cache",
    },
  });
}

function textAnswer(text: string, status: number): Response {
  return new Response(text, { status, headers: { ...headersOf("api"), "content-type": "text/plain; charset=utf-8" } });
}

function notBuilt(): Response {
  const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>agentic-workgraph</title></head>
<body><h1>The server runs; its web interface is not built here</h1>
<p>The program in this folder came without its pages. Everything is there for programs:</p>
<ul><li><a href="/api/runs">/api/runs</a></li><li><a href="/api/workflows">/api/workflows</a></li>
<li><a href="/api/openapi.json">/api/openapi.json</a>: all of it, described</li></ul></body></html>
`;
  return new Response(page, { headers: { ...headersOf("page"), "content-type": "text/html; charset=utf-8" } });
}
