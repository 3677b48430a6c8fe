/** Notes, in words. */
import type { NoteEntry } from "../app/run-notes.ts";
import type { Colors } from "./terminal.ts";
import { oneLine, printable } from "./text-width.ts";

/** @param notes newest first */
export function notesText(notes: readonly NoteEntry[], colors?: Colors): string {
  return notes
    .flatMap((note) => noteLines(note, colors))
    .map((line) => `${line}\n`)
    .join("");
}

/** Who said it when of what, then the text, indented. */
export function noteLines(note: NoteEntry, colors?: Colors): readonly string[] {
  const about = note.node === undefined ? note.workflow : `${note.workflow}/${note.node}`;
  const where = note.on === "node" ? `code of ${note.address}` : note.address;
  const older =
    note.code === "older" ? "  from older code" : note.code === "unknown" ? "  of code that was not kept" : "";
  const when = note.at.slice(0, 16).replace("T", " ");
  const dim = colors?.dim ?? String;
  const yellow = colors?.yellow ?? String;
  return [
    `${oneLine(note.author.id)}, ${when}, on ${oneLine(about)}  ${dim(where)}${yellow(older)}`,
    ...note.text.split("\n").map((line) => `  ${printable(line)}`),
  ];
}
