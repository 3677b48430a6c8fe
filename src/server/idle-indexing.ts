/**
 * Log lines and values come into the index of words while the server has nothing else to do.
 *
 * Owns: when. Leaves to the store: what is indexed, and how far it is (`searchLag`).
 *
 * R1. A turn takes about TURN_MS and begins only while no request is being answered and the event loop is on time. Between two turns
 *     there is twice as much time for others.
 * R2. Without commits since everything was in, nothing is looked at.
 */
import { systemClock, type TimerHandle } from "../base/clock.ts";
import type { Workspace } from "../app/workspace.ts";

const TURN_MS = 15;
const BETWEEN_MS = 30;
/** Waits before the next look, when somebody was waiting for us. */
const BUSY_MS = 200;
/** A timer that is later than this has met other work. */
const LATE_MS = 10;

export class IdleIndexing {
  readonly #store: Workspace["store"];
  readonly #isBusy: () => boolean;
  readonly #end: AbortController = new AbortController();
  #isBehind = true;
  #timer: TimerHandle | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** @param isBusy whether a request is being answered */
  constructor({ store }: Workspace, isBusy: () => boolean) {
    this.#store = store;
    this.#isBusy = isBusy;
    this.#after(BUSY_MS);
    void this.#listen();
  }

  /** Resolves when nothing of it is under way. */
  async close(): Promise<void> {
    this.#end.abort();
    if (this.#timer) systemClock.clearTimer(this.#timer);
    await this.#turn;
  }

  #after(delayMs: number): void {
    if (this.#timer !== undefined || this.#end.signal.aborted) return;
    const dueAt = systemClock.perf() + delayMs;
    this.#timer = systemClock.setTimer(() => {
      this.#timer = undefined;
      // R1.
      if (this.#isBusy() || systemClock.perf() - dueAt > LATE_MS) this.#after(BUSY_MS);
      else this.#turn = this.#index();
    }, delayMs);
    this.#timer.unref();
  }

  async #index(): Promise<void> {
    this.#isBehind = false;
    try {
      const { events, lines, more } = await this.#store.indexSome(TURN_MS);
      this.#isBehind ||= events > 0 || lines > 0 || more;
    } catch {
      // A store that is full or locked has more important things to do; the lag says how far it is.
      this.#isBehind = true;
      return this.#after(BUSY_MS * 10);
    }
    // R2.
    if (this.#isBehind) this.#after(BETWEEN_MS);
  }

  async #listen(): Promise<void> {
    for await (const _ of this.#store.changes(this.#end.signal)) {
      this.#isBehind = true;
      this.#after(BUSY_MS);
    }
  }
}
