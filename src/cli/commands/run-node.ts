/** `workgraph run-node`: one node of a workflow on an input, as a run of its own. */
import { readInput } from "../input.ts";
import { readFlags, readPairs } from "../param-flags.ts";
import { collect, commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { Following } from "./run.ts";

interface RunNodeOptions extends CommonOptions {
  readonly tag?: readonly string[];
  readonly quiet?: boolean;
}

export const runNode: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<workflow>", "file.ts, file.ts#export, or a registered name")
      .argument("<node>", "id of the node")
      .argument("[input]", "what the node takes: JSON, @file with JSON, or - for JSON on stdin")
      .option("--tag <key=value>", "recorded with the run; may be given several times", collect)
      .option("--quiet", "say nothing on stderr but errors")
      .usage("<workflow> <node> [input] [--parameter value]... [options]")
      .allowUnknownOption()
      .allowExcessArguments()
      .addHelpText(
        "after",
        "\nThe run is named WORKFLOW--NODE and stands in the history. The node does what it does: one with an effect has it.\n" +
          "What the node takes are flags too: --page-url TEXT is pageUrl, as JSON where it is JSON.\n" +
          examples(
            "workgraph run-node research-pipeline scrape_page --url https://example.com",
            `workgraph run-node research-pipeline scrape_page '{"url": "https://example.com"}'`,
            "workgraph run-node flow.ts#main summarize_page @page.json --json",
          ),
      )
      .action(async (_target: string, _node: string, _input: string | undefined, options: RunNodeOptions) => {
        const { args, rest } = readFlags(command.args);
        const [target = "", node = "", input] = rest;
        const given = input === undefined ? {} : await readInput(input);
        await session.writing(options, async (workspace) => {
          const following = new Following({ session, options, workspace });
          await following.follow((runner) =>
            runner.launch({
              target,
              node,
              input: given,
              ...(Object.keys(args).length === 0 ? {} : { args }),
              from: session.cwd,
              caller: { kind: "cli", id: session.user },
              ...(options.tag === undefined ? {} : { tags: readPairs(options.tag, "--tag") }),
            }),
          );
        });
      });
  },
};
