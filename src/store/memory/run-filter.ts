/** Which rows a filter means; `before` and `limit` cut pages, and are left to who lists. */
import type { RunId } from "../../model/ids.ts";
import type { RunFilter, RunRow } from "../store.ts";

export function runFilter(filter: RunFilter, parentOf: (runId: RunId) => RunId | undefined): (row: RunRow) => boolean {
  const { workflow, version, status, parent, root, origin, level, createdFrom, createdBefore } = filter;
  const { minMs = 0, maxMs = Number.POSITIVE_INFINITY } = filter;
  const statuses = typeof status === "string" ? [status] : status;
  const isBelow = (runId: RunId, top: RunId): boolean => {
    for (let at: RunId | undefined = runId; at !== undefined; at = parentOf(at)) if (at === top) return true;
    return false;
  };
  const isTimed = filter.minMs !== undefined || filter.maxMs !== undefined;
  const tookFits = ({ startedAt, endedAt }: RunRow): boolean => {
    if (!isTimed) return true;
    if (startedAt === undefined || endedAt === undefined) return false;
    return endedAt - startedAt >= minMs && endedAt - startedAt <= maxMs;
  };
  return (row) =>
    (workflow === undefined || row.workflow === workflow) &&
    (version === undefined || row.version === version) &&
    (statuses === undefined || statuses.includes(row.status)) &&
    (parent === undefined || row.parent?.run === parent) &&
    (root === undefined || isBelow(row.runId, root)) &&
    (origin === undefined || row.origin?.run === origin) &&
    (level !== "root" || row.parent === undefined) &&
    tookFits(row) &&
    (createdFrom === undefined || row.createdAt >= createdFrom) &&
    (createdBefore === undefined || row.createdAt < createdBefore) &&
    Object.entries(filter.tags ?? {}).every(([key, value]) => row.tags[key] === value);
}
