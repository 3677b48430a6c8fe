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

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CONFIG = `${ROOT}ui/vite.config.ts`;
const BUILDER = `${ROOT}node_modules/vite/bin/vite.js`;
const PAGES = `${ROOT}dist-ui`;
const LOCK = `${ROOT}node_modules/.workgraph-ui-build`;
const LOOK_EVERY_MS = 100;
/** Whoever built for so long was killed. */
const LOST_AFTER_MS = 120_000;

export async function ensurePages(say: { line(text: string): void }): Promise<void> {
  if (!existsSync(CONFIG) || !existsSync(BUILDER) || isFresh()) return;
  while (!taken()) await sleep(LOOK_EVERY_MS);
  try {
    if (!isFresh()) await build(say);
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
    if (made && Date.now() - made.mtimeMs > LOST_AFTER_MS) rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
}

async function build(say: { line(text: string): void }): Promise<void> {
  say.line("Building the pages (a few seconds, once per change of their source).");
  const fresh = `${PAGES}.new`;
  const words = ["build", "--config", CONFIG, "--outDir", fresh, "--emptyOutDir", "--logLevel", "error"];
  const built = spawn(process.execPath, [BUILDER, ...words], { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
  let problems = "";
  built.stderr.setEncoding("utf8").on("data", (text: string) => (problems += text));
  const code = await new Promise<number | null>((resolve) =>
    built.once("close", resolve).once("error", () => resolve(null)),
  );
  if (code !== 0) return say.line(`The pages could not be built; the server runs without them.\n${problems.trim()}`);
  rmSync(`${PAGES}.old`, { recursive: true, force: true });
  if (existsSync(PAGES)) renameSync(PAGES, `${PAGES}.old`);
  renameSync(fresh, PAGES);
  rmSync(`${PAGES}.old`, { recursive: true, force: true });
}

function isFresh(): boolean {
  const made = statSync(`${PAGES}/index.html`, { throwIfNoEntry: false });
  if (!made) return false;
  const sources = globSync(["ui/**/*.{ts,tsx,css,html}", "src/{base,model}/**/*.ts"], { cwd: ROOT });
  return sources.every((path) => statSync(`${ROOT}${path}`).mtimeMs <= made.mtimeMs);
}
