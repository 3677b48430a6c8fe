/** Reads the notes of a folder, each by itself, and writes one digest of them. */
import { readdir, readFile } from "node:fs/promises";
import { node, workflow } from "agentic-workgraph";

export interface Note {
  readonly title: string;
  readonly words: number;
}

const listNotes = node({ id: "list_notes", out: "many" }, async ({ folder }: { folder: string }) =>
  (await readdir(folder)).toSorted().map((name) => `${folder}/${name}`),
);

const readNote = node({ id: "read_note", concurrency: 8 }, async ({ path }: { path: string }): Promise<Note> => {
  const [title = "", ...body] = (await readFile(path, "utf8")).trim().split("\n");
  if (!title.startsWith("# ")) throw new Error(`${path} has no title`);
  return { title: title.slice(2), words: body.join(" ").trim().split(/\s+/).length };
});

const writeDigest = node({ id: "write_digest", gather: ["notes"] }, async ({ notes }: { notes: Note[] }) =>
  notes.map(({ title, words }) => `- ${title}: ${words} words`).join("\n"),
);

export const digest = workflow({ name: "digest" }, ({ folder = "notes" }: { folder?: string }) => {
  const paths = listNotes({ folder }); // a handle: no value yet
  const notes = readNote({ path: paths }); // once per path, each as soon as its path is there
  return writeDigest({ notes }); // once, with all of them, in order
});
