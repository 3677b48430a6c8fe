/** `workgraph docs`: the pages that travel with the package, a topic at a time. */
import { commandLine } from "../../model/command-line.ts";
import { commonOptions, examples, wholeNumber, type CommandModule, type CommonOptions } from "../session.ts";
import { printable } from "../text-width.ts";
import type { ReadDocsOutput, TopicEntry } from "../../app/operations/read-docs.ts";

interface DocsOptions extends CommonOptions {
  readonly part?: number;
}

export const docs: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("[topic...]", "an error code, a page, a heading, or words of one; without it the pages are listed")
      .option("--part <n>", "of a section in parts, this one", wholeNumber)
      .addHelpText(
        "after",
        "\nNothing is asked of a network. A long page is shown by its headings, a long section in parts.\n" +
          examples(
            "workgraph docs WG1001",
            "workgraph docs authoring",
            "workgraph docs authoring#handles",
            "workgraph docs bounded loop",
            "workgraph docs",
          ),
      )
      .action(async (words: readonly string[], options: DocsOptions) => {
        const { listTopics, readDocs } = await import("../../app/operations/read-docs.ts");
        if (words.length === 0) {
          const { listCodes } = await import("../../app/operations/explain-code.ts");
          const [pages, codes] = [await listTopics(), await listCodes()];
          const document = { pages, codes: codes.map(({ code, title }) => ({ code, title })) };
          session.answer(options, document, () => listText(pages, `${codes.length} codes: docs errors lists them`));
          return;
        }
        const document = await readDocs({
          topic: words.join(" "),
          ...(options.part === undefined ? {} : { part: options.part }),
        });
        session.answer(options, document, () => topicText(document));
      });
  },
};

function topicText(document: ReadDocsOutput): string {
  const text = printable(document.text);
  if (document.sections !== undefined) return `${text}\n${listText(document.sections, "")}`;
  const { topic, part = 1, parts = 1 } = document;
  return part < parts
    ? `${text}\n"${commandLine(`docs ${topic} --part ${part + 1}`)}" goes on (${parts} parts)\n`
    : text;
}

function listText(entries: readonly TopicEntry[], last: string): string {
  const width = Math.max(...entries.map(({ topic }) => topic.length));
  const lines = entries.map(({ topic, title }) => `${topic.padEnd(width)}  ${title}`);
  const [first] = entries;
  return [
    ...lines,
    "",
    `"${commandLine(`docs ${first?.topic ?? ""}`)}" shows one${last === "" ? "" : `; ${last}`}`,
    "",
  ].join("\n");
}
