/**
 * A thread for long answers, from the outside: asked one thing at a time, and ended when nobody wants to know any more.
 *
 * R1. What ends it ends the question that it was asked, and nothing else: memory is bounded, and code of workflows is not in it.
 */
import { totalmem } from "node:os";
import { Worker } from "node:worker_threads";
import { Deferred } from "../base/deferred.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Failure } from "./failure.ts";
import { thrownAgain } from "./failure.ts";
import type { ExportFileInput } from "./operations/export-file.ts";
import { TELL_NOBODY, type Tell, type WorkProgress } from "./work-progress.ts";

export interface AnswerThreadData {
  readonly root: string;
  readonly dataDir: string;
}

/** "question": an operation of LONG_FUNCTIONS. "file": an export, whose answer says what was written. */
export type AnswerRequest =
  | {
      readonly kind: "question";
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
      readonly maxBytes: number;
      /** Events of the logs that it is about. */
      readonly events: number;
    }
  | { readonly kind: "file"; readonly input: ExportFileInput; readonly events: number };

export type AnswerReply =
  { readonly text: string } | { readonly failure: Failure } | { readonly progress: WorkProgress };

const CODE = new URL(import.meta.url.endsWith(".ts") ? "./answer-worker.ts" : "./answer-worker.js", import.meta.url);
const MAX_MEMORY_MB = 4_096;

export class AnswerThread {
  readonly #worker: Worker;
  #asked: Deferred<string> | undefined;
  #tell: Tell = TELL_NOBODY;
  isEnded = false;

  constructor(data: AnswerThreadData) {
    const memoryMb = Math.min(MAX_MEMORY_MB, Math.floor(totalmem() / 2 ** 21));
    this.#worker = new Worker(CODE, { workerData: data, resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    // It never keeps the server from ending.
    this.#worker.unref();
    this.#worker.on("message", (reply: AnswerReply) => {
      if ("progress" in reply) return this.#tell(reply.progress);
      const asked = this.#asked;
      this.#asked = undefined;
      if ("text" in reply) asked?.resolve(reply.text);
      else asked?.reject(thrownAgain(reply.failure));
    });
    this.#worker.on("error", (error) => this.#ended(error.message));
    this.#worker.on("exit", () => this.#ended("it was ended"));
  }

  /** The answer as JSON text. One question at a time. */
  ask(request: AnswerRequest, tell: Tell): Promise<string> {
    this.#tell = tell;
    if (this.isEnded) return Promise.reject(notWorkedOut("it had ended before"));
    const asked = (this.#asked = new Deferred<string>());
    this.#worker.postMessage(request);
    return asked.promise;
  }

  async end(): Promise<void> {
    this.isEnded = true;
    await this.#worker.terminate();
  }

  #ended(why: string): void {
    this.isEnded = true;
    this.#asked?.reject(notWorkedOut(why));
    this.#asked = undefined;
  }
}

function notWorkedOut(why: string): WorkgraphError {
  return new WorkgraphError("WG6118", `the answer was not worked out to its end: ${why}`, {
    hint: "Ask for less, or ask the command line, which has the memory of a process to itself.",
  });
}
