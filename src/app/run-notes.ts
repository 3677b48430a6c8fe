/**
 * Notes as a run shows them: what people and agents wrote about its code, here or in another run.
 *
 * Owns: which notes belong to a run, and whether the code they were about is still the same. Leaves to store/notes.ts: keeping
 * them; to operations/add-note.ts: what a note is attached to.
 *
 * R1. Every note knows a run. One with a call is about an item or a call, one with a node and no call about that node, one with
 *     neither about the workflow. Its hash is that of the node's code then, or of the workflow's.
 * R2. A note shows on its own run, on every run in which the node has the code that it was about, and, marked as from older code,
 *     on later runs in which it has not. A run does not show what was written about code that came after it.
 * R3. Only the newest MAX_NOTES of a project are looked at.
 */
import { formatAddress, type CallNo, type ItemNo, type RunId } from "../model/ids.ts";
import type { Note } from "../store/notes.ts";
import type { RunRow, Store } from "../store/store.ts";
import type { StoredVersion } from "../version/stored-version.ts";
import { isoTime } from "./run-summary.ts";

/** same: the code that the note is about. older: it has changed since. unknown: one of the two runs kept no code. */
export type NoteCode = "same" | "older" | "unknown";

export interface NoteEntry {
  readonly id: number;
  readonly text: string;
  readonly author: { readonly kind: string; readonly id: string };
  /** ISO 8601. */
  readonly at: string;
  readonly on: "run" | "node" | "call" | "item";
  /** RUN, RUN.CALL or RUN.CALL.ITEM that it was written on; of a node, the run whose code it is about. */
  readonly address: string;
  readonly workflow: string;
  readonly node?: string;
  /** Compared with the run that is shown; in a list of all, with the newest run of the workflow. */
  readonly code: NoteCode;
}

export interface NotePlace {
  readonly run: RunRow;
  readonly node?: string;
  readonly call?: CallNo;
  readonly item?: ItemNo;
}

/** Characters of one. */
export const MAX_NOTE_LENGTH = 4_000;
const MAX_NOTES = 1_000;

/** Notes that a place shows, newest first: of a run all, of a call or an item those about it and about its node. */
export async function notesOf(store: Store, place: NotePlace): Promise<readonly NoteEntry[]> {
  const { notes } = await store.notes({ limit: MAX_NOTES });
  if (notes.length === 0) return [];
  const rows = new Rows(store);
  const entries: NoteEntry[] = [];
  for (const note of notes) {
    if (!isAbout(note, place)) continue;
    const written = await rows.run(note.runId);
    const code = written && (await codeIn(rows, { note, written, run: place.run }));
    if (written && code) entries.push(entryOf(note, written, code));
  }
  return entries;
}

/** As a field of an answer: absent where there are none. */
export async function shownNotes(store: Store, place: NotePlace): Promise<{ readonly notes?: readonly NoteEntry[] }> {
  const notes = await notesOf(store, place);
  return notes.length === 0 ? {} : { notes: notes.slice(0, SHOWN_NOTES) };
}

const SHOWN_NOTES = 20;

/** Every note, newest first, each beside the newest run of its workflow. */
export async function allNotes(store: Store): Promise<readonly NoteEntry[]> {
  const { notes } = await store.notes({ limit: MAX_NOTES });
  const rows = new Rows(store);
  const entries: NoteEntry[] = [];
  for (const note of notes) {
    const written = await rows.run(note.runId);
    const newest = written && (await rows.newest(written.workflow));
    if (!written) continue;
    const code = newest ? await codeIn(rows, { note, written, run: newest }) : "unknown";
    entries.push(entryOf(note, written, code ?? "unknown"));
  }
  return entries;
}

function isAbout(note: Note, { run, node, call, item }: NotePlace): boolean {
  if (node === undefined) return true;
  if (note.node !== node) return false;
  if (note.runId !== run.runId || note.call === undefined) return true;
  return note.call === call && (note.item === undefined || item === undefined || note.item === item);
}

/** R2; undefined: the run does not show it. */
async function codeIn(
  rows: Rows,
  { note, written, run }: { readonly note: Note; readonly written: RunRow; readonly run: RunRow },
): Promise<NoteCode | undefined> {
  if (written.runId === run.runId) return "same";
  const here = await rows.hash(run, note.node);
  if (here !== undefined && here === note.nodeHash) return "same";
  if (written.workflow !== run.workflow || written.createdAt > run.createdAt) return undefined;
  if (here === undefined || note.nodeHash === undefined) return "unknown";
  return (await rows.hasNode(run, note.node)) ? "older" : undefined;
}

function entryOf(note: Note, written: RunRow, code: NoteCode): NoteEntry {
  const { id, text, author, at, node, call, item } = note;
  const on = item !== undefined ? "item" : call !== undefined ? "call" : node !== undefined ? "node" : "run";
  const place = call === undefined ? undefined : formatAddress(written.runId, call, item ?? 0);
  return {
    id,
    text,
    author,
    at: isoTime(at),
    on,
    address: place === undefined ? written.runId : item === undefined ? place.replace(/\.0$/, "") : place,
    workflow: written.workflow,
    ...(node === undefined ? {} : { node }),
    code,
  };
}

/** Hash of the code of a node in a run, or of its workflow; undefined where the run kept none. */
export async function codeHashIn(store: Store, run: RunRow, node: string | undefined): Promise<string | undefined> {
  return new Rows(store).hash(run, node);
}

/** Rows and versions that one answer needs, each read once. */
class Rows {
  readonly #store: Store;
  readonly #runs = new Map<RunId, Promise<RunRow | undefined>>();
  readonly #newest = new Map<string, Promise<RunRow | undefined>>();
  readonly #versions = new Map<string, Promise<StoredVersion>>();

  constructor(store: Store) {
    this.#store = store;
  }

  async run(runId: RunId | undefined): Promise<RunRow | undefined> {
    if (runId === undefined) return undefined;
    return once(this.#runs, runId, () => this.#store.run(runId));
  }

  newest(workflow: string): Promise<RunRow | undefined> {
    return once(this.#newest, workflow, async () => (await this.#store.runs({ workflow, limit: 1 })).runs[0]);
  }

  async hash(run: RunRow, node: string | undefined): Promise<string | undefined> {
    const version = await this.#version(run);
    if (version === undefined) return undefined;
    if (node === undefined) return version.closureHash;
    const { nodeHash } = await import("../version/bundle.ts");
    return nodeHash(version, node).hash;
  }

  async hasNode(run: RunRow, node: string | undefined): Promise<boolean> {
    const version = await this.#version(run);
    return node === undefined || version === undefined || version.nodes.some(({ id }) => id === node);
  }

  async #version({ manifest }: RunRow): Promise<StoredVersion | undefined> {
    if (manifest === undefined) return undefined;
    return once(this.#versions, manifest, async () => {
      const { loadVersion } = await import("../version/stored-version.ts");
      return loadVersion(this.#store, manifest);
    });
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const there = known.get(key);
  if (there) return there;
  const asked = read();
  known.set(key, asked);
  return asked;
}
