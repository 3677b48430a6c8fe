/**
 * The command line: from words to one command, from whatever happens to an exit code.
 *
 * Owns: choosing the command, errors of all of them, leaving the process. Leaves to commands/: the work; to app: operations.
 *
 * R1. Only the module of the command that was called is loaded, and nothing is opened to print help.
 * R2. Every error ends here: one JSON document on stdout with --json, text on stderr without.
 * R3. When the command is done the process ends, whatever the code of a workflow has left running.
 */
import { nearestName } from "../base/nearest-name.ts";
import { systemClock } from "../base/clock.ts";
import { commandLine } from "../model/command-line.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { EXIT } from "./exit-code.ts";
import { exitCodeOf, failureJson, failureOf, failureText } from "./failure.ts";
import { commandNames, findCommand, type CommandEntry } from "./registry.ts";
import { Session } from "./session.ts";

/** What the code of a workflow may still do after the command is done. */
const LEAVE_AFTER_MS = 200;

/** @param argv words after the program's name. Gives the exit code; never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const session = new Session(process.env, process.cwd());
  try {
    await dispatch(session, argv);
  } catch (thrown) {
    const failure = failureOf(thrown);
    session.exitCode = exitCodeOf(failure);
    if (wantsJson(argv)) session.terminal.out.line(failureJson(failure));
    else session.terminal.err.write(failureText(failure, session.terminal.err.colors));
  }
  await Promise.all([session.terminal.out.flushed(), session.terminal.err.flushed()]);
  // Unref'd: it fires only where something else holds the process, such as a timer that a node never cleared.
  systemClock.setTimer(() => process.exit(session.exitCode), LEAVE_AFTER_MS).unref();
  return session.exitCode;
}

/** Words behind "--" are no options. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

async function dispatch(session: Session, argv: readonly string[]): Promise<void> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h" || (name === "help" && rest.length === 0)) {
    const { helpText } = await import("./help-text.ts");
    // Called with nothing it is a question, not an answer: the text is narration then.
    if (name === undefined) {
      session.terminal.err.write(helpText());
      session.exitCode = EXIT.usage;
    } else session.terminal.out.write(helpText());
    return;
  }
  if (name === "--version" || name === "-V") {
    session.terminal.out.line(await packageVersion());
    return;
  }
  if (name === "help") return dispatch(session, [rest[0]!, "--help"]);
  const entry = findCommand(name);
  if (entry === undefined) throw unknownCommand(name);
  await runCommand(session, entry, rest);
}

function unknownCommand(name: string): WorkgraphError {
  if (name.startsWith("-")) {
    return new WorkgraphError("WG5050", `the option "${name}" stands before any command`, {
      hint: `Options come after the command: ${commandLine("runs --json")}.`,
    });
  }
  const near = nearestName(name, commandNames());
  const isFile = /\.[cm]?[jt]s(#|$)/.test(name);
  return new WorkgraphError("WG5050", `there is no command "${name}"`, {
    hint: isFile
      ? `Run a file with "${commandLine(`run ${name}`)}".`
      : near
        ? `Did you mean "${near}"?`
        : `"${commandLine("--help")}" lists the commands.`,
    ...(near === undefined ? {} : { details: { nearest: near } }),
  });
}

async function runCommand(session: Session, entry: CommandEntry, words: readonly string[]): Promise<void> {
  const [{ Command, CommanderError }, module] = await Promise.all([import("commander"), entry.load()]);
  const command = new Command(entry.name)
    .description(`${entry.summary[0]!.toUpperCase()}${entry.summary.slice(1)}.`)
    .helpOption("-h, --help", "print this help")
    .configureOutput({
      writeOut: (text) => session.terminal.out.write(text),
      // Errors are thrown and shown by main.
      writeErr: () => undefined,
      getOutHasColors: () => false,
    })
    .exitOverride();
  if (entry.alias !== undefined) command.alias(entry.alias);
  module.define(command, session);
  command.name(`workgraph ${entry.name}`);
  try {
    await command.parseAsync([...words], { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return;
    throw usageError(thrown.message, entry);
  }
}

function usageError(message: string, entry: CommandEntry): WorkgraphError {
  const [what = "", ...more] = message.replace(/^error: /, "").split("\n");
  const near = /Did you mean (.*)\?/.exec(more.join(" "))?.[1];
  const quoted = what.replace(/'([^']*)'/g, '"$1"');
  return new WorkgraphError("WG5050", quoted, {
    hint:
      near === undefined ? `"${commandLine(`${entry.name} --help`)}" says what it takes.` : `Did you mean "${near}"?`,
    ...(near === undefined ? {} : { details: { nearest: near } }),
  });
}

async function packageVersion(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}
