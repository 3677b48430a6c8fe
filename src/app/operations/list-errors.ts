/** What went wrong in a run: error records with where they happened, and where those of child runs came from. */
import type { ErrorKind } from "../../model/error-record.ts";
import type { RunId } from "../../model/ids.ts";
import { errorEntries, withPlaces, type ErrorEntry } from "../error-entries.ts";
import { withOrigins } from "../error-origins.ts";
import { findRun } from "../find-run.ts";
import { cursorOf, limitOf, type Page, type PageRequest } from "../paging.ts";
import type { Workspace } from "../workspace.ts";

export interface ListErrorsInput extends PageRequest {
  /** A run, a call or an item. */
  readonly run: string;
  readonly node?: string;
  readonly kind?: ErrorKind;
  /** "all": attempts that were tried again too. Default "final". */
  readonly attempts?: "final" | "all";
}

export interface ListErrorsOutput extends Page {
  readonly runId: RunId;
  readonly errors: readonly ErrorEntry[];
}

export async function listErrors({ store, project }: Workspace, input: ListErrorsInput): Promise<ListErrorsOutput> {
  const { run, call, item } = await findRun(store, input.run);
  const limit = limitOf(input, { default: 50, max: 10_000 });
  const [after] = cursorOf(input, 1) ?? [0];
  const entries = await errorEntries(store, run, {
    limit: limit + 1,
    attempts: input.attempts ?? "final",
    ...(after === undefined ? {} : { after }),
    matches: (row, entry) =>
      (call === undefined || row.call === call) &&
      (item === undefined || row.item === item) &&
      (input.node === undefined || entry.node === input.node) &&
      (input.kind === undefined || entry.kind === input.kind),
  });
  const placed = await withPlaces({ store, project }, run, entries.slice(0, limit));
  const errors = await withOrigins({ store, project }, run, placed);
  const truncated = entries.length > limit;
  const last = errors.at(-1);
  return { runId: run.runId, errors, truncated, ...(truncated && last ? { cursor: String(last.seq) } : {}) };
}
