/** `workgraph import`: runs of another data folder, from a file. */
import { resolve } from "node:path";
import { commandLine } from "../../model/command-line.ts";
import { counted } from "../run-text.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";

interface ImportOptions extends CommonOptions {
  readonly trustCode?: boolean;
}

export const importCommand: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<file>", 'what "export" wrote')
      .option("--trust-code", "let the code of its runs execute here, when somebody resumes, forks or traces them")
      .addHelpText(
        "after",
        "\nThe file is checked whole before anything is written. Imported runs can be shown, compared and drawn; their code executes only\n" +
          'when it was trusted: read it first ("checkout"), then import the file again with --trust-code.\n' +
          examples("workgraph import run.workgraph.gz", "workgraph import run.workgraph.gz --trust-code"),
      )
      .action(async (file: string, options: ImportOptions) => {
        const operation = await import("../../app/operations/import-run.ts");
        await session.writing(options, async (workspace) => {
          const document = await operation.importRun(workspace, {
            file: resolve(session.cwd, file),
            code: options.trustCode === true ? "trusted" : "untrusted",
          });
          const { runId, runs, known, artifacts, notes, code } = document;
          session.answer(options, document, () => {
            const here = known.length > 0 ? `, ${known.length} of them here already` : "";
            const folders = artifacts.length > 0 ? `, ${counted(artifacts.length, "artifact")}` : "";
            const said = notes > 0 ? `, ${counted(notes, "note")}` : "";
            const trust = code === "trusted" ? "its code is trusted" : "its code is not trusted: it will not execute";
            return `${runId}: ${counted(runs.length, "run")}${here}${folders}${said}; ${trust}\n${commandLine(`show ${runId}`)}\n`;
          });
        });
      });
  },
};
