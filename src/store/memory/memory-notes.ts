/** Notes in memory. */
import type { NewNote, Note, NoteFilter } from "../notes.ts";

export class MemoryNotes {
  readonly #notes: Note[] = [];

  add(note: NewNote): number {
    const id = this.#notes.length + 1;
    const { kind, id: authorId } = note.author;
    this.#notes.push({ ...note, author: { kind, id: authorId }, id });
    return id;
  }

  list(filter: NoteFilter): { readonly notes: readonly Note[]; readonly total: number } {
    const { before = Number.POSITIVE_INFINITY, limit = 50, ...wanted } = filter;
    const fields = Object.entries(wanted).filter(([, value]) => value !== undefined) as [keyof NewNote, unknown][];
    const notes = this.#notes.filter((note) => fields.every(([field, value]) => note[field] === value)).reverse();
    const page = notes.filter((note) => note.id < before);
    return { notes: page.slice(0, Math.min(Math.max(limit, 1), 1000)), total: notes.length };
  }
}
