/** `workgraph backup`: a copy of the history while runs go on. */
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { sizeText } from "../size-text.ts";

export const backup: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<file>", "a file that is not there yet")
      .addHelpText("after", examples("workgraph backup ~/history-$(date +%F).db"))
      .action(async (file: string, options: CommonOptions) => {
        const { backup: copy } = await import("../../app/operations/backup.ts");
        await session.reading(options, async (workspace) => {
          const document = await copy(workspace, { file, from: session.cwd });
          session.answer(
            options,
            document,
            () =>
              `The history is in ${document.file} (${sizeText(document.sizeBytes)}). Published folders are not in it.\n`,
          );
        });
      });
  },
};
