/**
 * One attempt at one item: its signal, its timeout, and what it may ask of the run.
 *
 * Owns: the time between start and outcome. Leaves to node-call.ts: what the outcome means.
 *
 * R1. Exactly one outcome: the function's, or "timed out" when the timeout came first (what the function says during the
 *     grace is no longer its result), or "abandoned" when the grace passed too.
 * R2. After its end nothing it does changes the run: late outcomes are refused and logged, members of ctx that change the
 *     run are refused (WG2013). The function may still run: abandoned, or with a promise it forgot to await.
 * R3. It begins in the turn whose commit records its start, and the first ones of a process after it (turn.ts R4). After a crash the next attempt may bear the same number, so nothing
 *     durable is keyed by it: idempotency keys, `once` and outcomes go by run, call and item; a folder on disk needs a name of
 *     its own.
 */
import type { TimerHandle } from "../base/clock.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import { formatAddress } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { LogLine } from "../store/store.ts";
import type { ArtifactChannel, AttemptChannel, AttemptOutcome, AttemptRequest, Engine } from "./engine.ts";
import { artifactChannel } from "./run-artifacts.ts";
import { AttemptModels } from "./run-models.ts";
import type { RunCore, RunningAttempt } from "./run-core.ts";

const ERRORS_PAGE = 1000;

interface Entries {
  readonly values: readonly string[];
  readonly keys?: readonly string[];
}

/** Whoever an attempt reports to: one for all attempts of a call, since a closure per attempt and report is measurable. */
export interface AttemptOwner {
  /** Who performs it; undefined: the engine of the run. */
  readonly performer: Pick<Engine, "attempt"> | undefined;
  /** Its attempts are runs, which end by themselves: they are given no grace, and none is found to be stuck. */
  readonly endsItself: boolean;
  yielded(request: AttemptRequest, first: number, entries: Entries): Promise<void>;
  recorded(request: AttemptRequest): Promise<Entries>;
  ended(attempt: Attempt, outcome: AttemptOutcome, ms: number): void;
  abandoned(attempt: Attempt, error: ErrorRecord, ms: number): void;
}

export class Attempt implements AttemptChannel, RunningAttempt {
  readonly #run: RunCore;
  readonly request: AttemptRequest;
  readonly #owner: AttemptOwner;
  readonly #timeoutMs: number | undefined;
  /** Where it stands among the running ones. */
  place = 0;
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;
  #timer: TimerHandle | undefined;
  #startedAt = 0;
  #over = false;
  #timedOut = false;
  #models: AttemptModels | undefined;

  constructor(
    run: RunCore,
    request: AttemptRequest,
    of: { readonly owner: AttemptOwner; readonly timeoutMs: number | undefined },
  ) {
    this.#run = run;
    this.request = request;
    this.#owner = of.owner;
    this.#timeoutMs = of.timeoutMs;
  }

  get call(): number {
    return this.request.call;
  }

  get address(): string {
    return formatAddress(this.request.runId, this.request.call, this.request.item);
  }

  get node(): string {
    return this.request.nodeId;
  }

  get aborted(): boolean {
    return this.#abortReason !== undefined;
  }

  begin(): void {
    const { clock, engine } = this.#run;
    this.#startedAt = clock.perf();
    this.#run.attemptStarted(this);
    if (this.#timeoutMs !== undefined) this.#timer = clock.setTimer(() => this.#timeout(), this.#timeoutMs);
    const performer = this.#owner.performer ?? engine;
    const first = this.#run.firstStart();
    const performed = first
      ? first.then(() => performer.attempt(this.request, this))
      : performer.attempt(this.request, this);
    performed.then(
      (outcome) => this.#end(outcome),
      (error: unknown) =>
        this.#end({ ok: false, error: this.#run.engineError(error, { node: this.request.nodeId }), retryable: false }),
    );
  }

  #ms(): number {
    return this.#run.clock.perf() - this.#startedAt;
  }

  #end(outcome: AttemptOutcome): void {
    if (this.#over) {
      this.log({
        level: "warn",
        text: `the attempt was abandoned; its late ${outcome.ok ? "result" : "error"} is refused`,
      });
      return;
    }
    this.#finish();
    if (this.#timedOut)
      this.#owner.ended(this, { ok: false, error: this.#timeoutError(""), retryable: true }, this.#ms());
    else this.#owner.ended(this, outcome, this.#ms());
  }

  #finish(): void {
    this.#over = true;
    if (this.#timer) this.#run.clock.clearTimer(this.#timer);
    this.#models?.end();
    this.#run.attemptEnded(this);
  }

  #timeoutError(more: string): ErrorRecord {
    return {
      code: "WG2003",
      kind: "timeout",
      name: "TimeoutError",
      message: `node "${this.request.nodeId}" did not finish in ${this.#timeoutMs} ms${more}; pass ctx.signal on to what it waits for, or raise its timeout`,
    };
  }

  #timeout(): void {
    this.#timedOut = true;
    this.abort(new DOMException(`timed out after ${this.#timeoutMs} ms`, "TimeoutError"));
  }

  /** Aborts the signal; after the grace the attempt is abandoned. */
  abort(reason: Error): void {
    if (this.#abortReason || this.#over) return;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
    if (this.#timer) this.#run.clock.clearTimer(this.#timer);
    if (this.#owner.endsItself) return;
    this.#timer = this.#run.clock.setTimer(() => {
      if (this.#over) return;
      this.#finish();
      const error: ErrorRecord = this.#timedOut
        ? this.#timeoutError(` and did not stop in ${this.#run.graceMs} ms after its signal`)
        : {
            code: "WG2004",
            kind: "cancelled",
            name: "Cancelled",
            message: `node "${this.request.nodeId}" did not stop in ${this.#run.graceMs} ms after its signal`,
          };
      this.#owner.abandoned(this, error, this.#ms());
    }, this.#run.graceMs);
  }

  /** Nothing is left that could settle it: the event loop is empty. */
  starve(): void {
    if (this.#over || this.#owner.endsItself) return;
    this.#end({
      ok: false,
      retryable: false,
      error: {
        code: "WG2005",
        kind: "thrown",
        name: "NeverSettled",
        message: `node "${this.request.nodeId}" returned a promise that nothing can settle any more: no timer, request or file is open; look for a missing resolve() or a forgotten callback`,
      },
    });
  }

  // ---- AttemptChannel

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#abortReason) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  get artifacts(): ArtifactChannel {
    return artifactChannel(this.#run, this.request, () => !this.#over && !this.#timedOut);
  }

  /** An attempt that asks no model pays for none. */
  get models(): AttemptModels {
    return (this.#models ??= new AttemptModels(this.#run, this.request, this.signal));
  }

  log(line: Pick<LogLine, "level" | "text" | "fields">): void {
    this.#run.log({
      ...line,
      call: this.request.call,
      item: this.request.item,
      attempt: this.request.attempt,
      at: this.#run.clock.now(),
    });
  }

  /** R2. */
  #live(member: string): void {
    if (!this.#over) return;
    throw new WorkgraphError(
      "WG2013",
      `${member} of node "${this.request.nodeId}" was used after attempt ${this.request.attempt} at ${this.address} had ended`,
      {
        hint: "await everything the function starts before it returns, and stop when ctx.signal aborts",
      },
    );
  }

  emit(name: string, value: string): void {
    if (this.#over) return this.log({ level: "warn", text: `ctx.emit("${name}") after the attempt ended is refused` });
    const { call, item, attempt } = this.request;
    this.#run.emit({ type: "item.emitted", at: this.#run.clock.now(), call, item, attempt, name }, value);
  }

  async yield(first: number, entries: Entries): Promise<void> {
    this.#live("a yield");
    return this.#owner.yielded(this.request, first, entries);
  }

  recorded(): Promise<Entries> {
    return this.#owner.recorded(this.request);
  }

  async scratchpadGet(key: string): Promise<string | undefined> {
    return (await this.#run.store.scratchpad.get(this.#run.runId, key))?.value;
  }

  async scratchpadSet(key: string, value: string): Promise<void> {
    this.#live("ctx.scratchpad.set");
    await this.#run.stored(() => this.#run.store.scratchpad.set(this.#run.runId, this.#run.epoch, { key, value }));
  }

  async scratchpadCas(key: string, expected: string | undefined, value: string): Promise<boolean> {
    this.#live("ctx.scratchpad.cas");
    return this.#run.stored(() =>
      this.#run.store.scratchpad.cas(this.#run.runId, this.#run.epoch, { key, expected, value }),
    );
  }

  onceGet(key: string): Promise<string | undefined> {
    return this.#run.store.once.get(this.#run.runId, { call: this.request.call, item: this.request.item, key });
  }

  async oncePut(key: string, value: string): Promise<void> {
    this.#live("ctx.once");
    const { call, item } = this.request;
    return this.#run.stored(() =>
      this.#run.store.once.put(this.#run.runId, this.#run.epoch, { call, item, key, value }),
    );
  }

  /** From the log, so that retried attempts and those before a resume are there too. */
  async errors(node: string | undefined): Promise<readonly ErrorRecord[]> {
    await this.#run.committed();
    const found: ErrorRecord[] = [];
    for (let after = 0; ;) {
      const page = await this.#run.store.errors(this.#run.runId, { after, limit: ERRORS_PAGE });
      for (const { call, error } of page) {
        if (call !== undefined && error.kind !== "cancelled" && (node === undefined || error.node === node))
          found.push(error);
      }
      if (page.length < ERRORS_PAGE) return found;
      after = page.at(-1)!.seq;
    }
  }
}
