/**
 * `npm run demo`: runs the research pipeline through the command line, as a user would, and says where its report is.
 *
 *   npm run demo -- --query "railroads and canals"
 *   npm run demo -- --run RUN        writes the report of a run that is there already
 *   npm run demo -- --open           starts the server at the end and opens the page of the run
 *
 * Ctrl-C reaches the command line, which stops the run in order; this script waits for it and says how to go on.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import type { Report } from "../examples/research-pipeline/report.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIN = `${ROOT}bin/workgraph.js`;
/** Git and prettier pass it over. */
const REPORT_FILE = `${ROOT}artifacts/demo/report.md`;
const QUERY = "public schools and education";
const SHOWN_LINES = 7;
const INTERRUPTED = 130;

const USAGE = `npm run demo -- [--query TEXT] [--documents N] [--data DIR] [--open]
npm run demo -- --run RUN [--data DIR]      writes the report of a run that has completed

  --open    then starts the server and opens the page of the run in a browser
`;

interface Options {
  readonly query: string;
  readonly documents: string | undefined;
  readonly run: string | undefined;
  /** "--data DIR" where it was given, for commands of ours and for those that are shown. */
  readonly data: readonly string[];
  readonly open: boolean;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "number") return options;
  if (options.run !== undefined) return tell(options.run, options);
  console.log(`${options.query}? Asked of 233 State of the Union addresses, sentence by sentence.\n`);
  // Its own name in the history: the run is found again whatever else runs in this data folder.
  const tag = `demo=${Date.now()}`;
  const exitCode = await runPipeline(tag, options);
  const completed = exitCode === 0 || exitCode === 8;
  // Of anything else the command line has said all there is.
  if (!completed && exitCode !== INTERRUPTED) return exitCode;
  const { runs } = workgraphJson<{ runs: readonly { runId: string }[] }>(["runs", "--tag", tag, ...options.data]);
  const runId = runs[0]?.runId;
  if (runId === undefined) return exitCode;
  if (completed) return tell(runId, options);
  sayHowToGoOn(runId, options);
  return exitCode;
}

function readOptions(): Options | number {
  try {
    const { values } = parseArgs({
      options: {
        query: { type: "string", default: QUERY },
        documents: { type: "string" },
        run: { type: "string" },
        data: { type: "string" },
        open: { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const data = values.data === undefined ? [] : ["--data", values.data];
    return { query: values.query, documents: values.documents, run: values.run, data, open: values.open };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
}

/** The live view goes straight to this terminal; the output is read from the record afterwards. */
function runPipeline(tag: string, { query, documents, data }: Options): Promise<number> {
  const input = documents === undefined ? ["--query", query] : ["--query", query, "--documents", documents];
  return commandLine(["run", "research-pipeline", ...input, "--tag", tag, ...data], "ignore");
}

/** Writes the report of a completed run, shows how it begins, and what else there is to see. */
function tell(runId: string, { data, open }: Options): number | Promise<number> {
  const { output } = workgraphJson<{ output: Partial<Report> | null }>(["output", runId, ...data]);
  if (!isReport(output)) {
    console.error(
      `Run ${runId} returned no report. "npx workgraph runs --workflow research-pipeline" lists those that do.`,
    );
    return 4;
  }
  mkdirSync(fileURLToPath(new URL(".", `file://${REPORT_FILE}`)), { recursive: true });
  writeFileSync(REPORT_FILE, output.markdown);
  const { markdown, quotes, stats } = output;
  const lines = markdown.split("\n").filter((line) => line !== "" && line !== ">");
  console.log(`
The report (${quotes.length} verbatim sentences out of ${stats.passagesScored.toLocaleString("en-US")}, with document and offsets):
  ${relative(process.cwd(), REPORT_FILE)}

${lines.slice(0, SHOWN_LINES).map(fitted).join("\n")}
  ...

All of it was recorded. To look at it:
${nextCommands(runId, data)}

In a browser, with its graph, source, timeline and every sentence:
  npx workgraph ${["dev", "--run", runId, ...data].join(" ")}`);
  return open ? look(["dev", "--run", runId, "--open", ...data]) : 0;
}

/** The server, until Ctrl-C. */
function look(words: readonly string[]): Promise<number> {
  console.log("");
  return commandLine(words, "inherit");
}

/** A command of ours that talks to this terminal. */
function commandLine(words: readonly string[], stdout: "inherit" | "ignore"): Promise<number> {
  const child = spawn(process.execPath, [BIN, ...words], {
    cwd: ROOT,
    // What it prints is typed in a shell, where npx finds it.
    env: { ...process.env, npm_command: "exec" },
    stdio: ["inherit", stdout, "inherit"],
  });
  // A terminal sends Ctrl-C to both; whoever signals this process alone means the one below.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (exitCode) => resolve(exitCode ?? INTERRUPTED));
  });
}

function isReport(output: Partial<Report> | null): output is Report {
  return output?.markdown !== undefined && output.quotes !== undefined && output.stats !== undefined;
}

function nextCommands(runId: string, data: readonly string[]): string {
  const best = workgraphJson<{ items: readonly { address: string }[] }>(
    // The first document's ranking: one item that gathers some hundred others.
    ["items", runId, "--node", "rank_passages", "--limit", "1", ...data],
  ).items[0]?.address;
  const commands: readonly (readonly [words: string, what: string])[] = [
    [`show ${runId}`, "every call, with the line it was made in"],
    [`graph ${runId}`, "what flowed where"],
    [`items ${runId} --node score_passage`, "one line per sentence"],
    [`show ${best ?? runId}`, "one item: its inputs and its result"],
    [`errors ${runId}`, "what went wrong"],
    [`events ${runId} --limit 20`, "the log itself"],
    [`source ${runId} --list`, "the code it ran with"],
  ];
  const lines = commands.map(([words, what]) => [`  npx workgraph ${[words, ...data].join(" ")}`, what] as const);
  const width = Math.max(...lines.map(([line]) => line.length));
  const widest = width + Math.max(...lines.map(([, what]) => what.length)) + 4;
  // A line that wraps is hard to copy.
  const beside = widest <= (process.stdout.columns ?? Infinity);
  return lines.map(([line, what]) => (beside ? `${line.padEnd(width)}  # ${what}` : `  # ${what}\n${line}`)).join("\n");
}

function sayHowToGoOn(runId: string, { data }: Options): void {
  const more = data.length === 0 ? "" : ` ${data.join(" ")}`;
  console.log(`
In this folder that is
  npx workgraph resume ${runId}${more}
What it returned is then printed by
  npx workgraph output ${runId}${more}
and written as a report by
  npm run demo -- --run ${runId}${more}`);
}

function workgraphJson<T>(words: readonly string[]): T {
  const { stdout, status } = spawnSync(process.execPath, [BIN, ...words, "--json"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const answer = JSON.parse(stdout) as T & { readonly error?: { readonly message: string; readonly hint?: string } };
  if (status === 0) return answer;
  console.error([answer.error?.message, answer.error?.hint].join("\n"));
  process.exit(status ?? 1);
}

/** A line of Markdown, no wider than the terminal. */
function fitted(line: string): string {
  const width = (process.stdout.columns ?? 100) - 2;
  return `  ${line.length > width - 2 ? `${line.slice(0, width - 5)}...` : line}`;
}
