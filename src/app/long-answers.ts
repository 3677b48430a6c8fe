/**
 * Answers that take their time: whoever asks waits a moment, and is then given an id to ask for the rest with.
 *
 * Owns: what is a long answer, and how it is told. Leaves to long-works.ts: what is being worked out, and until when; to run-files.ts:
 * answers that are files.
 *
 * R1. Nobody waits longer than `readyMs`, but who asks for the whole answer: the work is done in a thread, so the process goes on
 *     answering others.
 * R2. A question about small logs never comes here: it is answered at once where it was asked.
 * R3. Everything goes with the process: an id is no address to be written down.
 */
import { systemClock, type Clock } from "../base/clock.ts";
import { Deferred } from "../base/deferred.ts";
import type { Project } from "../model/config.ts";
import type { EventStore } from "../store/store.ts";
import { MAX_ANSWER_BYTES } from "./answer.ts";
import { thrownAgain, type Failure } from "./failure.ts";
import { findRun } from "./find-run.ts";
import { LongWorks, type Work, type WorkStatus } from "./long-works.ts";
import { eventsBelow, RunFiles, type RunFileOrder, type RunFilesOptions } from "./run-files.ts";
import type { WorkProgress } from "./work-progress.ts";

export interface LongAnswersOptions extends RunFilesOptions {
  /** How long somebody who asks waits for the answer itself; default 60 ms. */
  readonly readyMs?: number;
  /** Questions about at most so many events are answered at once; default 5,000. */
  readonly smallEvents?: number;
  /** How long work on an answer goes on that nobody asks after; default 30 s. */
  readonly unaskedMs?: number;
  readonly clock?: Clock;
}

export interface OperationState {
  readonly id: string;
  /** Name of the operation that was asked for. */
  readonly operation: string;
  readonly status: WorkStatus;
  /** Events of the logs that are read. */
  readonly events: number;
  /** Absent until something was counted. */
  readonly progress?: WorkProgress;
  /** Since it was asked for, until it ended. */
  readonly elapsedMs: number;
  readonly answer?: unknown;
  readonly error?: Failure;
}

export type LongAnswer = { readonly text: string } | { readonly going: OperationState };

export interface LongQuestion {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Of the logs that it is about. */
  readonly events: number;
}

const READY_MS = 60;
const SMALL_EVENTS = 5_000;
const UNASKED_MS = 30_000;
const KEPT_MS = 5 * 60_000;
/** Room for what stands around an answer that is told by its id. */
const ENVELOPE_BYTES = 1_000;
/** Of an answer that is cut to what its reader can take, by whoever asked. */
const MAX_WHOLE_BYTES = 32 * MAX_ANSWER_BYTES;

export class LongAnswers {
  readonly files: RunFiles;
  readonly #options: LongAnswersOptions;
  readonly #works: LongWorks;

  constructor(project: Project, options: LongAnswersOptions = {}) {
    const { root, dataDir } = project;
    this.#options = options;
    this.#works = new LongWorks({ root, dataDir }, options.clock ?? systemClock);
    this.files = new RunFiles(project, this.#works, options);
  }

  /** R2. Events that an answer about these runs reads; `undefined` where it is answered at once. */
  async eventsOf(store: EventStore, runs: readonly unknown[]): Promise<number | undefined> {
    let events = 0;
    for (const reference of runs) {
      // Whatever is no run is told by the operation itself.
      const found = await findRun(store, String(reference)).catch(() => undefined);
      if (found !== undefined) events += await eventsBelow(store, found.run.root);
    }
    return events > (this.#options.smallEvents ?? SMALL_EVENTS) ? events : undefined;
  }

  /**
   * The answer, if it is there in time.
   *
   * @throws WorkgraphError what the operation throws, in time; WG6117 when too much is being worked out.
   */
  async ask(question: LongQuestion): Promise<LongAnswer> {
    const work = this.#question(question, MAX_ANSWER_BYTES - ENVELOPE_BYTES);
    await this.#inTime(work);
    return work.text === undefined ? { going: this.#state(work) } : { text: work.text };
  }

  /**
   * The whole answer, however long it takes: for who cannot come back for it.
   *
   * @throws what `ask` throws, and the signal's reason when nobody waits any more.
   */
  async whole(question: LongQuestion, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    const work = this.#question(question, MAX_WHOLE_BYTES);
    const letGo = this.#works.hold(work);
    const aborted = new Deferred<void>();
    const abort = (): void => aborted.resolve();
    signal?.addEventListener("abort", abort);
    try {
      await Promise.race([work.ended.promise, aborted.promise]);
      signal?.throwIfAborted();
      if (work.failure !== undefined) throw thrownAgain(work.failure);
      return JSON.parse(work.text!) as unknown;
    } finally {
      signal?.removeEventListener("abort", abort);
      letGo();
    }
  }

  /**
   * Begins to make a file of a run; what it comes to is told as of any long answer.
   *
   * @throws WorkgraphError what `RunFiles.begin` throws, and what making it throws, in time.
   */
  async export(store: EventStore, order: RunFileOrder): Promise<OperationState> {
    const work = await this.files.begin(store, order);
    await this.#inTime(work);
    return this.#state(work);
  }

  /**
   * How it stands, and the answer when it is there.
   *
   * @param waitMs waits so long for its end
   * @throws WorkgraphError WG6115 for an id that there is not, or not any more.
   */
  async show(id: string, waitMs = 0): Promise<OperationState> {
    const work = this.#works.find(id);
    await this.#works.passed(work, waitMs);
    return this.#state(work);
  }

  /** Ends the work; what has ended already stays as it is. */
  cancel(id: string): OperationState {
    const work = this.#works.find(id);
    this.#works.cancel(work);
    return this.#state(work);
  }

  async close(): Promise<void> {
    await this.#works.close();
    await this.files.close();
  }

  #question({ name, input, events }: LongQuestion, maxBytes: number): Work {
    const key = `${name} ${events} ${maxBytes} ${JSON.stringify(input)}`;
    const known = this.#works.same(key);
    if (known !== undefined) return known;
    const request = { kind: "question", name, input, maxBytes, events } as const;
    const { unaskedMs = UNASKED_MS } = this.#options;
    return this.#works.begin({
      key,
      name,
      kind: "question",
      events,
      unaskedMs,
      keptMs: KEPT_MS,
      request: async () => request,
    });
  }

  /** R1. */
  async #inTime(work: Work): Promise<void> {
    await this.#works.passed(work, this.#options.readyMs ?? READY_MS);
    if (work.failure !== undefined) throw thrownAgain(work.failure);
  }

  #state(work: Work): OperationState {
    const { id, name, kind, status, events, progress, text, failure } = work;
    const said = text === undefined ? undefined : (JSON.parse(text) as object);
    return {
      id,
      operation: name,
      status,
      events,
      ...(progress === undefined ? {} : { progress }),
      elapsedMs: this.#works.elapsedMs(work),
      ...(said === undefined ? {} : { answer: kind === "file" ? { ...said, ...this.files.toldOf(work) } : said }),
      ...(failure === undefined ? {} : { error: failure }),
    };
  }
}
