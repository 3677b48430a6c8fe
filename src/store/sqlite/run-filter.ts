/** Which rows of the run table a filter means, as SQL. */
import { assertNever } from "../../base/assert.ts";
import type { RunStatus } from "../../model/status.ts";
import type { RunFilter } from "../store.ts";
import type { Cell } from "./database.ts";

interface Condition {
  readonly sql: string;
  readonly cells: readonly Cell[];
}

/** A run and everything below it. */
const AND_BELOW =
  "run_id IN (WITH RECURSIVE below (id) AS (SELECT ? UNION SELECT run_id FROM run JOIN below ON parent ->> 'run' = below.id WHERE parent IS NOT NULL) SELECT id FROM below)";

/** `text` is left to runs-with-words.ts, which gives the numbers of runs that others are to be among. */
export interface RunQuestion extends Omit<RunFilter, "limit" | "text"> {
  readonly among?: readonly number[];
}

/** @param alive owners that live: without them a status is not known. */
export function runConditions(
  filter: RunQuestion,
  alive: ReadonlySet<string>,
): { readonly where: string; readonly cells: readonly Cell[] } {
  const conditions: Condition[] = [];
  const add = (sql: string, ...cells: Cell[]): void => {
    conditions.push({ sql, cells });
  };
  const { workflow, version, status, parent, root, origin, level, createdFrom, createdBefore, before } = filter;
  const { minMs, maxMs, among } = filter;
  if (workflow !== undefined) add("workflow = ?", workflow);
  if (version !== undefined) add("version = ?", version);
  if (parent !== undefined) add("parent IS NOT NULL AND parent ->> 'run' = ?", parent);
  if (root !== undefined) add(AND_BELOW, root);
  if (origin !== undefined) add("origin IS NOT NULL AND origin ->> 'run' = ?", origin);
  if (level === "root") add("parent IS NULL");
  if (createdFrom !== undefined) add("created_at >= ?", createdFrom);
  if (createdBefore !== undefined) add("created_at < ?", createdBefore);
  if (before !== undefined) add("run_id < ?", before);
  if (minMs !== undefined) add("ended_at - started_at >= ?", minMs);
  if (maxMs !== undefined) add("ended_at - started_at <= ?", maxMs);
  if (among !== undefined) add("run_no IN (SELECT value FROM json_each(?))", JSON.stringify(among));
  for (const [key, value] of Object.entries(filter.tags ?? {})) {
    add("EXISTS (SELECT 1 FROM json_each(run.tags) AS tag WHERE tag.key = ? AND tag.value = ?)", key, value);
  }
  if (status !== undefined) {
    const any = (typeof status === "string" ? [status] : status).map((one) => statusCondition(one, alive));
    add(any.length === 0 ? "0" : `(${any.map(({ sql }) => sql).join(" OR ")})`, ...any.flatMap(({ cells }) => cells));
  }
  return {
    where: conditions.length === 0 ? "" : `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`,
    cells: conditions.flatMap(({ cells }) => cells),
  };
}

/** As runStatus (model/status.ts) has it. */
function statusCondition(status: RunStatus, alive: ReadonlySet<string>): Condition {
  const owned = `coalesce(owner_id IN (${[...alive].map(() => "?").join(", ")}), 0)`;
  switch (status) {
    case "running":
      return { sql: `(logged = 'open' AND ${owned})`, cells: [...alive] };
    case "queued":
      return { sql: `(logged = 'queued' AND (owner_id IS NULL OR ${owned}))`, cells: [...alive] };
    case "interrupted":
      return {
        sql: `((logged = 'open' OR (logged = 'queued' AND owner_id IS NOT NULL)) AND NOT ${owned})`,
        cells: [...alive],
      };
    case "completed":
    case "completed_partial":
    case "failed":
    case "cancelled":
    case "diverged":
    case "paused":
      return { sql: "logged = ?", cells: [status] };
    default:
      return assertNever(status);
  }
}
