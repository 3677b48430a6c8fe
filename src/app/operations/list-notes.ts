/** Notes, newest first: all of them, or those that a run, a call, an item or a node shows. */
import { cursorOf, limitOf, type Page, type PageRequest } from "../paging.ts";
import { allNotes, notesOf, type NoteEntry } from "../run-notes.ts";
import type { Workspace } from "../workspace.ts";
import { placeOf } from "./add-note.ts";

export interface ListNotesInput extends PageRequest {
  /** RUN, RUN.CALL, RUN.CALL.ITEM, NODE or WORKFLOW/NODE; none: all notes. */
  readonly on?: string;
}

export interface ListNotesOutput extends Page {
  readonly notes: readonly NoteEntry[];
}

export async function listNotes({ store }: Workspace, input: ListNotesInput = {}): Promise<ListNotesOutput> {
  const limit = limitOf(input, { default: 50, max: 1_000 });
  const [before = Number.POSITIVE_INFINITY] = cursorOf(input, 1) ?? [];
  const all = input.on === undefined ? await allNotes(store) : await notesOf(store, await placeOf(store, input.on));
  const rest = all.filter(({ id }) => id < before);
  const notes = rest.slice(0, limit);
  const truncated = rest.length > notes.length;
  return {
    notes,
    total: all.length,
    truncated,
    ...(truncated ? { cursor: String(notes.at(-1)!.id) } : {}),
  };
}
