/**
 * The pages of the server in a checkout, where nobody has built them yet.
 *
 * R1. The installed package brings them built; then nothing is done here.
 * R2. A checkout builds them when its sources are newer than what was built. Without the builder the server says so on its page.
 */
import { spawn } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CONFIG = `${ROOT}ui/vite.config.ts`;
const BUILDER = `${ROOT}node_modules/vite/bin/vite.js`;

export async function ensurePages(say: { line(text: string): void }): Promise<void> {
  if (!existsSync(CONFIG) || !existsSync(BUILDER) || isFresh()) return;
  say.line("Building the pages (a few seconds, once per change of their source).");
  const built = spawn(process.execPath, [BUILDER, "build", "--config", CONFIG, "--logLevel", "error"], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let problems = "";
  built.stderr.setEncoding("utf8").on("data", (text: string) => (problems += text));
  const code = await new Promise<number | null>((resolve) =>
    built.once("close", resolve).once("error", () => resolve(null)),
  );
  if (code !== 0) say.line(`The pages could not be built; the server runs without them.\n${problems.trim()}`);
}

function isFresh(): boolean {
  const made = statSync(`${ROOT}dist-ui/index.html`, { throwIfNoEntry: false });
  if (!made) return false;
  const sources = globSync(["ui/**/*.{ts,tsx,css,html}", "src/{base,model}/**/*.ts"], { cwd: ROOT });
  return sources.every((path) => statSync(`${ROOT}${path}`).mtimeMs <= made.mtimeMs);
}
