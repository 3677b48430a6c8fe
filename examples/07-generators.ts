/**
 * What you see here: a generator is a node that streams. Each `yield` is an item at once: its lines are counted while
 * the walk through the folders is still going on, and `for await` meets the counts in the order of the walk.
 *
 *   workgraph run examples/07-generators.ts --folder examples
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { node, workflow } from "agentic-workgraph";

interface FileLines {
  readonly file: string;
  readonly lines: number;
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const found = path.join(folder, entry.name);
    if (entry.isFile() && /\.(ts|md|json)$/.test(entry.name)) yield found;
    if (entry.isDirectory() && !/^(\.|node_modules$|dist$)/.test(entry.name)) yield* walk(found);
  }
}

/** If it fails on the way and starts over, files that were yielded before are recognized by their key. */
const walkFolder = node(
  { id: "walk_folder", retries: 1, key: (file: string) => file },
  async function* ({ folder }: { folder: string }) {
    yield* walk(folder);
  },
);

const countLines = node(
  { id: "count_lines", concurrency: 4 },
  async ({ file }: { file: string }): Promise<FileLines> => {
    const text = await readFile(file, "utf8");
    return { file, lines: text.split("\n").length - 1 };
  },
);

const summarize = node(
  { id: "summarize", gather: ["counts"] },
  async ({ counts, longest }: { counts: FileLines[]; longest: string }) => ({
    files: counts.length,
    lines: counts.reduce((total, { lines }) => total + lines, 0),
    longest,
  }),
);

export const countSource = workflow({ name: "count-source" }, async ({ folder = "examples" }: { folder?: string }) => {
  const counts = countLines({ file: walkFolder({ folder }) });
  let longest: FileLines = { file: "none", lines: 0 };
  for await (const count of counts) if (count.lines > longest.lines) longest = count;
  return summarize({ counts, longest: longest.file });
});
