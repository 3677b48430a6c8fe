/**
 * The `workgraph` program as a child process in a group of its own: what it printed, how it left, and signals to it.
 *
 * R1. Every program that a test starts is gone when the test file is done (`endPrograms` in an afterAll).
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const BIN: string = fileURLToPath(new URL("../../bin/workgraph.js", import.meta.url));

export interface Left {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Command that takes the program's place, for tests of pipes. */
  readonly shell?: string;
  readonly stdin?: string;
}

const running = new Set<Program>();

export class Program {
  readonly #child: ChildProcess;
  readonly left: Promise<Left>;
  #stdout = "";
  #stderr = "";
  readonly #lookers: Set<() => void> = new Set();

  constructor(words: readonly string[], { cwd, env, shell, stdin }: ProgramOptions) {
    const [command, args] = shell === undefined ? [process.execPath, [BIN, ...words]] : ["sh", ["-c", shell]];
    this.#child = spawn(command, args, {
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd, NODE: process.execPath, BIN, ...env },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    const { stdin: input, stdout, stderr } = this.#child;
    input?.on("error", () => undefined);
    input?.end(stdin ?? "");
    stdout?.setEncoding("utf8").on("data", (text: string) => this.#read("stdout", text));
    stderr?.setEncoding("utf8").on("data", (text: string) => this.#read("stderr", text));
    running.add(this);
    this.left = once(this.#child, "close").then(([exitCode, signal]) => {
      running.delete(this);
      for (const look of this.#lookers) look();
      return { exitCode, signal, stdout: this.#stdout, stderr: this.#stderr } as Left;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  #read(stream: "stdout" | "stderr", text: string): void {
    if (stream === "stdout") this.#stdout += text;
    else this.#stderr += text;
    for (const look of this.#lookers) look();
  }

  /** What stderr shows, when it shows it; undefined when the program leaves without. */
  async shown(pattern: RegExp): Promise<RegExpExecArray | undefined> {
    return new Promise((resolve) => {
      const look = (): void => {
        const match = pattern.exec(this.#stderr);
        if (!match && running.has(this)) return;
        this.#lookers.delete(look);
        resolve(match ?? undefined);
      };
      this.#lookers.add(look);
      look();
    });
  }

  /** To the whole group, as a terminal sends Ctrl-C. */
  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It has left already.
    }
  }
}

export function start(words: readonly string[], options: ProgramOptions): Program {
  return new Program(words, options);
}

/** From start to end. */
export function run(words: readonly string[], options: ProgramOptions): Promise<Left> {
  return new Program(words, options).left;
}

/** With --json, its stdout read as the one document that it is. */
export async function runJson(
  words: readonly string[],
  options: ProgramOptions,
): Promise<Left & { readonly document: Record<string, unknown> }> {
  const left = await run([...words, "--json"], options);
  try {
    return { ...left, document: JSON.parse(left.stdout) as Record<string, unknown> };
  } catch (cause) {
    throw new Error(`no JSON document on stdout: ${left.stdout.slice(0, 500)}\n${left.stderr.slice(0, 2000)}`, {
      cause,
    });
  }
}

export async function endPrograms(): Promise<void> {
  const left = [...running];
  for (const program of left) program.signal("SIGKILL");
  await Promise.all(left.map((program) => program.left));
}
