/**
 * Notes as they travel with the run that they were written on: a field of its line, which a release that knows no notes passes over.
 *
 * R1. Of a file that somebody else wrote every field is checked; who a note says wrote it is what the file says.
 * R2. Taking in the same file twice leaves each note once: what is equal in all fields is the same note.
 */
import type { RunId } from "../../model/ids.ts";
import type { NewNote } from "../../store/notes.ts";
import type { Store } from "../../store/store.ts";
import { MAX_NOTE_LENGTH } from "../run-notes.ts";

/** Without the run, whose line it stands in. */
export type RunNote = Omit<NewNote, "runId">;

/** Notes of one run that travel, and that are looked at when they arrive. */
export const MAX_RUN_NOTES = 1_000;
const MAX_NAME = 200;

/** R1. Undefined: they cannot be believed. */
export function readRunNotes(value: unknown): readonly RunNote[] | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_RUN_NOTES) return undefined;
  const notes = value.map(readNote);
  return notes.every((note) => note !== undefined) ? notes : undefined;
}

function readNote(value: unknown): RunNote | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { node, nodeHash, call, item, author, text, at } = value as Record<string, unknown>;
  const { kind, id } = (typeof author === "object" && author !== null ? author : {}) as Record<string, unknown>;
  if (!isName(kind) || !isName(id) || !isName(text, MAX_NOTE_LENGTH) || !isCount(at)) return undefined;
  if (node !== undefined && !isName(node)) return undefined;
  if (nodeHash !== undefined && !isName(nodeHash)) return undefined;
  if ((call !== undefined && !isCount(call)) || (item !== undefined && !(isCount(item) && call !== undefined)))
    return undefined;
  return {
    ...(node === undefined ? {} : { node }),
    ...(nodeHash === undefined ? {} : { nodeHash }),
    ...(call === undefined ? {} : { call }),
    ...(item === undefined ? {} : { item: item as number }),
    author: { kind, id },
    text,
    at,
  };
}

/** R2. Adds those that the run has not. */
export async function addRunNotes(store: Store, runId: RunId, notes: readonly RunNote[]): Promise<number> {
  if (notes.length === 0) return 0;
  const known = new Set((await store.notes({ runId, limit: MAX_RUN_NOTES })).notes.map(keyOf));
  const missing = notes.filter((note) => !known.has(keyOf(note)));
  for (const note of missing) await store.addNote({ ...note, runId });
  return missing.length;
}

function keyOf({ node, call, item, author, text, at }: RunNote): string {
  return JSON.stringify([node, call, item, author.kind, author.id, text, at]);
}

function isName(value: unknown, longest: number = MAX_NAME): value is string {
  return typeof value === "string" && value !== "" && value.length <= longest;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
