/**
 * Who waits for commits: of this process, told at once, and of others, looked for while somebody waits.
 *
 * Owns: when the database is asked whether it changed. Leaves to tail.ts: what is read then.
 */
import type { TimerHandle } from "../../base/clock.ts";
import { systemClock } from "../../base/clock.ts";
import type { RunId } from "../../model/ids.ts";
import { ChangeFeed } from "../change-feed.ts";
import type { Changes } from "../change-feed.ts";
import { Wakes } from "../tail.ts";
import type { Database } from "./database.ts";

/** How often it is looked for commits of other processes while somebody waits for those of a run: one look takes 9 us,
 *  and 40 after a commit. */
const FOLLOWED_POLL_MS = 10;
/** While somebody wants to know only that there are some. */
const POLL_MS = 50;

export class CommitWatch {
  readonly #database: Database;
  readonly #wakes: Wakes = new Wakes();
  readonly #feed: ChangeFeed = new ChangeFeed();
  #poll: TimerHandle | undefined;
  #pollAt = 0;
  #seenVersion = 0;
  #closed = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** This process has committed something of a run. */
  committed(runId: RunId): void {
    this.#wakes.wake(runId);
    this.#feed.committed(runId);
  }

  changes(signal: AbortSignal | undefined): AsyncIterable<Changes> {
    return this.#feed.changes(signal, () => {
      if (this.#poll === undefined) this.#seenVersion = this.#version();
      this.#look();
    });
  }

  next(runId: RunId, signal: AbortSignal | undefined): { readonly promise: Promise<void>; cancel(): void } {
    const wait = this.#wakes.next(runId, signal);
    this.#look();
    return wait;
  }

  /** Nobody looks any more. Those who wait are told by `wakeAll`, when there is an end to read. */
  stop(): void {
    this.#closed = true;
    if (this.#poll !== undefined) systemClock.clearTimer(this.#poll);
  }

  wakeAll(): void {
    this.#wakes.wakeAll();
    this.#feed.close();
  }

  #look(): void {
    const waitMs = this.#wakes.size > 0 ? FOLLOWED_POLL_MS : POLL_MS;
    const at = systemClock.perf() + waitMs;
    if (this.#closed || (this.#poll !== undefined && this.#pollAt <= at)) return;
    if (this.#poll !== undefined) systemClock.clearTimer(this.#poll);
    this.#pollAt = at;
    this.#poll = systemClock.setTimer(() => {
      this.#poll = undefined;
      if (this.#wakes.size === 0 && !this.#feed.listening) return;
      const version = this.#version();
      if (version !== this.#seenVersion) {
        this.#wakes.wakeAll();
        this.#feed.changedElsewhere();
      }
      this.#seenVersion = version;
      this.#look();
    }, waitMs);
  }

  #version(): number {
    try {
      return this.#database.dataVersion();
    } catch {
      // Busy or broken: the read that follows a wake-up waits, or says what is wrong.
      return -1;
    }
  }
}
