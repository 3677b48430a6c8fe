/**
 * What you see here: a workflow that reads the world and leaves files in it. One node looks at the weather inside this machine (its load
 * and memory) and writes a page about it; the next opens the page in a real browser and publishes the screenshot as an artifact;
 * the last says what is in it. With `--url`, it is that page, live.
 *
 *   workgraph run examples/from-python/external-capture.ts
 *   workgraph run examples/from-python/external-capture.ts --url https://wttr.in/Chicago
 *   workgraph artifact latest
 *
 * It needs Chromium: the environment variable CHROMIUM names it, otherwise /usr/bin/chromium is taken.
 */
import { execFile } from "node:child_process";
import { access, constants, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { availableParallelism, freemem, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { FatalError, node, workflow, type ArtifactRef } from "agentic-workgraph";

interface Observation {
  readonly at: string;
  readonly loadPerCore: number;
  readonly freeShare: number;
}

const WIDTH = 800;
const HEIGHT = 600;

const observeMachine = node({ id: "observe_machine", effect: true }, async (): Promise<Observation> => {
  const [load = 0] = loadavg();
  return {
    at: new Date().toISOString(),
    loadPerCore: load / availableParallelism(),
    freeShare: freemem() / totalmem(),
  };
});

const percent = (share: number): string => `${Math.round(100 * share)} %`;

const writePage = node({ id: "write_page" }, async ({ observation }: { observation: Observation }, ctx) => {
  const { at, loadPerCore, freeShare } = observation;
  const dir = await ctx.artifact("page", { kind: "page" });
  const rows = [
    ["Observed", at],
    ["Load per core", loadPerCore.toFixed(2)],
    ["Free memory", percent(freeShare)],
  ].map(([name, value]) => `<tr><th>${name}</th><td>${value}</td></tr>`);
  const style =
    "body{font:20px sans-serif;margin:40px;background:#123;color:#fff} th{text-align:left;padding-right:30px}";
  await dir.write(
    "index.html",
    `<!doctype html><meta charset="utf-8"><style>${style}</style><h1>Weather inside</h1><table>${rows.join("")}</table>\n`,
  );
  return dir;
});

/** The browser of this machine. */
async function chromium(): Promise<string> {
  const path = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  await access(path, constants.X_OK).catch(() => {
    throw new FatalError(`there is no browser at "${path}": install Chromium, or name it in the variable CHROMIUM`);
  });
  return path;
}

const capture = node(
  { id: "capture_page", timeout: "60s", effect: true },
  async ({ page, url }: { page?: ArtifactRef; url: string }, ctx) => {
    const browser = await chromium();
    const address =
      page === undefined ? new URL(url) : pathToFileURL(join((await ctx.openArtifact(page)).path, "index.html"));
    const dir = await ctx.artifact("screenshot", { kind: "screenshot" });
    const profile = await mkdtemp(join(tmpdir(), "capture-"));
    try {
      await promisify(execFile)(
        browser,
        [
          "--headless",
          "--hide-scrollbars",
          "--disable-gpu",
          // Chromium refuses its sandbox to root, as whom containers run.
          ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
          `--user-data-dir=${profile}`,
          `--window-size=${WIDTH},${HEIGHT}`,
          `--screenshot=${join(dir.path, "page.png")}`,
          address.href,
        ],
        { signal: ctx.signal },
      );
      await stat(join(dir.path, "page.png")).catch(() => {
        throw new Error(`the browser made no picture of ${address.href}`);
      });
    } finally {
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    }
    return dir;
  },
);

const summarize = node({ id: "summarize_capture" }, async ({ screenshot }: { screenshot: ArtifactRef }, ctx) => {
  const { path, ref } = await ctx.openArtifact(screenshot);
  const png = await readFile(join(path, "page.png"));
  // Width and height stand in the first chunk of every PNG file.
  return { screenshot: ref, width: png.readUInt32BE(16), height: png.readUInt32BE(20), sizeBytes: png.length };
});

export const externalCapture = workflow({ name: "example-external-capture" }, ({ url = "" }: { url?: string }) => {
  const screenshot =
    url === "" ? capture({ page: writePage({ observation: observeMachine({}) }), url }) : capture({ url });
  return summarize({ screenshot });
});
