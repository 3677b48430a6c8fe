/**
 * Answers that take their time: whoever asks waits a moment, and is then given an id to ask for the rest with.
 *
 * Owns: what is being worked out, for whom, and until when. Leaves to answer-thread.ts: the work; to routes: how it is told.
 *
 * R1. Nobody waits longer than `readyMs`: the work is done in a thread, so the process goes on answering others.
 * R2. Two that ask the same while it is being worked out share one work.
 * R3. What nobody has asked after for a while is cancelled; an answer is kept for some minutes, then forgotten. So is everything with the
 *     process: an id is no address to be written down.
 * R4. A question about small logs never comes here: it is answered at once where it was asked.
 */
import { randomUUID } from "node:crypto";
import { systemClock, type Clock, type TimerHandle } from "../base/clock.ts";
import { Deferred } from "../base/deferred.ts";
import type { Project } from "../model/config.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { EventStore } from "../store/store.ts";
import { MAX_ANSWER_BYTES } from "./answer.ts";
import { AnswerThread, type AnswerRequest } from "./answer-thread.ts";
import { failureOf, thrownAgain, type Failure } from "./failure.ts";
import { findRun } from "./find-run.ts";

export interface LongAnswersOptions {
  /** How long somebody who asks waits for the answer itself; default 100 ms. */
  readonly readyMs?: number;
  /** Questions about at most so many events are answered at once; default 5,000. */
  readonly smallEvents?: number;
  /** How long work goes on that nobody asks after; default 30 s. */
  readonly unaskedMs?: number;
  readonly clock?: Clock;
}

export type OperationStatus = "waiting" | "running" | "completed" | "failed" | "cancelled";

export interface OperationState {
  readonly id: string;
  /** Name of the operation that was asked for. */
  readonly operation: string;
  readonly status: OperationStatus;
  /** Events of the logs that are read. */
  readonly events: number;
  /** Since it was asked for, until it ended. */
  readonly elapsedMs: number;
  readonly answer?: unknown;
  readonly error?: Failure;
}

export type LongAnswer = { readonly text: string } | { readonly going: OperationState };

interface Work {
  readonly id: string;
  readonly key: string;
  readonly request: AnswerRequest;
  readonly events: number;
  readonly askedAt: number;
  readonly ended: Deferred<void>;
  status: OperationStatus;
  elapsedMs?: number;
  text?: string;
  failure?: Failure;
  thread?: AnswerThread;
  timer?: TimerHandle;
}

const READY_MS = 100;
const SMALL_EVENTS = 5_000;
const UNASKED_MS = 30_000;
const KEPT_MS = 5 * 60_000;
const MAX_THREADS = 2;
const MAX_WORKS = 64;
/** Room for what stands around an answer that is told by its id. */
const ENVELOPE_BYTES = 1_000;

export class LongAnswers {
  readonly #project: Project;
  readonly #options: Required<LongAnswersOptions>;
  /** By id, oldest first. */
  readonly #works: Map<string, Work> = new Map();
  #idle: AnswerThread | undefined;

  constructor(project: Project, options: LongAnswersOptions = {}) {
    this.#project = project;
    this.#options = {
      readyMs: READY_MS,
      smallEvents: SMALL_EVENTS,
      unaskedMs: UNASKED_MS,
      clock: systemClock,
      ...options,
    };
  }

  /** R4. Events that an answer about these runs reads; `undefined` where it is answered at once. */
  async eventsOf(store: EventStore, runs: readonly unknown[]): Promise<number | undefined> {
    let events = 0;
    for (const reference of runs) {
      // Whatever is no run is told by the operation itself.
      const found = await findRun(store, String(reference)).catch(() => undefined);
      if (found === undefined) continue;
      const { runs: tree } = await store.runs({ root: found.run.root, limit: 1_000 });
      events += tree.reduce((sum, { seq }) => sum + seq, 0);
    }
    return events > this.#options.smallEvents ? events : undefined;
  }

  /**
   * The answer, if it is there in time.
   *
   * @throws WorkgraphError what the operation throws, in time; WG6117 when too much is being worked out.
   */
  async ask(name: string, input: Readonly<Record<string, unknown>>, events: number): Promise<LongAnswer> {
    const work = this.#same(`${name} ${events} ${JSON.stringify(input)}`) ?? this.#begin(name, input, events);
    this.#touch(work);
    await this.#passed(work, this.#options.readyMs);
    if (work.failure !== undefined) throw thrownAgain(work.failure);
    return work.text === undefined ? { going: this.#state(work) } : { text: work.text };
  }

  /**
   * How it stands, and the answer when it is there.
   *
   * @param waitMs waits so long for its end
   * @throws WorkgraphError WG6115 for an id that there is not, or not any more.
   */
  async show(id: string, waitMs = 0): Promise<OperationState> {
    const work = this.#find(id);
    this.#touch(work);
    await this.#passed(work, waitMs);
    this.#touch(work);
    return this.#state(work);
  }

  /** Ends the work; what has ended already stays as it is. */
  cancel(id: string): OperationState {
    const work = this.#find(id);
    this.#cancel(work);
    return this.#state(work);
  }

  async close(): Promise<void> {
    for (const work of this.#works.values()) {
      this.#cancel(work);
      if (work.timer) this.#options.clock.clearTimer(work.timer);
    }
    this.#works.clear();
    await this.#idle?.end();
  }

  #find(id: string): Work {
    const work = this.#works.get(id);
    if (work !== undefined) return work;
    throw new WorkgraphError("WG6115", `no operation "${id}" is under way here`, {
      hint: "Answers are kept for five minutes, and no longer than the server runs: ask again for what you want to know.",
    });
  }

  /** R2. */
  #same(key: string): Work | undefined {
    return [...this.#works.values()].find((work) => work.key === key && isGoing(work));
  }

  #begin(name: string, input: Readonly<Record<string, unknown>>, events: number): Work {
    if (this.#works.size >= MAX_WORKS) {
      const ended = [...this.#works.values()].find((work) => !isGoing(work));
      if (ended === undefined) {
        throw new WorkgraphError("WG6117", `${MAX_WORKS} long answers are being worked out`, {
          hint: "Ask again when one of them is there.",
        });
      }
      this.#forget(ended);
    }
    const work: Work = {
      id: randomUUID(),
      key: `${name} ${events} ${JSON.stringify(input)}`,
      request: { name, input, maxBytes: MAX_ANSWER_BYTES - ENVELOPE_BYTES },
      events,
      askedAt: this.#options.clock.perf(),
      ended: new Deferred(),
      status: "waiting",
    };
    this.#works.set(work.id, work);
    this.#startNext();
    return work;
  }

  #startNext(): void {
    const works = [...this.#works.values()];
    const next = works.find(({ status }) => status === "waiting");
    if (next === undefined || works.filter(({ status }) => status === "running").length >= MAX_THREADS) return;
    const { root, dataDir } = this.#project;
    const thread = this.#idle?.isEnded === false ? this.#idle : new AnswerThread({ root, dataDir });
    this.#idle = undefined;
    next.status = "running";
    next.thread = thread;
    void this.#run(next, thread);
  }

  async #run(work: Work, thread: AnswerThread): Promise<void> {
    try {
      this.#end(work, { status: "completed", text: await thread.ask(work.request) });
    } catch (thrown) {
      this.#end(work, { status: "failed", failure: failureOf(thrown) });
    }
  }

  #end(work: Work, end: Pick<Work, "status" | "text" | "failure">): void {
    if (!isGoing(work)) return;
    const { thread } = work;
    delete work.thread;
    Object.assign(work, end, { elapsedMs: this.#options.clock.perf() - work.askedAt });
    if (thread !== undefined && !thread.isEnded) {
      // What it has read is kept for the next question; one is enough for that.
      if (this.#idle === undefined && work.status !== "cancelled") this.#idle = thread;
      else void thread.end();
    }
    work.ended.resolve();
    this.#touch(work);
    this.#startNext();
  }

  #cancel(work: Work): void {
    const failure = { code: "WG6116", message: `the operation "${work.request.name}" was cancelled` };
    this.#end(work, { status: "cancelled", failure });
  }

  #forget(work: Work): void {
    if (work.timer) this.#options.clock.clearTimer(work.timer);
    this.#works.delete(work.id);
  }

  /** R3. */
  #touch(work: Work): void {
    const { clock, unaskedMs } = this.#options;
    if (work.timer) clock.clearTimer(work.timer);
    if (!this.#works.has(work.id)) return;
    const [then, afterMs] = isGoing(work) ? [() => this.#cancel(work), unaskedMs] : [() => this.#forget(work), KEPT_MS];
    work.timer = clock.setTimer(then, afterMs);
    work.timer.unref();
  }

  async #passed(work: Work, waitMs: number): Promise<void> {
    if (!isGoing(work) || waitMs === 0) return;
    const { clock } = this.#options;
    const late = new Deferred<void>();
    const timer = clock.setTimer(() => late.resolve(), waitMs);
    await Promise.race([work.ended.promise, late.promise]);
    clock.clearTimer(timer);
  }

  #state({ id, request, status, events, askedAt, elapsedMs, text, failure }: Work): OperationState {
    return {
      id,
      operation: request.name,
      status,
      events,
      elapsedMs: Math.round(elapsedMs ?? this.#options.clock.perf() - askedAt),
      ...(text === undefined ? {} : { answer: JSON.parse(text) as unknown }),
      ...(failure === undefined ? {} : { error: failure }),
    };
  }
}

function isGoing({ status }: Work): boolean {
  return status === "waiting" || status === "running";
}
