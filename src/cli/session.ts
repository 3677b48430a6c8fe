/**
 * What every command has: the terminal, the options that all share, and the project it works on.
 *
 * Owns: opening and closing. Leaves to commands: what to do with it.
 *
 * R1. Nothing is opened before a command asks: help reads no configuration and no database.
 * R2. With --json exactly one document goes to stdout.
 */
import { userInfo } from "node:os";
import type { Command } from "commander";
import { commandLine } from "../model/command-line.ts";
import type { Project } from "../model/config.ts";
import { Terminal } from "./terminal.ts";
import type { Workspace } from "../app/workspace.ts";

export interface CommonOptions {
  readonly json?: boolean;
  readonly data?: string;
}

export class Session {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly terminal: Terminal;
  /** What the process will exit with. */
  exitCode = 0;

  constructor(env: NodeJS.ProcessEnv, cwd: string) {
    this.env = env;
    this.cwd = cwd;
    this.terminal = new Terminal(env);
  }

  /** Who is at the keyboard, for `caller` and `by`. */
  get user(): string {
    try {
      return userInfo().username;
    } catch {
      // A container may run as a user id that has no name.
      return String(process.getuid?.() ?? "unknown");
    }
  }

  async project({ data }: CommonOptions): Promise<Project> {
    const { findProject } = await import("../app/project.ts");
    return findProject({ from: this.cwd, env: this.env, ...(data === undefined ? {} : { data }) });
  }

  /** Opens for reading, gives the workspace to `use`, closes. */
  async reading<T>(options: CommonOptions, use: (workspace: Workspace) => Promise<T>): Promise<T> {
    return this.#with(options, "read", use);
  }

  async writing<T>(options: CommonOptions, use: (workspace: Workspace) => Promise<T>): Promise<T> {
    return this.#with(options, "write", use);
  }

  async #with<T>(
    options: CommonOptions,
    access: "read" | "write",
    use: (workspace: Workspace) => Promise<T>,
  ): Promise<T> {
    const { openWorkspace } = await import("../app/workspace.ts");
    const workspace = await openWorkspace(await this.project(options), access);
    try {
      return await use(workspace);
    } finally {
      await workspace.close();
    }
  }

  /** The document of a command called with --json, or what people read instead. */
  answer(options: CommonOptions, document: unknown, text: () => string): void {
    if (options.json === true) this.terminal.out.line(JSON.stringify(document));
    else this.terminal.out.write(text());
  }

  /** Said on stderr when a list was cut. */
  more(
    options: CommonOptions,
    page: { readonly truncated: boolean; readonly cursor?: string; readonly total?: number },
  ): void {
    if (options.json === true || !page.truncated) return;
    const total = page.total === undefined ? "" : ` of ${page.total}`;
    this.terminal.err.line(
      `There is more${total}: --cursor ${page.cursor ?? ""} goes on, --limit N shows more at once.`,
    );
  }
}

export interface CommandModule {
  /** Adds arguments, options and the action to a command that has its name and summary. */
  define(command: Command, session: Session): void;
}

export function commonOptions(command: Command): Command {
  return command
    .option("--json", "print one JSON document on stdout")
    .option("--data <dir>", "data folder (default: .workgraph of the project, or WORKGRAPH_DATA)");
}

export function pageOptions(command: Command, defaultLimit: number): Command {
  return command
    .option("--limit <n>", `show at most this many (default: ${defaultLimit})`, wholeNumber)
    .option("--cursor <cursor>", 'go on where a page before ended: its "cursor"');
}

export interface PageOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

export function pageOf({ limit, cursor }: PageOptions): PageOptions {
  return { ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) };
}

/** Not a number reads as NaN, which the operation refuses with what it takes. */
export function wholeNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line.replace(/^workgraph /, commandLine(""))}`).join("\n")}\n`;
}
