/**
 * The thread that works out long answers and makes files of runs, one after the other.
 *
 * R1. It has a connection of its own, which only reads; what it read is kept for the next question, as elsewhere.
 * R2. How far it is is said a few times a second, and never later than that.
 */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../base/clock.ts";
import { operationNamed } from "../model/operations/catalog.ts";
import { answerWithin } from "./answer.ts";
import type { AnswerReply, AnswerRequest, AnswerThreadData } from "./answer-thread.ts";
import { failureOf } from "./failure.ts";
import { LONG_FUNCTIONS } from "./long-functions.ts";
import { exportFile } from "./operations/export-file.ts";
import { findProject } from "./project.ts";
import { countedStore, EventCount, type Tell } from "./work-progress.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

const TELL_EVERY_MS = 100;

const { root, dataDir } = workerData as AnswerThreadData;
/** Of what is asked now. */
let count: EventCount | undefined;
const opened = findProject({ from: root, env: process.env, data: dataDir })
  .then((project) => openWorkspace(project, "read"))
  // One object for as long as the thread lives: what was read is kept by the store that it was read from.
  .then((workspace): Workspace => ({
    ...workspace,
    store: countedStore(workspace.store, (runId, seq) => count?.read(runId, seq)),
  }));
// Told to whoever asks.
opened.catch(() => undefined);

async function reply(request: AnswerRequest): Promise<AnswerReply> {
  try {
    return { text: await answer(await opened, request) };
  } catch (thrown) {
    return { failure: failureOf(thrown) };
  } finally {
    count = undefined;
  }
}

async function answer(workspace: Workspace, request: AnswerRequest): Promise<string> {
  const tell = telling();
  if (request.kind === "file") {
    const { input, events } = request;
    // The other two say themselves how far they are: they read a log more than once.
    if (input.format !== "workgraph" && input.format !== "html") count = new EventCount(events, tell);
    return JSON.stringify(await exportFile(workspace, input, tell));
  }
  const { name, input, maxBytes, events } = request;
  count = new EventCount(events, tell);
  const work = LONG_FUNCTIONS[name]!;
  return answerWithin(operationNamed(name)!, (asked) => work(workspace, asked as never), { input, maxBytes });
}

/** R2. */
function telling(): Tell {
  let tellAt = -Infinity;
  return (progress) => {
    const now = systemClock.perf();
    if (now < tellAt && progress.done < progress.total) return;
    tellAt = now + TELL_EVERY_MS;
    parentPort!.postMessage({ progress } satisfies AnswerReply);
  };
}

parentPort!.on("message", (request: AnswerRequest) => {
  void reply(request).then((told) => parentPort!.postMessage(told));
});
