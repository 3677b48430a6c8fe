/**
 * What you see here: a program of this machine as a node. Its lines go to the log of the run as they come, stderr as warnings; its exit
 * code and duration are in the result, or in the event log when it failed; and it ends, with everything it started, when the run is
 * cancelled or the attempt takes too long.
 *
 *   workgraph run examples/from-python/external-tool.ts --command node --args '["--version"]'
 *   workgraph run examples/from-python/external-tool.ts --command sh --args '["-c", "echo checking; echo oh >&2; exit 3"]'
 *   workgraph logs latest
 *
 * The command is no shell line: no quoting, nothing that an input could break out of. Secrets stay in the environment.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { node, workflow } from "agentic-workgraph";

interface Ended {
  readonly command: readonly string[];
  readonly exitCode: number;
  readonly durationMs: number;
  /** The last lines of each; all of them are in the log. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

const LAST_LINES = 20;
/** For a program that was asked to end, before it is made to. Shorter than the grace after which an attempt is abandoned. */
const ASKED_MS = 2000;

const runTool = node(
  // It acts on the outside world: its result is never taken over by another run.
  { id: "run_tool", timeout: "10m", effect: true, whole: ["args"] },
  async ({ command, args }: { command: string; args: string[] }, ctx): Promise<Ended> => {
    const startedAt = performance.now();
    // A group of its own, so that what the program starts is ended with it.
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    const end = (signal: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has ended
      }
    };
    let insisting: NodeJS.Timeout | undefined;
    const stop = (): void => {
      ctx.log.warn("stopping the program", { command });
      end("SIGTERM");
      insisting = setTimeout(() => end("SIGKILL"), ASKED_MS);
    };
    ctx.signal.addEventListener("abort", stop, { once: true });
    try {
      const stdout: string[] = [];
      const stderr: string[] = [];
      createInterface(child.stdout).on("line", (line) => {
        ctx.log.info(line);
        stdout.splice(0, stdout.push(line) - LAST_LINES);
      });
      createInterface(child.stderr).on("line", (line) => {
        ctx.log.warn(line);
        stderr.splice(0, stderr.push(line) - LAST_LINES);
      });
      const [exitCode, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
      const durationMs = Math.round(performance.now() - startedAt);
      ctx.emit("tool.ended", { command, exitCode, signal, durationMs });
      ctx.signal.throwIfAborted();
      if (exitCode !== 0) {
        const how = exitCode === null ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
        throw new Error(`"${command}" ${how} after ${durationMs} ms: ${stderr.at(-1) ?? "it said nothing"}`);
      }
      return { command: [command, ...args], exitCode, durationMs, stdout, stderr };
    } finally {
      clearTimeout(insisting);
      ctx.signal.removeEventListener("abort", stop);
    }
  },
);

export const externalTool = workflow(
  { name: "example-external-tool", whole: ["args"] },
  ({ command = "node", args = ["--version"] }: { command?: string; args?: string[] }) => runTool({ command, args }),
);
