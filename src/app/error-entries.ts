/** Error records of a run with where they happened: in the run, and in the files of the project. */
import type { ErrorRecord } from "../model/error-record.ts";
import { formatAddress, type CallNo } from "../model/ids.ts";
import type { ErrorRow, EventStore, RunRow } from "../store/store.ts";
import { SourceStanding, type SourcePlace } from "./source-standing.ts";
import type { Workspace } from "./workspace.ts";

/** Of an item that a child run stands for: the error there from which it came. */
export interface ErrorOrigin {
  /** Of the item, or of the child run where none of its items failed. */
  readonly address: string;
  readonly node?: string;
  readonly code: string;
  readonly message: string;
  readonly place?: SourcePlace;
}

export interface ErrorEntry extends ErrorRecord {
  readonly seq: number;
  /** False for an attempt that was tried again. */
  readonly final: boolean;
  /** Where `site` is on disk, where the code of the run was kept. */
  readonly place?: SourcePlace;
  /** Of an item that a child run stands for: the error there from which it came. */
  readonly origin?: ErrorOrigin;
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
