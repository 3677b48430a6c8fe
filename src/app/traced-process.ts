/**
 * A process that calls a workflow function once and is gone: the function may loop, or end its process, and nobody else notices.
 *
 * Owns: starting, asking and ending it. Leaves to cli/trace-process.ts: what it does.
 *
 * R1. User code is never called in the process that asks.
 * R2. It has a limit in time; past it the process is killed and WG3070 says so. Should who asked be gone by then, it ends itself.
 */
import { formatDuration } from "../base/duration.ts";
import { systemClock } from "../base/clock.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { startProcess } from "./child-process.ts";
import { thrownAgain } from "./failure.ts";
import type {
  AwaitsAnswer,
  AwaitsAsked,
  TraceAnswer,
  TraceAsked,
  TraceQuestion,
  TraceReply,
} from "./trace-messages.ts";

export const TRACE_LIMIT_MS = 10_000;

export async function askTraced(question: TraceAsked): Promise<TraceAnswer>;
export async function askTraced(question: AwaitsAsked): Promise<AwaitsAnswer>;
export async function askTraced(question: TraceQuestion): Promise<TraceAnswer | AwaitsAnswer> {
  const reply = await replyTo(question);
  if (reply.kind === "refused") throw thrownAgain(reply.failure);
  return reply;
}

function replyTo(question: TraceQuestion): Promise<TraceReply> {
  const { limitMs } = question;
  return new Promise((resolve, reject) => {
    // What the code prints goes where errors go: standard output belongs to who asked.
    const child = startProcess("trace", {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", 2, 2, "ipc"],
    });
    const settle = (then: () => void): void => {
      systemClock.clearTimer(timer);
      child.removeAllListeners();
      child.kill("SIGKILL");
      then();
    };
    const timer = systemClock.setTimer(() => settle(() => reject(tooLong(limitMs))), limitMs);
    child.on("message", (reply: TraceReply) => settle(() => resolve(reply)));
    child.on("error", (error) => settle(() => reject(error)));
    child.on("exit", (exitCode, signal) => settle(() => reject(gone(signal ?? `exit code ${exitCode}`))));
    child.send(question);
  });
}

function tooLong(limitMs: number): WorkgraphError {
  return new WorkgraphError(
    "WG3070",
    `the workflow function did not come to an await or to its end in ${formatDuration(limitMs)}`,
    {
      hint: "Look for a loop that ends only with values of nodes, or for heavy work in the function itself: that belongs into a node. --timeout gives it longer.",
    },
  );
}

function gone(how: string): WorkgraphError {
  return new WorkgraphError("WG3072", `the code ended the process that traced it (${how})`, {
    hint: "A workflow function does not end its process; what it or its modules do at load is on standard error.",
  });
}
