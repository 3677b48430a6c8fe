/** `workgraph note` and `workgraph notes`: what people and agents leave for whoever comes next. */
import { notesText } from "../note-text.ts";
import {
  commonOptions,
  examples,
  pageOf,
  pageOptions,
  type CommandModule,
  type CommonOptions,
  type PageOptions,
} from "../session.ts";

const PLACE = 'a run ("latest", an id, the beginning of one), RUN.CALL, RUN.CALL.ITEM, NODE or WORKFLOW/NODE';

export const note: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<place>", PLACE)
      .argument("<text...>", "what to say")
      .option("--agent <name>", "it is an agent that says it, of this name")
      .addHelpText(
        "after",
        "\nA note follows the code it is about: later runs show it too, and as from older code once that code has changed.\n" +
          examples(
            'workgraph note latest.2.17 "the service cuts long titles; known since May"',
            'workgraph note scrape_page "slow before noon"',
            'workgraph note latest "the run for the report" --agent reviewer',
          ),
      )
      .action(async (on: string, words: readonly string[], options: CommonOptions & { readonly agent?: string }) => {
        const { addNote } = await import("../../app/operations/add-note.ts");
        const author =
          options.agent === undefined ? { kind: "person", id: session.user } : { kind: "agent", id: options.agent };
        await session.writing(options, async (workspace) => {
          const document = await addNote(workspace, { on, text: words.join(" ") }, author);
          session.answer(options, document, () => notesText([document], session.terminal.out.colors));
        });
      });
  },
};

export const notes: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 50)
      .argument("[place]", `${PLACE}; without one all notes are listed`)
      .addHelpText("after", examples("workgraph notes", "workgraph notes latest", "workgraph notes scrape_page --json"))
      .action(async (on: string | undefined, options: CommonOptions & PageOptions) => {
        const { listNotes } = await import("../../app/operations/list-notes.ts");
        await session.reading(options, async (workspace) => {
          const document = await listNotes(workspace, { ...(on === undefined ? {} : { on }), ...pageOf(options) });
          session.answer(options, document, () =>
            document.notes.length === 0 ? "no notes\n" : notesText(document.notes, session.terminal.out.colors),
          );
          session.more(options, document);
        });
      });
  },
};
