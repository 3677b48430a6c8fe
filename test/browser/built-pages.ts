/**
 * The pages as the server sends them, built once however many test files want them.
 *
 * WORKGRAPH_TEST_UI names a folder with another build of them, which is then taken as it is.
 */
import { existsSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ensurePages } from "../../src/cli/ui-build.ts";

const BUILT: string = fileURLToPath(new URL("../../dist-ui", import.meta.url));
const LOCK: string = fileURLToPath(new URL("../../node_modules/.workgraph-ui-build", import.meta.url));
const LOST_AFTER_MS = 120_000;

/** The folder of the pages; builds them when their source is newer. */
export async function builtPages(): Promise<string> {
  const given = process.env["WORKGRAPH_TEST_UI"];
  if (given !== undefined && given !== "") return given;
  while (!taken()) await sleep(100);
  try {
    const problems: string[] = [];
    await ensurePages({ line: (text) => problems.push(text) });
    if (!existsSync(join(BUILT, "index.html"))) throw new Error(`the pages are not built: ${problems.join("\n")}`);
  } finally {
    rmdirSync(LOCK);
  }
  return BUILT;
}

function taken(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    const made = statSync(LOCK, { throwIfNoEntry: false });
    // Whoever built them was killed meanwhile.
    if (made && Date.now() - made.mtimeMs > LOST_AFTER_MS) rmdirSync(LOCK);
    return false;
  }
}
