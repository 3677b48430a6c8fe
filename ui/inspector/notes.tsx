/** What people and agents wrote about the code that is shown. The pages show notes; they are left on the command line, or by tools. */
import type { ReactElement } from "react";
import type { Note } from "../api/answers.ts";
import { Part } from "./part.tsx";

const STANDING = { same: undefined, older: "from older code", unknown: "of code that was not kept" } as const;

/** @param props.notes newest first */
export function NotesPart({ notes }: { readonly notes: readonly Note[] | undefined }): ReactElement | null {
  if (notes === undefined || notes.length === 0) return null;
  return (
    <Part title="notes">
      <ul className="notes">
        {notes.map((note) => (
          <li key={note.id}>
            <p className="faint">
              {note.author.id}, {note.at.slice(0, 16).replace("T", " ")}, on {note.node ?? note.workflow}
              {STANDING[note.code] !== undefined && <span className="note-standing"> {STANDING[note.code]}</span>}
            </p>
            <p className="note-text">{note.text}</p>
          </li>
        ))}
      </ul>
    </Part>
  );
}
