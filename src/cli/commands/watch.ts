/** `workgraph watch` and `workgraph wait`: from outside, while another process runs it. */
import { parseDuration } from "../../base/duration.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { RunFrame } from "../../app/operations/watch-run.ts";
import { exitCodeOfStatus } from "../exit-code.ts";
import { openProgress } from "../progress.ts";
import { dataFlagOf, runEndText } from "../run-end.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";

const RUN = 'run id, the beginning of one, or "latest"';

export const watch: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", RUN)
      .addHelpText("after", examples("workgraph watch latest", "workgraph watch 01JD7 --json"))
      .action(async (run: string, options: CommonOptions) => {
        const { watchRun } = await import("../../app/operations/watch-run.ts");
        const { summaryOfRun } = await import("../../app/operations/show-run.ts");
        const { modelsBelow } = await import("../../app/child-runs.ts");
        await session.reading(options, async (workspace) => {
          const { err } = session.terminal;
          const progress = options.json === true ? undefined : openProgress(session.terminal);
          let last: RunFrame | undefined;
          for await (const frame of watchRun(workspace, { run })) {
            progress?.frame(frame);
            last = frame;
          }
          progress?.end();
          const summary = await summaryOfRun(workspace, { run: last?.runId ?? run });
          const error = last?.view.errors.findLast((known) => known.call === undefined)?.error;
          const spent = await modelsBelow(workspace.store, summary.runId);
          const end = {
            ...summary,
            ...spent,
            ...(error === undefined || summary.status !== "failed" ? {} : { error }),
          };
          if (options.json === true) session.terminal.out.line(JSON.stringify(end));
          else err.write(runEndText(end, { colors: err.colors, dataFlag: dataFlagOf(options.data) }));
          session.exitCode = exitCodeOfStatus(summary.status);
        });
      });
  },
};

interface WaitOptions extends CommonOptions {
  readonly timeout?: number;
}

export const wait: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", RUN)
      .option(
        "--timeout <duration>",
        'give up after this time, e.g. "30s"; the run goes on, the exit code is 6',
        durationOf,
      )
      .addHelpText("after", examples("workgraph wait latest", "workgraph wait 01JD7 --timeout 10m --json"))
      .action(async (run: string, options: WaitOptions) => {
        const { waitRun } = await import("../../app/operations/wait-run.ts");
        await session.reading(options, async (workspace) => {
          const { timeout } = options;
          const summary = await waitRun(workspace, { run, ...(timeout === undefined ? {} : { timeoutMs: timeout }) });
          session.answer(options, summary, () => `${summary.status}\n`);
          session.exitCode = exitCodeOfStatus(summary.status);
        });
      });
  },
};

/** A bare number is seconds, as of `timeout(1)`. */
function durationOf(text: string): number {
  try {
    return parseDuration(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text);
  } catch (cause) {
    throw new WorkgraphError("WG5050", `--timeout: ${(cause as Error).message}`, { cause });
  }
}
