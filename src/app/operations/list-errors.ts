/** What went wrong in a run: error records with where they happened. */
import type { ErrorKind, ErrorRecord } from "../../model/error-record.ts";
import { formatAddress, type CallNo, type RunId } from "../../model/ids.ts";
import type { ErrorRow, EventStore, RunRow } from "../../store/store.ts";
import { findRun } from "../find-run.ts";
import { SourceStanding, type SourcePlace } from "../source-standing.ts";
import { cursorOf, limitOf, type Page, type PageRequest } from "../paging.ts";
import type { Workspace } from "../workspace.ts";

export interface ErrorEntry extends ErrorRecord {
  readonly seq: number;
  /** False for an attempt that was tried again. */
  readonly final: boolean;
  /** Where `site` is on disk, where the code of the run was kept. */
  readonly place?: SourcePlace;
}

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
  const errors = await withPlaces({ store, project }, run, entries.slice(0, limit));
  const truncated = entries.length > limit;
  const last = errors.at(-1);
  return { runId: run.runId, errors, truncated, ...(truncated && last ? { cursor: String(last.seq) } : {}) };
}

/** Where to edit, of each error that has a place in the author's source. */
export async function withPlaces(
  workspace: Pick<Workspace, "store" | "project">,
  run: RunRow,
  errors: readonly ErrorEntry[],
): Promise<readonly ErrorEntry[]> {
  if (errors.every(({ site }) => site === undefined)) return errors;
  const standing = await SourceStanding.of(workspace, run);
  return errors.map((error) => {
    const place = standing.place(error.site);
    return place === undefined ? error : { ...error, place };
  });
}

export interface ErrorQuery {
  readonly limit: number;
  readonly attempts: "final" | "all";
  readonly after?: number;
  readonly matches?: (row: ErrorRow, entry: ErrorEntry) => boolean;
}

const PAGE_ROWS = 500;

/** Up to `limit` entries that match, read page by page. */
export async function errorEntries(store: EventStore, run: RunRow, query: ErrorQuery): Promise<readonly ErrorEntry[]> {
  const entries: ErrorEntry[] = [];
  let nodes: ReadonlyMap<CallNo, string> | undefined;
  for (let after = query.after ?? 0; entries.length < query.limit;) {
    const rows = await store.errors(run.runId, { after, limit: PAGE_ROWS });
    for (const row of rows) {
      if (query.attempts === "final" && !row.final) continue;
      if (row.call !== undefined && row.error.node === undefined) {
        nodes ??= new Map((await store.calls(run.runId)).map((call) => [call.call, call.event.node]));
      }
      const entry = errorEntry(run, row, nodes);
      if (query.matches?.(row, entry) ?? true) entries.push(entry);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) break;
    after = last.seq;
  }
  return entries.slice(0, query.limit);
}

/** Fills in what the record leaves to its row. */
function errorEntry(run: RunRow, row: ErrorRow, nodes: ReadonlyMap<CallNo, string> | undefined): ErrorEntry {
  const { seq, final, error, call, item, attempt } = row;
  const node = error.node ?? (call === undefined ? undefined : nodes?.get(call));
  const address =
    error.address ?? (call === undefined || item === undefined ? undefined : formatAddress(run.runId, call, item));
  return {
    seq,
    final,
    ...error,
    ...(address === undefined ? {} : { address }),
    ...(node === undefined ? {} : { node }),
    ...(attempt === undefined ? {} : { attempt }),
  };
}
