/**
 * A turn of the event loop, as a run sees it: what was decided in it becomes durable in one commit, then visible.
 *
 * Owns: the batch of events, when it is committed, what becomes visible after it, and how much a turn may start.
 * Leaves to run.ts: what is decided; to the store: durability.
 *
 * R1. A turn's events are committed together; nothing others can see changes before that.
 * R2. A turn starts a bounded number of attempts, for a bounded time, so that commits stay small and the event loop
 *     responsive.
 * R3. What the store and the engine do is none of the workflow function's code: a turn runs outside its frame.
 * R4. The first attempts in this process begin when their start is recorded: an item that ends the process, or never lets go of it, as
 *     soon as it begins is known for that after the third time.
 */
import type { Clock } from "../base/clock.ts";
import type { AppendedEvent, RunEvent } from "../model/events.ts";
import type { EventStore, ListChunk, LogLine, Memo } from "../store/store.ts";
import { promiseResolve, promiseThen } from "../base/primordials.ts";
import { outsideFrames } from "../trace/current.ts";
import type { CallState } from "./call.ts";
import type { Room } from "./room.ts";

/** Attempts started per turn of the event loop, over all calls of the run. */
const STARTS_PER_TURN = 128;
/** Ms after which a turn starts nothing more. */
const TURN_MS = 8;
/** Commits under way while which more is started: what waits to be written, behind another writer say, is held in memory. */
const MAX_UNCOMMITTED = 2;

const RESOLVED = promiseResolve(undefined);

export interface TurnParts {
  readonly runId: string;
  readonly epoch: number;
  readonly store: EventStore;
  readonly clock: Clock;
  /** Seq of the last event in the log. */
  readonly seq: number;
  readonly room: Room;
  /** Something became visible. */
  readonly visible: () => void;
  readonly failed: (error: unknown) => void;
}

export class Turn {
  readonly #parts: TurnParts;
  #seq: number;
  #events: AppendedEvent[] = [];
  #lists: ListChunk[] = [];
  #memos: Memo[] = [];
  #logs: LogLine[] = [];
  #thunks: Array<() => void> = [];
  /** Wait for what this turn will commit. */
  readonly #flushed: Array<() => void> = [];
  #scheduled = false;
  #lastCommit: Promise<void> = Promise.resolve();
  /** The append that was made last: what follows it is written after it. */
  #landed: Promise<void> = Promise.resolve();
  // Lists with a mark on the call: a set that is added to and deleted from builds its table anew all the time (running.ts).
  #runnable: CallState[] = [];
  #pumpScheduled = false;
  #batching: CallState[] = [];
  #budget = STARTS_PER_TURN;
  #startedAt = 0;
  #closed = false;
  #hasBegun = false;
  #beginning: Promise<void> | undefined;
  /** Commits under way. */
  #uncommitted = 0;
  /** R3. */
  readonly #outside = outsideFrames();
  readonly #flushNext = (): void => void setImmediate(this.#flushNow);
  readonly #flushNow = (): void => this.flush();
  // `queueMicrotask` makes a resource for each (0.8 KB); a promise that is resolved does the same.
  readonly #pumpSoon = (): void => void promiseThen(RESOLVED, this.#pumpNow, this.#pumpNow);
  readonly #pumpNow = (): void => this.#pump();

  constructor(parts: TurnParts) {
    this.#parts = parts;
    this.#seq = parts.seq;
  }

  /** Seq of the last event that was emitted. */
  get seq(): number {
    return this.#seq;
  }

  emit(event: RunEvent, value?: string): number {
    this.#events.push(value === undefined ? { event } : { event, value });
    this.schedule();
    return ++this.#seq;
  }

  emitList(chunk: ListChunk): void {
    this.#lists.push(chunk);
    this.schedule();
  }

  /** Goes with the event of this turn that it names. */
  offer(memo: Memo): void {
    this.#memos.push(memo);
  }

  log(line: LogLine): void {
    // Forgotten promises and abandoned attempts may still log: the run is no longer ours to write.
    if (this.#closed) return;
    this.#logs.push(line);
    this.schedule();
  }

  afterCommit(then: () => void): void {
    this.#thunks.push(then);
    this.schedule();
  }

  /** Resolves when everything emitted so far is durable and visible, or never will be because the store refused. */
  async committed(): Promise<void> {
    if (this.#scheduled) await new Promise<void>((resolve) => this.#flushed.push(resolve));
    await this.#lastCommit;
  }

  /** R4. Undefined: it is over. */
  firstStart(): Promise<void> | undefined {
    if (this.#hasBegun) return undefined;
    return (this.#beginning ??= this.committed().then(() => void (this.#hasBegun = true)));
  }

  /** Nothing more is written: the run has its last event, or the store refused. */
  close(): void {
    this.#closed = true;
  }

  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#outside(this.#flushNext);
  }

  /** R1. Also called when the process is about to be gone. */
  flush(): void {
    this.#budget = STARTS_PER_TURN;
    // What is batched meanwhile is written, too.
    for (let i = 0; i < this.#batching.length; i++) {
      const call = this.#batching[i]!;
      call.flushBatches();
      call.isBatching = false;
    }
    this.#batching.length = 0;
    this.#scheduled = false;
    const events = this.#events;
    const lists = this.#lists;
    const logs = this.#logs;
    const thunks = this.#thunks;
    const memos = this.#memos;
    this.#events = [];
    this.#thunks = [];
    // What is empty is not handed on.
    if (lists.length > 0) this.#lists = [];
    if (logs.length > 0) this.#logs = [];
    if (memos.length > 0) this.#memos = [];
    // They go on after this function, when the commit that they wait for is known.
    if (this.#flushed.length > 0) for (const resolve of this.#flushed.splice(0)) resolve();
    if (this.#runnable.length > 0 && this.#uncommitted < MAX_UNCOMMITTED) this.#schedulePump();
    if (this.#closed) return;
    const visible = (): void => {
      this.#uncommitted--;
      if (this.#runnable.length > 0) this.#schedulePump();
      for (const thunk of thunks) thunk();
      this.#parts.visible();
    };
    if (events.length === 0 && lists.length === 0 && logs.length === 0) {
      if (thunks.length === 0) return;
      this.#uncommitted++;
      this.#lastCommit = this.#lastCommit.then(visible);
      return;
    }
    this.#uncommitted++;
    const { store, runId, epoch, room, failed } = this.#parts;
    const append = {
      runId,
      epoch,
      expectedSeq: this.#seq - events.length,
      events,
      ...(lists.length > 0 ? { lists } : {}),
      ...(memos.length > 0 ? { memos } : {}),
      ...(logs.length > 0 ? { logs } : {}),
    };
    this.#landed = room.write(() => store.append(append), this.#landed);
    this.#lastCommit = this.#landed.then(visible).catch(failed);
  }

  /** This call may have something to start. */
  wake(call: CallState): void {
    if (!call.isRunnable) {
      call.isRunnable = true;
      this.#runnable.push(call);
    }
    this.#schedulePump();
  }

  /** This call has batched decisions to write before the turn ends. */
  batch(call: CallState): void {
    if (!call.isBatching) {
      call.isBatching = true;
      this.#batching.push(call);
    }
    this.schedule();
  }

  /** R2: takes one start of the turn's budget; false when it is spent. */
  takeStart(): boolean {
    if (this.#uncommitted >= MAX_UNCOMMITTED || this.#parts.room.isFull) return false;
    const now = this.#parts.clock.perf();
    if (this.#budget === STARTS_PER_TURN) this.#startedAt = now;
    // Nodes that finish without waiting would otherwise keep timers, signals and commits waiting behind them.
    if (now - this.#startedAt > TURN_MS) this.#budget = 0;
    return this.#budget-- > 0;
  }

  #schedulePump(): void {
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    this.#outside(this.#pumpSoon);
  }

  #pump(): void {
    this.#pumpScheduled = false;
    // What goes on next turn is added again while this one is looked at.
    const runnable = this.#runnable;
    this.#runnable = [];
    for (const call of runnable) {
      call.isRunnable = false;
      if (!call.pump()) continue;
      if (!call.isRunnable) {
        call.isRunnable = true;
        this.#runnable.push(call);
      }
      // R2: the rest starts after this turn's commit is under way.
      this.schedule();
    }
  }
}
