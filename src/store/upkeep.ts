/** How a store fares, copies of it, and what damage has left. */
import type { RunId } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

export interface StoreHealth {
  /** The database file; absent for a store in memory. */
  readonly file?: string;
  /** Number of the newest migration that was applied. */
  readonly schema: number;
  readonly sizeBytes: number;
  /** Of the write-ahead log. */
  readonly walBytes: number;
  /** Free bytes of the disk that this user may take. */
  readonly freeBytes: number;
  readonly writable: boolean;
}

export interface Salvage {
  /** Events 1 to this one are as they were written: `events` with this as its limit reads them. 0: none. */
  readonly validTo: number;
  /** What follows and cannot be read, or not be trusted. */
  readonly lost?: {
    readonly fromSeq: number;
    /** The last seq that something in the store still tells of. */
    readonly toSeq: number;
    readonly reason: string;
  };
  /** Events of the valid part whose values are gone. */
  readonly missingValues: readonly { readonly seq: number; readonly blob: string }[];
}

export type CopyKind = "whole" | "salvage";

export interface UpkeepStore {
  health(): Promise<StoreHealth>;
  /**
   * Writes a copy of the whole store, as it stood at one moment, to a file that is not there yet. Runs go on meanwhile, and are
   * interrupted ones in the copy. It gets its name when it is whole.
   *
   * "salvage": of a damaged store, with all indexes made anew; writers wait for it.
   *
   * @throws WorkgraphError WG5064 when the file is there or cannot be written, or when the store has no file itself.
   */
  backup(file: string, how?: CopyKind): Promise<{ readonly sizeBytes: number }>;
  /** What is wrong with the file itself, a few lines at most; none: it is whole. Reads all of it. */
  faults(): Promise<readonly string[]>;
  /** How much of a run can be read after damage. Reads everything of it, and changes nothing. WG5001 when not even its row is left. */
  salvage(runId: RunId): Promise<Salvage>;
}

export function noCopy(file: string, because: string, cause?: unknown): WorkgraphError {
  return new WorkgraphError("WG5064", `no copy of the store was written to "${file}": ${because}`, {
    hint: "name a file that is not there yet, in a folder with room that this user may write",
    details: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}
