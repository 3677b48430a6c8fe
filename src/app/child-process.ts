/**
 * Starts processes of our own code. Owns: how such a process begins. Leaves to who starts it: what it is asked, and its end.
 *
 * R1. What was compiled once is not compiled again: a runner process that had its 150 files read, stripped of types and compiled
 *     anew took 740 ms of CPU before it could be asked, with the cache 130 ms (2 cores, Node 24, source with its types).
 *     NODE_DISABLE_COMPILE_CACHE=1 turns it off. It is a file in front, not a word in the environment: that is the author's.
 */
import { fork, type ChildProcess, type ForkOptions } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Reads workflow files; executes runs; calls a workflow function once, for its graph. */
export type ChildRole = "registration" | "runner" | "trace";

const START = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../cli/child-start.ts" : "../cli/child-start.js", import.meta.url),
);

export function startProcess(role: ChildRole, options: ForkOptions): ChildProcess {
  return fork(START, [role], options);
}
