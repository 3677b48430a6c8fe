/**
 * The process behind `trace` and `explain`: loads a workflow's code, calls its function once, answers, and is ended.
 *
 * Owns: reading the store and the code. Leaves to runner/: tracing; to app/traced-process.ts: when there is one, and for how long.
 *
 * R1. The store is opened for reading, and only where there is one.
 * R2. It ends itself some time after its limit, also when the function never gives the event loop back and nobody is left to kill it.
 */
import { Worker } from "node:worker_threads";
import { failureOf } from "../app/failure.ts";
import { findProject } from "../app/project.ts";
import { findTarget } from "../runner/target.ts";
import { replayOf, traceOf } from "../runner/traced.ts";
import type { AwaitsAsked, TraceAsked, TraceQuestion, TraceReply } from "../app/trace-messages.ts";
import { openWorkspace } from "../app/workspace.ts";

async function answer(question: TraceQuestion): Promise<TraceReply> {
  const project = await findProject({ from: question.root, data: question.data, env: process.env });
  const workspace = await openWorkspace(project, "read");
  try {
    switch (question.kind) {
      case "trace":
        return await traced(question, workspace);
      case "awaits":
        return await awaits(question, workspace);
      default:
        question satisfies never;
        throw new TypeError("an unknown question");
    }
  } finally {
    await workspace.close();
  }
}

type Parts = Pick<Awaited<ReturnType<typeof openWorkspace>>, "project" | "store">;

async function traced({ target, input, args, from, values }: TraceAsked, parts: Parts): Promise<TraceReply> {
  const { traced: report, source } = await traceOf(await findTarget(target.target, parts.project, target.from), {
    ...parts,
    ...(input === undefined ? {} : { input }),
    ...(args === undefined ? {} : { args }),
    ...(from === undefined ? {} : { from }),
    ...(values === undefined ? {} : { values }),
  });
  return { kind: "trace", traced: report, source };
}

async function awaits({ of }: AwaitsAsked, parts: Parts): Promise<TraceReply> {
  const subject = "run" in of ? of : await findTarget(of.target, parts.project, of.from);
  const { code, run, replayed } = await replayOf(subject, parts);
  const { definition, version, path } = code;
  return {
    kind: "awaits",
    workflow: definition.name,
    version,
    path,
    source: code.source,
    ...(run === undefined ? {} : { run }),
    ...(replayed === undefined ? {} : { replayed }),
  };
}

/** More than who asked waits before it kills this process. */
const GRACE_MS = 5_000;

/** R2. A thread of its own: timers of this one stand still while the function loops. */
function endsItself(afterMs: number): void {
  const code = 'setTimeout(() => process.kill(process.pid, "SIGKILL"), require("node:worker_threads").workerData);';
  new Worker(code, { eval: true, workerData: afterMs }).unref();
}

process.once("message", (question: TraceQuestion) => {
  endsItself(question.limitMs + GRACE_MS);
  void answer(question)
    .catch((error: unknown): TraceReply => ({ kind: "refused", failure: failureOf(error) }))
    .then((reply) => process.send?.(reply));
});
