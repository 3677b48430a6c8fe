/**
 * What you see here: nodes hand folders to each other, and one run to the next. `write_pages` publishes a folder per page,
 * `bind_book` opens them, verified, and publishes the book; `book-review` starts from whatever book is the latest.
 *
 *   npx workgraph run examples/11-artifacts.ts#bookmaking --chapters 3
 *   npx workgraph artifact latest
 *   npx workgraph run examples/11-artifacts.ts#bookReview --from-artifact bookmaking/book@latest
 *   npx workgraph whence FILE                     # any file of it, also after copying and renaming
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { node, workflow, type ArtifactRef } from "agentic-workgraph";

const listChapters = node({ id: "list_chapters", out: "many" }, ({ chapters }: { chapters: number }) =>
  Array.from({ length: chapters }, (_, index) => index + 1),
);

// One folder per item, so the item's key is in the name: a name is unique in a run.
const writeChapter = node({ id: "write_chapter" }, async ({ chapter }: { chapter: number }, ctx) => {
  const dir = await ctx.artifact(`chapter-${chapter}`, { kind: "chapter" });
  await dir.write("text.md", `# Chapter ${chapter}\n\n${"All work and no play. ".repeat(chapter)}\n`);
  await dir.writeJson("meta.json", { chapter });
  return dir;
});

const bindBook = node(
  { id: "bind_book", gather: ["chapters"] },
  async ({ chapters }: { chapters: ArtifactRef[] }, ctx) => {
    const book = await ctx.artifact("book", {
      kind: "book",
      labels: ["draft"],
      next: ({ selector }) => ({ "book-review": { book: selector } }),
    });
    const texts: string[] = [];
    for (const chapter of chapters) {
      // Opening verifies every file and notes who read what.
      const { path } = await ctx.openArtifact(chapter);
      texts.push(await readFile(join(path, "text.md"), "utf8"));
    }
    await book.write("book.md", texts.join("\n"));
    return { book: book.ref, chapters: texts.length };
  },
);

export const bookmaking = workflow({ name: "bookmaking" }, ({ chapters = 3 }: { chapters?: number }) => {
  const written = writeChapter({ chapter: listChapters({ chapters }) });
  return bindBook({ chapters: written });
});

const review = node({ id: "review" }, async ({ book }: { book: string }, ctx) => {
  const { path, manifest } = await ctx.openArtifact(book);
  const words = (await readFile(join(path, "book.md"), "utf8")).split(/\s+/).length;
  return { words, from: manifest.producer.run, verdict: words > 40 ? "a novel" : "a novella" };
});

export const bookReview = workflow({ name: "book-review" }, ({ book }: { book: string }) => review({ book }));
