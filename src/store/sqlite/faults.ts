/** What SQLite says when something is wrong with a file, in our words: what, which file, what now. */
import { statfsSync, statSync } from "node:fs";
import { commandLine } from "../../model/command-line.ts";
import { isWorkgraphError, WorkgraphError } from "../../model/workgraph-error.ts";

/** Primary result codes, https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const FULL = 13;
const CANTOPEN = 14;
const CONSTRAINT = 19;

interface SqliteError extends Error {
  readonly errcode: number;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && (error as { code?: unknown }).code === "ERR_SQLITE_ERROR";
}

function primaryCode(error: unknown): number | undefined {
  return isSqliteError(error) ? error.errcode & 0xff : undefined;
}

export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED;
}

/** What `damaged` makes: a part of the file cannot be read or trusted. */
export function isCorrupt(error: unknown): boolean {
  return isWorkgraphError(error) && error.code === "WG5002";
}

export function isUnopenable(error: unknown): boolean {
  return primaryCode(error) === CANTOPEN;
}

export function isConstraint(error: unknown): boolean {
  return primaryCode(error) === CONSTRAINT;
}

export interface Place {
  readonly dir: string;
  readonly file: string;
  readonly doing: "reading" | "writing";
}

/** The coded error for what SQLite threw; anything else is given back as it is. */
export function coded(error: unknown, place: Place): unknown {
  const code = primaryCode(error);
  if (code === undefined) return error;
  const said = (error as Error).message;
  if (code === BUSY || code === LOCKED) return lockedOut(place, error);
  if (code === FULL || (code === IOERR && place.doing === "writing")) return storeFull(place, error);
  if (code === READONLY) return readOnlyStore(place, error);
  if (code === CANTOPEN) return damaged(place.file, `cannot be opened (${said})`, error);
  return damaged(place.file, `is damaged or not a store of ours (${said})`, error);
}

export function damaged(file: string, what: string, cause?: unknown): WorkgraphError {
  return new WorkgraphError("WG5002", `"${file}" ${what}`, {
    hint: "nothing was changed; put a copy of the file back, or move the file away to start with an empty history",
    details: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function newerThanUs(
  file: string,
  versions: { readonly found: number; readonly known: number },
): WorkgraphError {
  return new WorkgraphError(
    "WG5003",
    `"${file}" was written by a newer workgraph: its schema is version ${versions.found}, this one knows up to ${versions.known}`,
    { hint: "update the package; nothing was changed", details: { file, ...versions } },
  );
}

export function olderThanUs(place: Omit<Place, "doing">): WorkgraphError {
  return new WorkgraphError("WG5062", `"${place.file}" was written by an older workgraph and can only be read`, {
    hint: "its tables must be extended first: open it once with the right to write, or copy the folder to where you have it",
    details: { dir: place.dir, file: place.file },
  });
}

function storeFull(place: Place, cause: unknown): WorkgraphError {
  const room = roomIn(place);
  return new WorkgraphError(
    "WG5004",
    `nothing can be written to "${place.dir}": the disk is full or failing (${(cause as Error).message}${room.text})`,
    {
      hint: `what was committed is safe, the last changes were not written; make room in "${place.dir}" and resume the run`,
      details: { dir: place.dir, ...room.details },
      cause,
    },
  );
}

const QUIETLY = { throwIfNoEntry: false } as const;

/** What is there and what is free, in bytes; nothing where the disk does not say. */
function roomIn({ dir, file }: Place): { readonly text: string; readonly details: Readonly<Record<string, number>> } {
  try {
    const { bavail, bsize } = statfsSync(dir);
    const freeBytes = bavail * bsize;
    // What is not copied back yet takes its room beside the file.
    const sizeBytes = [file, `${file}-wal`].reduce((sum, path) => sum + (statSync(path, QUIETLY)?.size ?? 0), 0);
    return {
      text: `; the store has ${sizeBytes} bytes, ${freeBytes} are free on its disk`,
      details: { sizeBytes, freeBytes },
    };
  } catch {
    return { text: "", details: {} };
  }
}

export function readOnlyStore(place: Omit<Place, "doing">, cause?: unknown): WorkgraphError {
  return new WorkgraphError("WG5005", `"${place.dir}" can only be read`, {
    hint: "give this user write permission for the folder and the files in it, or choose another data folder",
    details: { dir: place.dir, file: place.file },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function lockedOut(place: Omit<Place, "doing">, cause?: unknown): WorkgraphError {
  return new WorkgraphError("WG5012", `"${place.file}" is locked by another program`, {
    hint: `close what holds it (a database tool, a backup; "fuser ${place.file}" names it) and try again`,
    details: { dir: place.dir, file: place.file },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function noStore(place: Omit<Place, "doing">): WorkgraphError {
  return new WorkgraphError("WG5014", `there is no store in "${place.dir}": nothing has run here yet`, {
    hint: `run a workflow first with "${commandLine("run FILE")}", or name another folder`,
    details: { dir: place.dir, file: place.file },
  });
}
