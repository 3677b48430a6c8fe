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

export interface AnswerThreadData {
  readonly root: string;
  readonly dataDir: string;
}

export interface AnswerRequest {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly maxBytes: number;
}

export type AnswerReply = { readonly text: string } | { readonly failure: Failure };

const CODE = new URL(import.meta.url.endsWith(".ts") ? "./answer-worker.ts" : "./answer-worker.js", import.meta.url);
const MAX_MEMORY_MB = 4_096;

export class AnswerThread {
  readonly #worker: Worker;
  #asked: Deferred<string> | undefined;
  isEnded = false;

  constructor(data: AnswerThreadData) {
    const memoryMb = Math.min(MAX_MEMORY_MB, Math.floor(totalmem() / 2 ** 21));
    this.#worker = new Worker(CODE, { workerData: data, resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    // It never keeps the server from ending.
    this.#worker.unref();
    this.#worker.on("message", (reply: AnswerReply) => {
      const asked = this.#asked;
      this.#asked = undefined;
      if ("text" in reply) asked?.resolve(reply.text);
      else asked?.reject(thrownAgain(reply.failure));
    });
    this.#worker.on("error", (error) => this.#ended(error.message));
    this.#worker.on("exit", () => this.#ended("it was ended"));
  }

  /** The answer as JSON text. One question at a time. */
  ask(request: AnswerRequest): Promise<string> {
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
    this.#asked?.reject(
      new WorkgraphError("WG6118", `the answer was not worked out to its end: ${why}`, {
        hint: "Ask for less, or ask the command line, which has the memory of a process to itself.",
      }),
    );
    this.#asked = undefined;
  }
}
