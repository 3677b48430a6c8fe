/** `workgraph cancel`. */
import type { CancelRunOutput } from "../../app/operations/cancel-run.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";

interface CancelOptions extends CommonOptions {
  readonly reason?: string;
  readonly wait?: boolean;
}

const WAIT_MS = 15_000;

export const cancel: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .option("--reason <text>", "recorded with the run")
      .option("--no-wait", "do not wait until it has stopped")
      .addHelpText("after", examples("workgraph cancel latest", 'workgraph cancel 01JD7 --reason "wrong query"'))
      .action(async (run: string, options: CancelOptions) => {
        await session.writing(options, async (workspace) => {
          const { cancelRun } = await import("../../app/operations/cancel-run.ts");
          const { waitRun } = await import("../../app/operations/wait-run.ts");
          const asked = await cancelRun(workspace, {
            run,
            caller: { kind: "cli", id: session.user },
            ...(options.reason === undefined ? {} : { reason: options.reason }),
          });
          if (asked.cancel === "orphan") {
            const { openRunner } = await import("../../runner/runner.ts");
            const runner = await openRunner(workspace);
            await runner.cancelOrphan(asked.runId);
            await runner.close();
          }
          const after =
            asked.cancel === "ended" || options.wait === false
              ? asked
              : await waitRun(workspace, { run: asked.runId, timeoutMs: WAIT_MS });
          const document = { ...after, cancel: asked.cancel };
          session.answer(options, document, () => cancelText(document));
        });
      });
  },
};

function cancelText(answer: CancelRunOutput): string {
  if (answer.cancel === "ended") return `Run ${answer.runId} had ended before: ${answer.status}.\n`;
  if (answer.status === "cancelled") return `Run ${answer.runId} is cancelled.\n`;
  return `Run ${answer.runId} was asked to stop; it is ${answer.status}.\n`;
}
