/** `workgraph trace` and `workgraph explain`: a workflow function, looked at without executing its nodes. */
import { parseDuration } from "../../base/duration.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { readInput } from "../input.ts";
import { readFlags, readPairs } from "../param-flags.ts";
import { collect, commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";

interface TraceOptions extends CommonOptions {
  readonly input?: readonly string[];
  readonly from?: string;
  readonly result?: readonly string[];
  readonly mermaid?: boolean;
  readonly timeout?: number;
}

export const trace: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<workflow>", "file.ts, file.ts#export, or a registered name")
      .argument("[input]", "JSON, @file with JSON, or - for JSON on stdin")
      .option("-i, --input <key=value>", "one parameter; may be given several times", collect)
      .option("--from <run>", "take input and results from this run")
      .option("--result <node=json>", "a sample result of a node; may be given several times", collect)
      .option("--mermaid", "print the graph as mermaid")
      .option("--timeout <duration>", "time the workflow function may take (default: 10s)", durationOf)
      .usage("<workflow> [input] [--parameter value]... [options]")
      .allowUnknownOption()
      .allowExcessArguments()
      .addHelpText(
        "after",
        "\nNo node executes and nothing is recorded. Past an await the values come from --from, --result, or the few values\n" +
          "that an output schema admits; the graph is then a union of samples. Parameters of the workflow are flags too.\n" +
          examples(
            "workgraph trace flow.ts --query canals",
            "workgraph trace research-pipeline --from latest",
            `workgraph trace flow.ts --result 'fetch_urls=["a", "b"]' --mermaid`,
          ),
      )
      .action(async (_target: string, _input: string | undefined, options: TraceOptions) => {
        const { args: flags, rest } = readFlags(command.args);
        const [target = "", input] = rest;
        const args = { ...flags, ...readPairs(options.input ?? [], "-i") };
        const [{ traceWorkflow }, { traceText, traceMermaid }] = await Promise.all([
          import("../../app/operations/trace-workflow.ts"),
          import("../trace-text.ts"),
        ]);
        const given = input === undefined ? undefined : await readInput(input);
        await session.reading(options, async (workspace) => {
          const document = await traceWorkflow(workspace, {
            target,
            from: session.cwd,
            ...(given === undefined ? {} : { input: given }),
            ...(Object.keys(args).length === 0 ? {} : { args }),
            ...(options.from === undefined ? {} : { run: options.from }),
            ...(options.result === undefined ? {} : { results: resultsOf(options.result) }),
            ...(options.timeout === undefined ? {} : { limitMs: options.timeout }),
          });
          session.answer(options, document, () =>
            options.mermaid === true ? traceMermaid(document) : traceText(document),
          );
        });
      });
  },
};

interface ExplainOptions extends CommonOptions {
  readonly timeout?: number;
}

export const explain: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<workflow or run>", "file.ts, file.ts#export, a registered name, a run id, or latest")
      .option("--timeout <duration>", "time the workflow function may take (default: 10s)", durationOf)
      .addHelpText(
        "after",
        examples("workgraph explain flow.ts", "workgraph explain latest", "workgraph explain research-pipeline --json"),
      )
      .action(async (target: string, options: ExplainOptions) => {
        const [{ explainWorkflow }, { explainText }] = await Promise.all([
          import("../../app/operations/explain-workflow.ts"),
          import("../explain-text.ts"),
        ]);
        await session.reading(options, async (workspace) => {
          const document = await explainWorkflow(workspace, {
            target,
            from: session.cwd,
            ...(options.timeout === undefined ? {} : { limitMs: options.timeout }),
          });
          session.answer(options, document, () => explainText(document));
        });
      });
  },
};

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new WorkgraphError("WG5050", `--timeout: ${(error as Error).message}`, { cause: error });
  }
}

/** `node=JSON`; text that is no JSON is a text. */
function resultsOf(pairs: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(readPairs(pairs, "--result")).map(([node, text]) => {
      try {
        return [node, JSON.parse(text) as unknown];
      } catch {
        return [node, text];
      }
    }),
  );
}
