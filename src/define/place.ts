/** Where in the author's source something is, for messages. */
import type { SourceSite } from "../model/workgraph-error.ts";
import { originalSite } from "../trace/site.ts";

/** `, at /p/flow.ts:4:21`, or nothing when the place is unknown. */
export function at(site: SourceSite | undefined): string {
  return site === undefined ? "" : `, at ${placeOf(site)}`;
}

function placeOf(site: SourceSite): string {
  const { file, line, column } = originalSite(site);
  return `${file}:${line}:${column}`;
}
