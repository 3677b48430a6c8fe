/** `workgraph diff`: what differs between two runs or versions, and where they part first. */
import { diffText } from "../diff-text.ts";
import { commonOptions, examples, wholeNumber, type CommandModule, type CommonOptions } from "../session.ts";

interface DiffOptions extends CommonOptions {
  readonly limit?: string;
}

export const diff: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<a>", "the run before: id, beginning of one, or WORKFLOW@HASH for a version")
      .argument("<b>", 'the run after, "latest" for example')
      .option("--limit <n>", "differing items, calls and parts of the input that are told", "20")
      .addHelpText(
        "after",
        "\nThe first place at which the runs part stands first, with what made it: code, input, an outside answer, or clock or chance.\n" +
          examples(
            "workgraph diff 01JD7 latest",
            "workgraph diff 01JD7 01JD8 --json",
            "workgraph diff bookmaking@4fe1a0 bookmaking@99c2d1",
          ),
      )
      .action(async (a: string, b: string, options: DiffOptions) => {
        const operation = await import("../../app/operations/diff.ts");
        await session.reading(options, async (workspace) => {
          const limit = wholeNumber(options.limit ?? "20");
          const document = await operation.diff(workspace, { a, b, ...(limit >= 0 ? { limit } : {}) });
          session.answer(options, document, () => diffText(document, session.terminal.out.colors));
        });
      });
  },
};
