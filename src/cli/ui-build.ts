/**
 * The pages of the server in a checkout, where nobody has built them yet.
 *
 * R1. The installed package brings them built; then nothing is done here.
 * R2. A checkout builds them when its sources are newer than what was built. Without the builder the server says so on its page.
 * R3. Of several processes one builds, the others wait for it; a server that runs meanwhile has the old pages until the new ones are
 *     whole.
 */
import { spawn } from "node:child_process";
import { existsSync, globSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readOfflinePage } from "../app/offline-page.ts";
import { systemClock } from "../base/clock.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CONFIG = `${ROOT}ui/vite.config.ts`;
const OFFLINE_CONFIG = `${ROOT}ui/vite.offline.config.ts`;
const BUILDER = `${ROOT}node_modules/vite/bin/vite.js`;
const PAGES = `${ROOT}dist-ui`;
const LOCK = `${ROOT}node_modules/.workgraph-ui-build`;
const LOOK_EVERY_MS = 100;
/** Whoever built for so long was killed. */
const LOST_AFTER_MS = 120_000;

interface Teller {
  line(text: string): void;
}

export async function ensurePages(say: Teller): Promise<void> {
  const problems = await ensure("index.html", CONFIG, say);
  if (problems !== undefined) say.line(`The pages could not be built; the server runs without them.\n${problems}`);
}

/**
 * The page that a run is exported into.
 *
 * @throws WorkgraphError WG4069 where it is not built and cannot be.
 */
export async function offlinePage(say: Teller): Promise<string> {
  const problems = await ensure("offline.html", OFFLINE_CONFIG, say);
  return readOfflinePage(PAGES, problems);
}

/** What went wrong, if anything did. */
async function ensure(page: string, config: string, say: Teller): Promise<string | undefined> {
  if (!existsSync(config) || !existsSync(BUILDER) || isFresh(page)) return undefined;
  while (!taken()) await sleep(LOOK_EVERY_MS);
  try {
    return isFresh(page) ? undefined : await build(page, config, say);
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

/** R3. */
function taken(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    const made = statSync(LOCK, { throwIfNoEntry: false });
    if (made && systemClock.now() - made.mtimeMs > LOST_AFTER_MS) rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
}

async function build(page: string, config: string, say: Teller): Promise<string | undefined> {
  say.line("Building the pages (a few seconds, once per change of their source).");
  const fresh = `${PAGES}.new`;
  const words = ["build", "--config", config, "--outDir", fresh, "--emptyOutDir", "--logLevel", "error"];
  const built = spawn(process.execPath, [BUILDER, ...words], { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
  let problems = "";
  built.stderr.setEncoding("utf8").on("data", (text: string) => (problems += text));
  const code = await new Promise<number | null>((resolve) =>
    built.once("close", resolve).once("error", () => resolve(null)),
  );
  if (code !== 0) return problems.trim();
  if (page === "index.html") {
    rmSync(`${PAGES}.old`, { recursive: true, force: true });
    if (existsSync(PAGES)) renameSync(PAGES, `${PAGES}.old`);
    renameSync(fresh, PAGES);
    rmSync(`${PAGES}.old`, { recursive: true, force: true });
  } else {
    mkdirSync(PAGES, { recursive: true });
    renameSync(`${fresh}/${page}`, `${PAGES}/${page}`);
    rmSync(fresh, { recursive: true, force: true });
  }
  return undefined;
}

function isFresh(page: string): boolean {
  const made = statSync(`${PAGES}/${page}`, { throwIfNoEntry: false });
  if (!made) return false;
  const sources = globSync(["ui/**/*.{ts,tsx,css,html}", "src/{base,model}/**/*.ts"], { cwd: ROOT });
  return sources.every((path) => statSync(`${ROOT}${path}`).mtimeMs <= made.mtimeMs);
}
