/**
 * What an attempt's model calls ask of its run: which model is the default, a place among those that may ask now, and being recorded.
 *
 * Owns: the places that one attempt holds and waits for. Leaves to pools.ts and rate-limit.ts: who gets the next one; to llm/: asking.
 *
 * R1. Places go back when the attempt ends, however it ends: what performed it may be gone.
 * R2. A model call is one event. After the attempt's end it is none: a late one is told in a line.
 */
import type { ModelCall } from "../model/llm.ts";
import type { AttemptRequest, ModelChannel, SharedModel } from "./engine.ts";
import type { Places } from "./pools.ts";
import type { RunCore } from "./run-core.ts";

export class AttemptModels implements ModelChannel {
  readonly #run: RunCore;
  readonly #request: AttemptRequest;
  readonly #signal: AbortSignal;
  readonly #held: Map<number, () => void> = new Map();
  #tickets = 0;
  #over = false;

  constructor(run: RunCore, request: AttemptRequest, signal: AbortSignal) {
    this.#run = run;
    this.#request = request;
    this.#signal = signal;
  }

  async preset(): Promise<string | undefined> {
    return this.#run.defaultModel;
  }

  async enter({ model, pool, rateLimit }: SharedModel): Promise<number> {
    const id = `model ${model}`;
    const ticket = ++this.#tickets;
    const { pools, limiter } = this.#run;
    const limited = {
      id,
      thread: false,
      ...(pool === undefined ? {} : { pool }),
      ...(rateLimit === undefined ? {} : { rateLimit }),
    };
    pools?.require(limited);
    await new Promise<void>((resolve, reject) => {
      let places: Places | undefined;
      const leave = (): void => {
        this.#signal.removeEventListener("abort", aborted);
        places?.leave();
        if (rateLimit) limiter.leave(id, look);
      };
      const aborted = (): void => {
        leave();
        reject(this.#signal.reason as Error);
      };
      const look = (): void => {
        if (this.#signal.aborted || this.#held.has(ticket)) return;
        if (rateLimit && !limiter.ready(id, rateLimit, look)) return;
        if (places && !places.ready(1)) return;
        places?.take();
        if (rateLimit) limiter.start(id, rateLimit);
        this.#held.set(ticket, () => places?.free());
        leave();
        resolve();
      };
      if (this.#signal.aborted) return aborted();
      this.#signal.addEventListener("abort", aborted, { once: true });
      places = pools?.placesOf(limited, look);
      look();
    });
    if (this.#over) this.leave(ticket);
    return ticket;
  }

  leave(ticket: number): void {
    const free = this.#held.get(ticket);
    this.#held.delete(ticket);
    free?.();
  }

  /** R2. */
  called(call: ModelCall): void {
    const { call: no, item, attempt } = this.#request;
    const at = this.#run.clock.now();
    if (!this.#over) this.#run.emit({ type: "model.called", at, call: no, item, attempt, model: call });
    else {
      const text = `a call of model "${call.model}" ended after its attempt had; it is counted nowhere`;
      this.#run.log({ call: no, item, attempt, at, level: "warn", text });
    }
  }

  /** R1. */
  end(): void {
    this.#over = true;
    for (const ticket of Array.from(this.#held.keys())) this.leave(ticket);
  }
}
