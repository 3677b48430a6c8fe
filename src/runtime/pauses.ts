/**
 * When a run rests: while its store is full, and while all that is left of it is a long sleep.
 *
 * Owns: what the log says of it. Leaves to room.ts and sleep-pause.ts: finding it out; to run.ts: stopping.
 *
 * R1. Whatever is written after a pause begins with `run.resumed`.
 * R2. A full store cannot be told about while it is full: the pause is written when there is room again, and only when nothing was
 *     under way then: what runs on has not paused. Whoever owns the run is told at once.
 */
import type { Clock } from "../base/clock.ts";
import type { RunEvent } from "../model/events.ts";
import type { CallState } from "./call.ts";
import { Room } from "./room.ts";
import type { Pausing } from "./run-options.ts";
import { SleepPause } from "./sleep-pause.ts";

export interface PausesParts {
  readonly runId: string;
  readonly clock: Clock;
  readonly pausing: Pausing;
  readonly epoch: number;
  readonly owner: string;
  readonly emit: (event: RunEvent) => void;
  /** Nothing but calls can have something under way. */
  readonly isQuiet: () => boolean;
  /** No attempt runs. */
  readonly isIdle: () => boolean;
  readonly openCalls: () => Iterable<CallState>;
  /** The run is given up until somebody wakes it; undefined: it is waited for. */
  readonly leave: (() => void) | undefined;
}

export class Pauses {
  readonly room: Room;
  readonly #parts: PausesParts;
  readonly #sleep: SleepPause;
  #resting = false;
  #sleeps = false;

  constructor(parts: PausesParts) {
    const { clock, pausing, runId } = parts;
    this.#parts = parts;
    this.room = new Room({
      clock,
      full: (error) => pausing.told?.({ runId, reason: "store-full", error }),
      again: (since) => this.#roomAgain(since),
    });
    this.#sleep = new SleepPause({ ...parts, pause: (until) => this.#pause(until) });
  }

  sleepBegan(): void {
    this.#sleeps = true;
  }

  /** Something came to rest. A run that never sleeps pays nothing. */
  look(): void {
    if (this.#sleeps && !this.#resting) this.#sleep.look();
  }

  /** R1. Before anything is written. */
  goOn(): void {
    if (!this.#resting) return;
    this.#resting = false;
    const { clock, epoch, owner, emit } = this.#parts;
    emit({ type: "run.resumed", at: clock.now(), epoch, owner, reason: "recovery", reopened: [] });
  }

  stop(how: "now" | "when written"): void {
    this.#sleep.stop();
    if (how === "now") this.room.giveUp();
  }

  #pause(until: number): void {
    const { clock, emit, leave, pausing, runId } = this.#parts;
    pausing.told?.({ runId, reason: "sleep", until });
    emit({ type: "run.paused", at: clock.now(), reason: "sleep", until });
    if (leave) leave();
    else this.#resting = true;
  }

  /** R2. */
  #roomAgain(since: number): void {
    const { pausing, runId } = this.#parts;
    pausing.told?.({ runId, reason: "room" });
    if (!this.#parts.isIdle()) return;
    this.#parts.emit({ type: "run.paused", at: since, reason: "store-full" });
    this.#resting = true;
    this.goOn();
  }
}
