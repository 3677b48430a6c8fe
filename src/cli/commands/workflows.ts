/** `workgraph list`, `describe` and `check`: about code that has not run. */
import { EXIT } from "../exit-code.ts";
import { findingText } from "../finding-text.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { counted } from "../run-text.ts";
import { table } from "../table.ts";
import { oneLine, ownMessage } from "../text-width.ts";
import type { DescribeOutput } from "../../app/operations/describe-workflow.ts";

export const list: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .addHelpText("after", examples("workgraph list", "workgraph list --json"))
      .action(async (options: CommonOptions) => {
        const { projectWorkflows } = await import("../../app/find-workflow.ts");
        const project = await session.project(options);
        const document = await projectWorkflows(project);
        session.answer(options, document, () =>
          document.workflows.length === 0
            ? ""
            : table(
                [{ title: "WORKFLOW" }, { title: "WHERE" }, { title: "TITLE", maxWidth: 60 }],
                document.workflows.map((one) => [one.name, one.target, one.title ?? one.description ?? ""]),
              ),
        );
        if (options.json === true) return;
        for (const problem of document.problems) {
          const line = problem.line === undefined ? "" : `:${problem.line}`;
          session.terminal.err.line(`${problem.file}${line}: ${oneLine(ownMessage(problem))}`);
        }
        if (document.workflows.length === 0) {
          session.terminal.err.line(
            `No workflows in ${counted(document.files, "file")}. Looked in ${project.root}; workgraph.config.ts names other places.`,
          );
        }
      });
  },
};

export const describe: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<workflow>", "file.ts, file.ts#export, or a registered name")
      .addHelpText("after", examples("workgraph describe research-pipeline", "workgraph describe flow.ts#main --json"))
      .action(async (target: string, options: CommonOptions) => {
        const { describeWorkflow } = await import("../../app/operations/describe-workflow.ts");
        const restore = session.terminal.divert();
        try {
          const document = await describeWorkflow(await session.project(options), { target, from: session.cwd });
          session.answer(options, document, () => describeText(document));
          if (options.json !== true) {
            for (const warning of document.warnings) session.terminal.err.line(`warning: ${oneLine(warning)}`);
          }
        } finally {
          restore();
        }
      });
  },
};

function describeText(workflow: DescribeOutput): string {
  const { name, title, description, target, version, parameters, commandLine } = workflow;
  const head = [
    title === undefined ? name : `${name}: ${oneLine(title)}`,
    ...(description === undefined ? [] : [oneLine(description)]),
  ];
  const rows = parameters.map((parameter) => [
    parameter.name,
    parameter.type,
    parameter.required ? "required" : "optional",
    parameter.default === undefined ? "" : JSON.stringify(parameter.default),
    parameter.description ?? "",
  ]);
  const body =
    rows.length > 0
      ? table(
          [
            { title: "PARAMETER" },
            { title: "TYPE", maxWidth: 50 },
            { title: "" },
            { title: "DEFAULT", maxWidth: 30 },
            { title: "" },
          ],
          rows,
        )
      : workflow.inputSchema === undefined
        ? "Takes any JSON.\n"
        : "Takes nothing.\n";
  return `${head.join("\n")}\n\n${body}\nversion ${version.slice(0, 10)}, ${target}\n\n  ${commandLine}\n`;
}

export const check: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("[files...]", "workflow files; none: all of the project")
      .addHelpText("after", examples("workgraph check", "workgraph check flow.ts"))
      .action(async (files: readonly string[], options: CommonOptions) => {
        const { checkWorkflows } = await import("../../app/operations/check-workflows.ts");
        const document = await checkWorkflows(await session.project(options), { files, from: session.cwd });
        const { colors } = session.terminal.out;
        session.answer(options, document, () => findingText(document.findings, { from: session.cwd, colors }));
        if (options.json !== true) {
          const { errors, warnings } = document;
          session.terminal.err.line(
            `${counted(document.files, "file")}, ${counted(errors, "error")}, ${counted(warnings, "warning")}`,
          );
        }
        if (document.errors > 0) session.exitCode = EXIT.invalid;
      });
  },
};
