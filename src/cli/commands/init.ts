/** `workgraph init`: a project to begin with, and its first runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { InitProjectOutput } from "../../app/operations/init-project.ts";
import { commandLine, shellWord } from "../../model/command-line.ts";
import { examples, type CommandModule, type Session } from "../session.ts";

interface InitOptions {
  readonly json?: boolean;
  readonly template?: string;
  readonly keep?: boolean;
  /** commander's name for --no-run. */
  readonly run: boolean;
}

interface FirstRun {
  readonly workflow: string;
  readonly runId?: string;
  readonly status: string;
  /** It ended as the template means it to. */
  readonly asMeant: boolean;
}

const BIN = fileURLToPath(new URL("../../../bin/workgraph.js", import.meta.url));

export const init: CommandModule = {
  define(command, session) {
    command
      .argument("<folder>", "where; made when it is not there")
      .option(
        "--template <name>",
        "agent: with a workflow that fails on purpose, and what coding agents need; basic: one workflow",
        "agent",
      )
      .option("--keep", "take a folder that has files: they stay as they are, and missing ones are written")
      .option("--no-run", "write the files, and run nothing")
      .option("--json", "print one JSON document on stdout")
      .addHelpText(
        "after",
        "\nNothing is asked of a network and nothing is installed. The workflows run once, so that there is something to look at.\n" +
          examples("workgraph init demo", "workgraph init demo --template basic", "workgraph init . --keep"),
      )
      .action(async (folder: string, options: InitOptions) => {
        const { initProject, templateNamed } = await import("../../app/operations/init-project.ts");
        const made = await initProject({
          folder,
          from: session.cwd,
          ...(options.template === undefined ? {} : { template: options.template }),
          ...(options.keep === true ? { existing: "keep" } : {}),
        });
        const runs: FirstRun[] = [];
        for (const { workflow, ends } of options.run ? templateNamed(made.template).firstRuns : [])
          runs.push(await firstRun(session, { folder: made.folder, workflow, ends }));
        session.answer(options, { ...made, runs, next: nextLines(session, made) }, () => text(session, made, runs));
        if (!runs.every(({ asMeant }) => asMeant)) session.exitCode = 1;
      });
  },
};

/** In a process of its own, in that folder: as its owner would run it. */
async function firstRun(
  session: Session,
  asked: { readonly folder: string; readonly workflow: string; readonly ends: string },
): Promise<FirstRun> {
  const { folder, workflow, ends } = asked;
  const child = spawn(process.execPath, [BIN, "run", workflow, "--json"], {
    cwd: folder,
    env: session.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (printed += chunk));
  await once(child, "close");
  const { runId, status = "failed" } = documentOf(printed);
  return {
    workflow,
    ...(runId === undefined ? {} : { runId }),
    status,
    asMeant: runId !== undefined && status === ends,
  };
}

function documentOf(printed: string): { readonly runId?: string; readonly status?: string } {
  try {
    return JSON.parse(printed) as { readonly runId?: string; readonly status?: string };
  } catch {
    // It did not come to an answer: whoever runs it again sees why.
    return {};
  }
}

function nextLines(session: Session, { folder, installed }: InitProjectOutput): readonly string[] {
  const way = relative(session.cwd, folder);
  return [
    ...(way === "" ? [] : [`cd ${shellWord(way)}`]),
    ...(installed ? [] : ["npm install"]),
    // Installed in the project, it is not on the PATH.
    "npx workgraph dev",
    "npm test",
  ];
}

function text(session: Session, made: InitProjectOutput, runs: readonly FirstRun[]): string {
  const { folder, template, written, kept } = made;
  const lines = [`${folder}: ${written.length} files of the template "${template}"`];
  for (const path of written) lines.push(`  ${path}`);
  if (kept.length > 0) lines.push(`kept as they were: ${kept.join(", ")}`);
  for (const { workflow, runId, status, asMeant } of runs) {
    const purpose = status === "failed" && asMeant ? ", on purpose: README.md goes through it" : "";
    lines.push(
      runId === undefined
        ? `${workflow} did not run: "${commandLine(`run ${workflow}`)}" there says why`
        : `ran ${workflow}: ${status}${purpose}  ${runId}`,
    );
  }
  lines.push("", "next:", ...nextLines(session, made).map((line) => `  ${line}`));
  return `${lines.join("\n")}\n`;
}
