/** The page that a run is exported into, where the pages of the server were built. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WorkgraphError } from "../model/workgraph-error.ts";

/**
 * @param problems of building it, where somebody tried
 * @throws WorkgraphError WG4069 where it is not built
 */
export async function readOfflinePage(folder: string, problems?: string): Promise<string> {
  const page =
    problems === undefined ? await readFile(join(folder, "offline.html"), "utf8").catch(() => undefined) : undefined;
  if (page !== undefined) return page;
  throw new WorkgraphError("WG4069", "the page that a run is exported into is not built here", {
    hint: `In a checkout "npm ci" and "npm run build" build it; the installed package brings it.${problems === undefined ? "" : `\n${problems}`}`,
  });
}
