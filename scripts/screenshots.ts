/**
 * The pictures of images/: the pages over real runs of the examples, in a Chromium of this machine.
 *
 *   node scripts/screenshots.ts                     all of them, over runs that are made for them in a folder of their own
 *   node scripts/screenshots.ts --data DIR          over the runs of DIR; those that are missing are made there
 *   node scripts/screenshots.ts --only compare      this one
 *
 * A picture that is larger than MAX_BYTES is an error: they are read over slow lines.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { PNG } from "pngjs";
import { atRest } from "../test/browser/in-page.js";
import { foundChromium } from "../test/browser/found-chromium.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIN = `${ROOT}bin/workgraph.js`;
const IMAGES = `${ROOT}images`;
const SIZE = { width: 1440, height: 900 };
const MAX_BYTES = 250 * 1024;
const PATIENCE_MS = 60_000;

interface RunEntry {
  readonly runId: string;
  readonly workflow: string;
  readonly tags: Readonly<Record<string, string>>;
}

interface Picture {
  readonly name: string;
  readonly theme: "dark" | "light";
  readonly path: string;
  readonly ready: string;
  /** Default that of SIZE. */
  readonly height?: number;
  readonly act?: (page: Page) => Promise<void>;
}

/** Runs that the pictures need: by tag, so that they are found again. */
const RUNS: readonly (readonly [tag: string, words: readonly string[]])[] = [
  ["hello", ["examples/01-hello.ts", "--names", "Ada, Grace"]],
  ["book", ["examples/11-artifacts.ts#bookmaking", "--chapters", "5"]],
  ["docs", ["examples/10-subgraphs.ts#checkDocs"]],
  ["failures", ["examples/06-failures.ts"]],
  ["loop", ["examples/03-loop.ts", "--limit", "8"]],
  ["canals", ["examples/research-pipeline/research-pipeline.ts", "--query", "railroads and canals"]],
  ["schools", ["examples/research-pipeline/research-pipeline.ts", "--query", "public schools and education"]],
];

const { values } = parseArgs({ options: { data: { type: "string" }, only: { type: "string" } } });
const made = values.data === undefined ? mkdtempSync(join(tmpdir(), "workgraph-pictures-")) : undefined;
const dir = values.data ?? join(made!, "data");
const executablePath = foundChromium();
if (executablePath === undefined) {
  console.error("No Chromium was found; install one, or name it in CHROMIUM.");
  process.exit(1);
}
mkdirSync(IMAGES, { recursive: true });
for (const [tag, words] of RUNS) {
  if (runOf(tag) !== undefined) continue;
  console.log(`npx workgraph run ${words.join(" ")}`);
  workgraph(["run", ...words, "--tag", `topic=${tag}`]);
}
const [server, address] = await served();
try {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  for (const picture of pictures()) {
    if (values.only !== undefined && values.only !== picture.name) continue;
    const context = await browser.newContext({
      viewport: { ...SIZE, height: picture.height ?? SIZE.height },
      colorScheme: picture.theme,
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto(new URL(picture.path, address).href);
    await page.locator(picture.ready).first().waitFor();
    await picture.act?.(page);
    await page.evaluate(atRest, PATIENCE_MS);
    const file = join(IMAGES, `${picture.name}.png`);
    writeFileSync(file, packed(await page.screenshot()));
    await context.close();
    const { size } = statSync(file);
    console.log(`${relative(ROOT, file)}  ${Math.round(size / 1024)} KB`);
    if (size > MAX_BYTES) {
      console.error(`It may have ${MAX_BYTES / 1024} KB.`);
      process.exitCode = 1;
    }
  }
  await browser.close();
} finally {
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await gone;
  if (made !== undefined) rmSync(made, { recursive: true, force: true });
}

/** The smallest of the ways to write it: a browser writes quickly. */
function packed(png: Buffer): Buffer {
  const image = PNG.sync.read(png);
  const ways = [0, 1, 4, -1].map((filterType) =>
    PNG.sync.write(image, { colorType: 2, deflateLevel: 9, deflateStrategy: 0, filterType }),
  );
  return [png, ...ways].toSorted((a, b) => a.length - b.length)[0]!;
}

function pictures(): readonly Picture[] {
  const [canals, schools] = [runOf("canals")!, runOf("schools")!];
  const ranked = itemsOf(canals, "rank_passages")[0]!;
  const [, call, item] = ranked.split(".");
  const failed = itemsOf(runOf("failures")!, undefined, "failed")[0]!.split(".");
  return [
    {
      name: "debugger-dark",
      theme: "dark",
      path: `/runs/${canals}?call=${call}&item=${item}&tab=lineage`,
      ready: ".edges button",
      act: async (page) => {
        await page.locator(".cm-line").first().waitFor();
        await page.getByRole("grid", { name: "Items" }).getByRole("row").nth(3).waitFor();
      },
    },
    {
      name: "debugger-light",
      theme: "light",
      path: `/runs/${failed[0]}?call=${failed[1]}&item=${failed[2]}&tab=attempts`,
      ready: ".inspector table",
      act: (page) => page.locator(".cm-line").first().waitFor(),
    },
    { name: "runs", theme: "dark", path: "/runs", ready: `a[href*="${canals}"]`, height: 420 },
    {
      name: "compare",
      theme: "dark",
      path: `/compare?a=${canals}&b=${schools}`,
      ready: ".sketch text",
      act: (page) => page.getByRole("heading", { name: "Nodes" }).waitFor(),
    },
  ];
}

function runOf(tag: string): string | undefined {
  const { runs } = workgraph(["runs", "--tag", `topic=${tag}`]) as { readonly runs: readonly RunEntry[] };
  return runs[0]?.runId;
}

function itemsOf(run: string, node?: string, status?: string): readonly string[] {
  const { items } = workgraph([
    "items",
    run,
    ...(node === undefined ? [] : ["--node", node]),
    ...(status === undefined ? [] : ["--status", status]),
  ]) as { readonly items: readonly { readonly address: string }[] };
  return items.map(({ address: one }) => one);
}

/** What the command line says as JSON; what a run comes to is no matter here. */
function workgraph(words: readonly string[]): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, [BIN, ...words, "--data", dir, "--json"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    throw new Error(`npx workgraph ${words.join(" ")} said: ${stdout}${stderr}`);
  }
}

/** A server of those runs, and the address of its pages. */
async function served(): Promise<readonly [ChildProcess, string]> {
  const child = spawn(process.execPath, [BIN, "dev", "--data", dir, "--port", "0"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  for await (const text of child.stdout as AsyncIterable<Buffer>) {
    said += text.toString();
    const found = /http:\/\/[\d.]+:\d+[^\s]*/.exec(said);
    if (found) return [child, found[0]];
  }
  throw new Error(`the server said: ${said}`);
}
