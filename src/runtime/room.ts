/**
 * Writes that a full store refused: they are made again when there is room.
 *
 * Owns: what waits, and when it is tried again. Leaves to turn.ts: the order of commits; to run.ts: saying so.
 *
 * R1. A write that was refused for want of room (WG5004) changed nothing: it is made again, unchanged, every AGAIN_MS. Any other
 *     refusal is passed on.
 * R2. While one waits, nothing more starts. What was under way ends; its outcome waits, too.
 * R3. What was given behind a write that was refused is refused for its place, also after there is room again and until the last of
 *     those before it is written. It is made again once, when they are; refused for its place then, it is in the wrong one.
 */
import type { Clock, TimerHandle } from "../base/clock.ts";
import { Deferred } from "../base/deferred.ts";
import { isWorkgraphError, type WorkgraphError } from "../model/workgraph-error.ts";

const AGAIN_MS = 1000;

export interface RoomParts {
  readonly clock: Clock;
  /** The store is full, for the first time since it was not. */
  readonly full: (error: WorkgraphError) => void;
  /** There is room again; epoch ms since when there was none. */
  readonly again: (since: number) => void;
}

export class Room {
  readonly #parts: RoomParts;
  #fullSince: number | undefined;
  #error: WorkgraphError | undefined;
  #waiting: Deferred<void> | undefined;
  #timer: TimerHandle | undefined;
  #givenUp = false;

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  get isFull(): boolean {
    return this.#fullSince !== undefined;
  }

  /** R1, R3. @param before what has to be written first, when it was refused too. */
  async write<T>(work: () => Promise<T>, before: Promise<unknown> = Promise.resolve()): Promise<T> {
    for (let isNext = false; ;) {
      try {
        const done = await work();
        this.#roomAgain();
        return done;
      } catch (error) {
        if (isFullError(error)) await this.#wait(error);
        else if (isNext || !isPlaceError(error)) throw error;
        await before;
        isNext = true;
      }
    }
  }

  /** Nobody waits any more: what waits is refused. */
  giveUp(): void {
    this.#givenUp = true;
    if (this.#timer) this.#parts.clock.clearTimer(this.#timer);
    this.#waiting?.reject(this.#error);
  }

  #wait(error: WorkgraphError): Promise<void> {
    if (this.#givenUp) throw error;
    this.#error = error;
    if (this.#fullSince === undefined) {
      this.#fullSince = this.#parts.clock.now();
      this.#parts.full(error);
    }
    this.#waiting ??= new Deferred<void>();
    const { promise } = this.#waiting;
    this.#timer ??= this.#parts.clock.setTimer(() => {
      this.#timer = undefined;
      const tried = this.#waiting;
      this.#waiting = undefined;
      tried?.resolve();
    }, AGAIN_MS);
    return promise;
  }

  #roomAgain(): void {
    const since = this.#fullSince;
    if (since === undefined) return;
    this.#fullSince = undefined;
    this.#parts.again(since);
  }
}

function isFullError(error: unknown): error is WorkgraphError {
  return isWorkgraphError(error) && error.code === "WG5004";
}

function isPlaceError(error: unknown): boolean {
  return isWorkgraphError(error) && error.code === "WG5011";
}
