/** `workgraph checkout`: a folder that runs the version that a run had. */
import { relative, resolve } from "node:path";
import { counted, shortVersion } from "../run-text.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { printable } from "../text-width.ts";

export const checkout: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .argument("<dir>", "a folder that does not exist, or an empty one")
      .addHelpText(
        "after",
        "\nSources as stored, a package.json with the recorded package versions, the input, and a README. Nothing is installed or executed.\n" +
          examples("workgraph checkout latest ./as-it-was", "workgraph checkout 01JD7 /tmp/january --json"),
      )
      .action(async (run: string, dir: string, options: CommonOptions) => {
        const operation = await import("../../app/operations/checkout-run.ts");
        await session.reading(options, async (workspace) => {
          const document = await operation.checkoutRun(workspace, { run, dir: resolve(session.cwd, dir) });
          const { workflow, version, files, folder, target } = document;
          session.answer(
            options,
            document,
            () =>
              `${counted(files.length, "file")} of ${workflow}@${shortVersion(version)}\n\n` +
              `  cd ${printable(relative(session.cwd, folder) || ".")}\n  npm install\n  npx workgraph run ${printable(target)} @input.json\n`,
          );
        });
      });
  },
};
