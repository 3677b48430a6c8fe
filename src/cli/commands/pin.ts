/** `workgraph pin` and `workgraph unpin`: runs that gc leaves alone. */
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";

export const pin: CommandModule = pinning("pinned");
export const unpin: CommandModule = pinning("free");

function pinning(how: "pinned" | "free"): CommandModule {
  return {
    define(command, session) {
      commonOptions(command)
        .argument("<run>", 'run id, the beginning of one, or "latest"')
        .addHelpText("after", examples(how === "pinned" ? "workgraph pin latest" : "workgraph unpin 01JD7"))
        .action(async (run: string, options: CommonOptions) => {
          const { pinRun } = await import("../../app/operations/pin.ts");
          await session.writing(options, async (workspace) => {
            const document = await pinRun(workspace, { run, how });
            session.answer(options, document, () =>
              how === "pinned"
                ? `Run ${document.runId} is pinned: it is kept, and so is everything below it.\n`
                : `Run ${document.runId} is not pinned any more.\n`,
            );
          });
        });
    },
  };
}
