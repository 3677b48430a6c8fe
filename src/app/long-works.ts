/**
 * What is being worked out in threads: each work with an id, followed and cancelled by it, and forgotten in the end.
 *
 * Owns: which work runs when, in which thread, and until when anything of it is kept. Leaves to answer-thread.ts: the work; to
 * long-answers.ts and run-files.ts: what is worked out, and for whom.
 *
 * R1. Two that ask the same while it is being worked out share one work.
 * R2. What nobody has asked after for a while is cancelled; what has ended is kept for some minutes, then forgotten. While somebody
 *     holds it (waits for all of it, downloads it), neither happens.
 * R3. Works of a kind run MAX_THREADS at a time, the others wait in their order. One kind never waits for another.
 */
import { randomUUID } from "node:crypto";
import type { Clock, TimerHandle } from "../base/clock.ts";
import { Deferred } from "../base/deferred.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { AnswerThread, type AnswerRequest, type AnswerThreadData } from "./answer-thread.ts";
import { failureOf, type Failure } from "./failure.ts";
import type { WorkProgress } from "./work-progress.ts";

export type WorkStatus = "waiting" | "running" | "completed" | "failed" | "cancelled";

export interface WorkOrder {
  /** Equal for those that ask the same. */
  readonly key: string;
  /** Of the operation that was asked for. */
  readonly name: string;
  readonly kind: AnswerRequest["kind"];
  /** What the thread is asked; called when its turn has come. */
  readonly request: (id: string) => Promise<AnswerRequest>;
  /** Events of the logs that are read. */
  readonly events: number;
  readonly unaskedMs: number;
  readonly keptMs: number;
  /** What it left is removed: it failed, was cancelled or is forgotten. Called when nothing is written any more. */
  readonly remove?: (id: string) => Promise<void>;
}

export interface Work extends WorkOrder {
  readonly id: string;
  readonly askedAt: number;
  readonly ended: Deferred<void>;
  status: WorkStatus;
  /** R2. */
  holders: number;
  progress?: WorkProgress;
  elapsedMs?: number;
  /** Epoch ms at which it is forgotten, of what has ended. */
  keptUntil?: number;
  text?: string;
  failure?: Failure;
  thread?: AnswerThread;
  timer?: TimerHandle;
}

const MAX_THREADS = 2;
const MAX_WORKS = 64;
const KINDS = ["question", "file"] as const;

export class LongWorks {
  readonly #data: AnswerThreadData;
  readonly #clock: Clock;
  /** By id, oldest first. */
  readonly #works: Map<string, Work> = new Map();
  /** Threads that end, and what is removed behind them. */
  readonly #ending: Set<Promise<unknown>> = new Set();
  #idle: AnswerThread | undefined;

  constructor(data: AnswerThreadData, clock: Clock) {
    this.#data = data;
    this.#clock = clock;
  }

  /** Those of a kind, oldest first. */
  of(kind: AnswerRequest["kind"]): readonly Work[] {
    return [...this.#works.values()].filter((work) => work.kind === kind);
  }

  /** @throws WorkgraphError WG6115 for an id that there is not, or not any more. */
  find(id: string): Work {
    const work = this.#works.get(id);
    if (work !== undefined) return work;
    throw new WorkgraphError("WG6115", `no operation "${id}" is under way here`, {
      hint: "Answers are kept for five minutes, and no longer than the server runs: ask again for what you want to know.",
    });
  }

  /** R1. */
  same(key: string): Work | undefined {
    return [...this.#works.values()].find((work) => work.key === key && isGoing(work));
  }

  /** @throws WorkgraphError WG6117 when too much is being worked out. */
  begin(order: WorkOrder): Work {
    if (this.#works.size >= MAX_WORKS) {
      const ended = this.of("question").find((work) => !isGoing(work) && work.holders === 0);
      if (ended === undefined) {
        throw new WorkgraphError("WG6117", `${MAX_WORKS} long answers are being worked out`, {
          hint: "Ask again when one of them is there.",
        });
      }
      this.forget(ended);
    }
    const work: Work = {
      ...order,
      id: randomUUID(),
      askedAt: this.#clock.perf(),
      ended: new Deferred(),
      status: "waiting",
      holders: 0,
    };
    this.#works.set(work.id, work);
    this.#startNext();
    return work;
  }

  /** R2. Somebody has asked after it. */
  touch(work: Work): void {
    if (work.timer) this.#clock.clearTimer(work.timer);
    delete work.timer;
    if (!this.#works.has(work.id)) return;
    const afterMs = isGoing(work) ? work.unaskedMs : work.keptMs;
    if (!isGoing(work)) work.keptUntil = this.#clock.now() + afterMs;
    if (work.holders > 0) return;
    work.timer = this.#clock.setTimer(() => (isGoing(work) ? this.cancel(work) : this.forget(work)), afterMs);
    work.timer.unref();
  }

  /** R2. Gives what lets it go. */
  hold(work: Work): () => void {
    work.holders++;
    this.touch(work);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      work.holders--;
      this.touch(work);
    };
  }

  /** Until it has ended, or for so long. */
  async passed(work: Work, waitMs: number): Promise<void> {
    this.touch(work);
    if (!isGoing(work) || waitMs === 0) return;
    const late = new Deferred<void>();
    const timer = this.#clock.setTimer(() => late.resolve(), waitMs);
    await Promise.race([work.ended.promise, late.promise]);
    this.#clock.clearTimer(timer);
    this.touch(work);
  }

  elapsedMs({ elapsedMs, askedAt }: Work): number {
    return Math.round(elapsedMs ?? this.#clock.perf() - askedAt);
  }

  /** What has ended already stays as it is. */
  cancel(work: Work): void {
    const failure = { code: "WG6116", message: `the operation "${work.name}" was cancelled` };
    this.#end(work, { status: "cancelled", failure });
  }

  forget(work: Work): void {
    if (work.timer) this.#clock.clearTimer(work.timer);
    this.#works.delete(work.id);
    if (work.status === "completed") this.#remove(work);
  }

  async close(): Promise<void> {
    for (const work of this.#works.values()) {
      this.cancel(work);
      if (work.timer) this.#clock.clearTimer(work.timer);
    }
    this.#works.clear();
    await this.#idle?.end();
    await Promise.all(this.#ending);
  }

  /** R3. */
  #startNext(): void {
    for (const kind of KINDS) {
      const works = this.of(kind);
      const next = works.find(({ status }) => status === "waiting");
      if (next === undefined || works.filter(({ status }) => status === "running").length >= MAX_THREADS) continue;
      const thread = this.#idle?.isEnded === false ? this.#idle : new AnswerThread(this.#data);
      this.#idle = undefined;
      next.status = "running";
      next.thread = thread;
      void this.#run(next, thread);
    }
  }

  async #run(work: Work, thread: AnswerThread): Promise<void> {
    try {
      const request = await work.request(work.id);
      // Cancelled meanwhile: what was made for it goes now.
      if (!isGoing(work)) return this.#remove(work);
      const text = await thread.ask(request, (progress) => (work.progress = progress));
      this.#end(work, { status: "completed", text });
    } catch (thrown) {
      this.#end(work, { status: "failed", failure: failureOf(thrown) });
    }
  }

  #end(work: Work, end: Pick<Work, "status" | "text" | "failure">): void {
    if (!isGoing(work)) return;
    const { thread } = work;
    delete work.thread;
    Object.assign(work, end, { elapsedMs: this.#clock.perf() - work.askedAt });
    let silent: Promise<void> | undefined;
    if (thread !== undefined && !thread.isEnded) {
      // What it has read is kept for the next question; one is enough for that.
      if (this.#idle === undefined && work.status !== "cancelled") this.#idle = thread;
      else this.#await((silent = thread.end()));
    }
    if (work.status !== "completed") this.#remove(work, silent);
    work.ended.resolve();
    this.touch(work);
    this.#startNext();
  }

  #remove({ remove, id }: Work, silent?: Promise<void>): void {
    if (remove === undefined) return;
    const removing = async (): Promise<void> => {
      await silent;
      await remove(id);
    };
    this.#await(removing().catch(() => undefined));
  }

  #await(ending: Promise<unknown>): void {
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }
}

export function isGoing({ status }: Work): boolean {
  return status === "waiting" || status === "running";
}
