/**
 * The pages as the server sends them, built once however many test files want them.
 *
 * WORKGRAPH_TEST_UI names a folder with another build of them, which is then taken as it is.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensurePages } from "../../src/cli/ui-build.ts";

const BUILT: string = fileURLToPath(new URL("../../dist-ui", import.meta.url));

/** The folder of the pages; builds them when their source is newer. */
export async function builtPages(): Promise<string> {
  const given = process.env["WORKGRAPH_TEST_UI"];
  if (given !== undefined && given !== "") return given;
  const problems: string[] = [];
  await ensurePages({ line: (text) => problems.push(text) });
  if (!existsSync(join(BUILT, "index.html"))) throw new Error(`the pages are not built: ${problems.join("\n")}`);
  return BUILT;
}
