/** `workgraph export`: a run with its child runs, in one file. */
import { resolve } from "node:path";
import type { ExportPageOutput } from "../../app/operations/export-page.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { counted } from "../run-text.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { sizeText } from "../size-text.ts";
import { printable } from "../text-width.ts";

interface ExportOptions extends CommonOptions {
  readonly files?: boolean;
  readonly html?: boolean;
}

export const exportCommand: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .argument("<file>", "a file that does not exist")
      .option("--html", "one page that opens in a browser without a server and without a network")
      .option("--files", "the files of its artifacts too, not only their manifests")
      .addHelpText(
        "after",
        "\nIt holds values, logs and sources as they were recorded, of child runs too: give it to whom you would show all of that.\n" +
          examples(
            "workgraph export latest run.workgraph.gz",
            "workgraph export 01JD7 nightly.workgraph.gz --files",
            "workgraph export latest run.html --html",
          ),
      )
      .action(async (run: string, file: string, options: ExportOptions) => {
        if (options.html === true) return page(run, file, options);
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

    async function page(run: string, file: string, options: ExportOptions): Promise<void> {
      if (options.files === true) {
        throw new WorkgraphError("WG5050", "--files and --html do not go together: a page holds manifests, not files", {
          hint: "Leave one of them out.",
        });
      }
      const { offlinePage } = await import("../ui-build.ts");
      const { exportPage } = await import("../../app/operations/export-page.ts");
      const template = await offlinePage({ line: (text) => session.terminal.err.line(text) });
      await session.reading(options, async (workspace) => {
        const document = await exportPage(workspace, { run, file: resolve(session.cwd, file), template });
        const { runs, items, events, sizeBytes, leftOut } = document;
        session.answer(
          options,
          document,
          () =>
            `${printable(file)}: ${counted(runs, "run")}, ${counted(items, "item")}, ${counted(events, "event")}, ${sizeText(sizeBytes)}\n`,
        );
        const missing = Object.entries(leftOut).filter(([, count]) => count > 0);
        if (missing.length > 0)
          session.terminal.err.line(
            `too much for one page, left out: ${missing.map(([what, count]) => `${count} ${WORDS[what as keyof typeof leftOut]}`).join(", ")}`,
          );
      });
    }
  },
};

const WORDS: Readonly<Record<keyof ExportPageOutput["leftOut"], string>> = {
  runs: "child runs",
  items: "items",
  itemDetails: "items' details",
  events: "events",
  logs: "or more log lines",
};
