/** `workgraph fixture`: a run as a document that a test replays. */
import { resolve } from "node:path";
import { counted } from "../run-text.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { sizeText } from "../size-text.ts";
import { printable } from "../text-width.ts";

export const fixture: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .argument("[file]", "where to write it; a fixture that is there is replaced. Without it, it is printed")
      .addHelpText(
        "after",
        "\nIt holds input, results and errors as they were recorded, without logs: read it before it is committed.\n" +
          "A test replays it with replayFixture() of agentic-workgraph/testing.\n" +
          examples("workgraph fixture latest test/research.fixture.json", "workgraph fixture 01JD7 | head"),
      )
      .action(async (run: string, file: string | undefined, options: CommonOptions) => {
        const operation = await import("../../app/operations/write-fixture.ts");
        await session.reading(options, async (workspace) => {
          const to = file === undefined ? {} : { file: resolve(session.cwd, file) };
          const { fixture: document, text, ...facts } = await operation.writeFixture(workspace, { run, ...to });
          if (file === undefined) return session.answer(options, document, () => text);
          const { events, sizeBytes, children } = facts;
          session.answer(options, facts, () => {
            const below = children === 0 ? "" : `; ${counted(children, "child run")} below it are not in it`;
            return `${printable(file)}: ${facts.workflow}, ${counted(events, "event")}, ${sizeText(sizeBytes)}${below}\n`;
          });
        });
      });
  },
};
