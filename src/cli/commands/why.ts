/** `workgraph why`: what made an item run, or what it was reused from. */
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { whyText } from "../why-text.ts";

export const why: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<item>", "address of an item: RUN.CALL.ITEM")
      .addHelpText(
        "after",
        "\nAn item is compared with the run that its own was made from, or else with the newest run before it.\n" +
          examples("workgraph why 01JD7.4.17", "workgraph why latest.4.17 --json"),
      )
      .action(async (item: string, options: CommonOptions) => {
        const { why: ask } = await import("../../app/operations/why.ts");
        await session.reading(options, async (workspace) => {
          const answer = await ask(workspace, { item });
          session.answer(options, answer, () => whyText(answer, session.terminal.out.colors));
        });
      });
  },
};
