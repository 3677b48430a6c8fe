/** `workgraph items`, `errors`, `logs` and `events`: lists of what a run recorded. */
import { formatDuration } from "../../base/duration.ts";
import { commandLine } from "../../model/command-line.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import {
  collect,
  commonOptions,
  examples,
  pageOf,
  pageOptions,
  type CommandModule,
  type CommonOptions,
  type PageOptions,
} from "../session.ts";
import { table } from "../table.ts";
import { oneLine } from "../text-width.ts";
import { errorText, logText } from "../record-text.ts";

const WHERE = 'run id, the beginning of one, "latest", RUN.CALL or RUN.CALL.ITEM';

function seqOf(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new WorkgraphError("WG5050", `"--at ${text}" names no event`, {
    hint: `Write the number of one, as "${commandLine("events RUN")}" lists them.`,
  });
}

interface ItemsOptions extends CommonOptions, PageOptions {
  readonly node?: string;
  readonly status?: readonly string[];
  readonly values?: boolean;
  readonly all?: boolean;
  readonly at?: number;
}

export const items: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 100)
      .argument("<run>", WHERE)
      .option("--node <id>", "items of this node")
      .option("--status <status>", "items with this status; may be given several times", collect)
      .option("--values", "show what each item gave, cut to a line")
      .option("--all", "all of them, in one page")
      .option("--at <seq>", "as they stood at this event", seqOf)
      .addHelpText(
        "after",
        examples(
          "workgraph items latest",
          "workgraph items latest --status failed",
          "workgraph items 01JD7.4 --values",
          "workgraph items latest --json --all",
        ),
      )
      .action(async (run: string, options: ItemsOptions) => {
        const { itemStatuses, listItems, MAX_ITEMS } = await import("../../app/operations/list-items.ts");
        await session.reading(options, async (workspace) => {
          const page = await listItems(workspace, {
            run,
            ...pageOf(options),
            ...(options.all === true ? { limit: MAX_ITEMS } : {}),
            ...(options.node === undefined ? {} : { node: options.node }),
            ...(options.status === undefined ? {} : { status: itemStatuses(options.status) }),
            ...(options.values === true ? { values: "preview" } : {}),
            ...(options.at === undefined ? {} : { at: options.at }),
          });
          session.answer(options, page, () =>
            table(
              [
                { title: "ADDRESS" },
                { title: "PATH", maxWidth: 50 },
                { title: "NODE", maxWidth: 40 },
                { title: "STATUS" },
                { title: "ATTEMPTS", align: "right" },
                { title: "MS", align: "right" },
                { title: options.values === true ? "VALUE OR ERROR" : "ERROR", maxWidth: 100 },
              ],
              page.items.map((item) => [
                item.address,
                item.path,
                item.node,
                item.status,
                String(item.attempts),
                item.ms === undefined ? "" : item.ms.toFixed(item.ms < 10 ? 1 : 0),
                item.error === undefined ? (item.value ?? "") : item.error.message,
              ]),
            ),
          );
          session.more(options, page);
        });
      });
  },
};

interface ErrorsOptions extends CommonOptions, PageOptions {
  readonly node?: string;
  readonly all?: boolean;
  readonly stack?: boolean;
}

export const errors: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 50)
      .argument("<run>", WHERE)
      .option("--node <id>", "errors of this node")
      .option("--all", "attempts that were tried again too")
      .option("--no-stack", "leave out the stacks")
      .addHelpText("after", examples("workgraph errors latest", "workgraph errors latest --all --node scrape_page"))
      .action(async (run: string, options: ErrorsOptions) => {
        const { listErrors } = await import("../../app/operations/list-errors.ts");
        await session.reading(options, async (workspace) => {
          const page = await listErrors(workspace, {
            run,
            ...pageOf(options),
            ...(options.node === undefined ? {} : { node: options.node }),
            ...(options.all === true ? { attempts: "all" } : {}),
          });
          const stack = options.stack === false ? "none" : "shown";
          session.answer(options, page, () =>
            page.errors.map((error) => errorText(error, { colors: session.terminal.out.colors, stack })).join("\n"),
          );
          session.more(options, page);
          if (page.errors.length > 0 || options.json === true) return;
          const { summaryOfRun } = await import("../../app/operations/show-run.ts");
          const { runId, status } = await summaryOfRun(workspace, { run });
          const elsewhere =
            status === "diverged" ? ` It diverged: "${commandLine(`show ${runId}`)}" has the report.` : "";
          session.terminal.err.line(`No errors.${elsewhere}`);
        });
      });
  },
};

interface LogsOptions extends CommonOptions, PageOptions {
  readonly follow?: boolean;
  readonly level?: readonly string[];
}

export const logs: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 200)
      .argument("<run>", WHERE)
      .option("-f, --follow", "go on until the run has ended; with --json one document of all lines then")
      .option(
        "--level <level>",
        "debug, info, warn, error, progress, stream, out, err; may be given several times",
        collect,
      )
      .addHelpText("after", examples("workgraph logs latest", "workgraph logs -f latest", "workgraph logs 01JD7.4.17"))
      .action(async (run: string, options: LogsOptions) => {
        const { followLogs, listLogs } = await import("../../app/operations/list-logs.ts");
        const levels = options.level === undefined ? {} : { levels: options.level };
        const { out } = session.terminal;
        await session.reading(options, async (workspace) => {
          if (options.follow !== true) {
            const page = await listLogs(workspace, { run, ...pageOf(options), ...levels });
            session.answer(options, page, () => page.lines.map((line) => logText(line, out.colors)).join(""));
            session.more(options, page);
            return;
          }
          const lines = [];
          for await (const line of followLogs(workspace, { run, ...levels })) {
            if (out.closed) return;
            if (options.json === true) lines.push(line);
            else out.write(logText(line, out.colors));
          }
          if (options.json === true) out.line(JSON.stringify({ lines, truncated: false }));
        });
      });
  },
};

interface EventsOptions extends CommonOptions, PageOptions {
  readonly type?: readonly string[];
  readonly values?: boolean;
}

export const events: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 200)
      .argument("<run>", `${WHERE}: then events that name it`)
      .option("--type <type>", "events of this type, e.g. item.failed; may be given several times", collect)
      .option("--values", "show the values that events carry, cut to a line")
      .addHelpText(
        "after",
        examples(
          "workgraph events latest",
          "workgraph events latest --type call.created",
          "workgraph events 01JD7.4.17",
        ),
      )
      .action(async (run: string, options: EventsOptions) => {
        const { listEvents } = await import("../../app/operations/list-events.ts");
        await session.reading(options, async (workspace) => {
          const page = await listEvents(workspace, {
            run,
            ...pageOf(options),
            ...(options.type === undefined ? {} : { types: options.type }),
            ...(options.values === true ? { values: "preview" } : {}),
          });
          const first = page.events[0];
          const startedAt = first === undefined ? 0 : first.event.at;
          session.answer(options, page, () =>
            page.events
              .map(({ seq, type, event, value }) => {
                const { type: _type, at, ...fields } = event;
                const text = `${JSON.stringify(fields)}${value === undefined ? "" : `  = ${value}`}`;
                return `${String(seq).padStart(6)}  +${formatDuration(at - startedAt).padEnd(8)}  ${type.padEnd(15)}  ${oneLine(text)}\n`;
              })
              .join(""),
          );
          session.more(options, page);
        });
      });
  },
};
