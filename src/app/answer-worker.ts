/**
 * The thread that works out long answers, one after the other.
 *
 * R1. It has a connection of its own, which only reads; what it read is kept for the next question, as elsewhere.
 */
import { parentPort, workerData } from "node:worker_threads";
import { operationNamed } from "../model/operations/catalog.ts";
import { answerWithin } from "./answer.ts";
import type { AnswerReply, AnswerRequest, AnswerThreadData } from "./answer-thread.ts";
import { failureOf } from "./failure.ts";
import { LONG_FUNCTIONS } from "./long-functions.ts";
import { findProject } from "./project.ts";
import { openWorkspace } from "./workspace.ts";

const { root, dataDir } = workerData as AnswerThreadData;
const opened = findProject({ from: root, env: process.env, data: dataDir }).then((project) =>
  openWorkspace(project, "read"),
);
// Told to whoever asks.
opened.catch(() => undefined);

async function reply({ name, input, maxBytes }: AnswerRequest): Promise<AnswerReply> {
  try {
    const workspace = await opened;
    const work = LONG_FUNCTIONS[name]!;
    const ask = (asked: object): Promise<unknown> => work(workspace, asked as never);
    return { text: await answerWithin(operationNamed(name)!, ask, { input, maxBytes }) };
  } catch (thrown) {
    return { failure: failureOf(thrown) };
  }
}

parentPort!.on("message", (request: AnswerRequest) => {
  void reply(request).then((answer) => parentPort!.postMessage(answer));
});
