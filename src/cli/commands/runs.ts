/** `workgraph runs` and `workgraph output`. */
import { formatDuration, parseDuration } from "../../base/duration.ts";
import { costText, tokensText } from "../../model/llm.ts";
import type { RunStatus } from "../../model/status.ts";
import type { RunSummary } from "../../app/run-summary.ts";
import { readPairs } from "../param-flags.ts";
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
import { countsText, runStatusOf, shortVersion } from "../run-text.ts";
import { table } from "../table.ts";

interface RunsOptions extends CommonOptions, PageOptions {
  readonly workflow?: string;
  readonly status?: string;
  readonly version?: string;
  readonly tag?: readonly string[];
  readonly all?: boolean;
  readonly children?: string;
  readonly from?: string;
  readonly to?: string;
  readonly longer?: string;
  readonly shorter?: string;
  readonly text?: string;
}

export const runs: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 50)
      .option("--workflow <name>", "runs of this workflow")
      .option("--status <status>", "runs with this status, e.g. failed or interrupted", runStatusOf)
      .option("--version <hash>", "runs of this code version")
      .option("--tag <key=value>", "runs with this tag; several must all be there", collect)
      .option("--all", "child runs too (with --workflow or --version they are always there)")
      .option("--children <run>", "only the child runs of this run")
      .option("--from <time>", "created at or after: 2026-01-31, 2026-01-31T06:00:00Z, or how long ago: 2h, 7d")
      .option("--to <time>", "created before")
      .option("--longer <duration>", "ended, and took at least so long, e.g. 90s or 5m")
      .option("--shorter <duration>", "ended, and took at most so long")
      .option("--text <words>", "runs in which one error, log line or value has all these words")
      .addHelpText(
        "after",
        examples(
          "workgraph runs",
          "workgraph runs --children latest",
          "workgraph runs --workflow research-pipeline --status failed",
          "workgraph runs --from 7d --longer 5m",
          "workgraph runs --json --limit 1",
        ),
      )
      .action(async (options: RunsOptions) => {
        const { listRuns } = await import("../../app/operations/list-runs.ts");
        const { workflow, status, version, tag, all, children, from, to, longer, shorter, text } = options;
        await session.reading(options, async (workspace) => {
          const page = await listRuns(workspace, {
            ...pageOf(options),
            ...(workflow === undefined ? {} : { workflow }),
            ...(status === undefined ? {} : { status: status as RunStatus }),
            ...(version === undefined ? {} : { version }),
            ...(tag === undefined ? {} : { tags: readPairs(tag, "--tag") }),
            ...(all === true ? { level: "all" } : {}),
            ...(children === undefined ? {} : { parent: children }),
            ...(from === undefined ? {} : { from }),
            ...(to === undefined ? {} : { to }),
            ...(longer === undefined ? {} : { minMs: parseDuration(longer) }),
            ...(shorter === undefined ? {} : { maxMs: parseDuration(shorter) }),
            ...(text === undefined ? {} : { text }),
          });
          session.answer(options, page, () => runsText(page.runs));
          session.more(options, page);
          if (page.incomplete !== undefined && options.json !== true) {
            session.terminal.err.line(`Older runs may be missing: ${page.incomplete}.`);
          }
          if (page.runs.length === 0 && options.json !== true) {
            session.terminal.err.line(`No runs in ${workspace.project.dataDir}.`);
          }
        });
      });
  },
};

function runsText(rows: readonly RunSummary[]): string {
  if (rows.length === 0) return "";
  // Most projects ask no models.
  const asksModels = rows.some((run) => run.models !== undefined);
  return table(
    [
      { title: "RUN" },
      { title: "WORKFLOW", maxWidth: 40 },
      { title: "STATUS" },
      { title: "CREATED" },
      { title: "TOOK", align: "right" },
      { title: "VERSION" },
      { title: "ITEMS" },
      ...(asksModels ? [{ title: "TOKENS" }, { title: "COST", align: "right" as const }] : []),
    ],
    rows.map((run) => [
      run.runId,
      run.workflow,
      run.status,
      run.createdAt.slice(0, 19).replace("T", " "),
      run.durationMs === undefined ? "" : formatDuration(run.durationMs),
      shortVersion(run.version),
      countsText(run.counts),
      ...(asksModels ? [run.models ? tokensText(run.models) : "", run.models ? costText(run.models) : ""] : []),
    ]),
  );
}

export const output: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .addHelpText("after", examples("workgraph output latest", "workgraph output 01JD7 > report.md"))
      .action(async (run: string, options: CommonOptions) => {
        const { readOutput } = await import("../../app/operations/read-output.ts");
        await session.reading(options, async (workspace) => {
          const document = await readOutput(workspace, { run });
          session.answer(options, document, () => valueText(document.output));
        });
      });
  },
};

/** A text as it is, everything else as JSON. */
export function valueText(value: unknown): string {
  if (typeof value !== "string") return `${JSON.stringify(value, null, 2)}\n`;
  return value.endsWith("\n") ? value : `${value}\n`;
}
