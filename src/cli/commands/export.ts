/** `workgraph export`: a run with its child runs, in one file. */
import { resolve } from "node:path";
import { counted } from "../run-text.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { sizeText } from "../size-text.ts";
import { printable } from "../text-width.ts";

interface ExportOptions extends CommonOptions {
  readonly files?: boolean;
}

export const exportCommand: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .argument("<file>", "a file that does not exist")
      .option("--files", "the files of its artifacts too, not only their manifests")
      .addHelpText(
        "after",
        "\nIt holds values, logs and sources as they were recorded, of child runs too: give it to whom you would show all of that.\n" +
          examples("workgraph export latest run.workgraph.gz", "workgraph export 01JD7 nightly.workgraph.gz --files"),
      )
      .action(async (run: string, file: string, options: ExportOptions) => {
        const operation = await import("../../app/operations/export-run.ts");
        await session.reading(options, async (workspace) => {
          const files = options.files === true ? "included" : "left out";
          const document = await operation.exportRun(workspace, { run, file: resolve(session.cwd, file), files });
          const { runs, events, artifacts, missing, sizeBytes } = document;
          session.answer(options, document, () => {
            const folders = files === "included" ? `, ${counted(artifacts, "artifact")}` : "";
            return `${printable(file)}: ${counted(runs, "run")}, ${counted(events, "event")}${folders}, ${sizeText(sizeBytes)}\n`;
          });
          for (const selector of missing)
            session.terminal.err.line(`not in the file, since it is gone or was changed: ${printable(selector)}`);
        });
      });
  },
};
