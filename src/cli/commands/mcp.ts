/** `workgraph mcp`: everything that can be asked, as tools of the Model Context Protocol on stdin and stdout. */
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";

interface McpFlags extends CommonOptions {
  readonly readOnly?: boolean;
  readonly printConfig?: string;
}

export const mcp: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .option("--read-only", "offer nothing that starts or stops a run")
      .option("--print-config <client>", "print what to write into a client's configuration, and end")
      .addHelpText(
        "after",
        examples("workgraph mcp --print-config claude-code > .mcp.json", "workgraph mcp --read-only"),
      )
      .action(async (flags: McpFlags) => {
        if (flags.printConfig !== undefined) {
          const { clientConfig } = await import("../../mcp/client-config.ts");
          session.terminal.out.write(clientConfig(flags.printConfig, (await session.project(flags)).root));
          return;
        }
        const { serveStdio } = await import("../../mcp/stdio.ts");
        const { ProcessLauncher } = await import("../../app/process-launcher.ts");
        const { LongAnswers } = await import("../../app/long-answers.ts");
        const { Registration } = await import("../../app/registration.ts");
        const { packageVersion } = await import("../../app/package-version.ts");
        await session.writing(flags, async (workspace) => {
          const registration = new Registration(workspace.project, { freshMs: 0 });
          const launcher = new ProcessLauncher(workspace);
          const answers = new LongAnswers(workspace.project);
          const access = flags.readOnly === true ? "read" : "launch";
          try {
            await serveStdio({
              access,
              packageVersion: await packageVersion(),
              context: (signal) => ({
                workspace,
                registration,
                launcher,
                caller: { kind: "mcp", id: session.user },
                access,
                signal,
                answers,
              }),
            });
          } finally {
            registration.close();
            await answers.close();
            await launcher.close(8_000);
          }
        });
      });
  },
};
