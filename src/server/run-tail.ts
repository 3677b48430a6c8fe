/**
 * What is committed to one run from now on, for all who follow it: one reader of the log, whatever the number of clients.
 *
 * Owns: the latest events as they are sent, bounded in bytes, and what the log does not say (status: an owner may be gone). Leaves
 * to event-pages.ts: everything older; to event-stream.ts: one client.
 *
 * R1. Somebody who is behind what is kept here reads pages instead; nobody holds back the others.
 * R2. The tail runs while somebody follows, and a moment longer: a page that is loaded again finds it there.
 * R3. What is committed together is told together: those who follow are woken once in a turn of the event loop.
 * R4. A store that is closed or cannot be read breaks the tail. That is no end of the run: who follows is let go, and comes back.
 */
import { systemClock, type TimerHandle } from "../base/clock.ts";
import { isRunEnded, type RunStatus } from "../model/status.ts";
import type { Workspace } from "../app/workspace.ts";
import { EventBatch, messageOf, PIECE_BYTES, type EventMessage } from "./event-batch.ts";

const MAX_KEPT_BYTES = 1_000_000;
const STATUS_EVERY_MS = 500;
const LINGER_MS = 2_000;

type TailedStore = Pick<Workspace["store"], "run" | "tail">;

export class RunTail {
  readonly runId: string;
  readonly #store: TailedStore;
  readonly #maxBytes: number;
  readonly #stop: AbortController = new AbortController();
  #batches: EventBatch[] = [];
  #bytes = 0;
  /** Read, and not yet told. */
  #fresh: EventMessage[] = [];
  #freshLength = 0;
  #telling: NodeJS.Immediate | undefined;
  /** Seq behind which everything told is in `#batches`. */
  #from = 0;
  #waiting: PromiseWithResolvers<void> = Promise.withResolvers();
  #timer: TimerHandle | undefined;
  #status: RunStatus | undefined;
  /** The run has ended, and its last event is here or in the pages. */
  #ended = false;
  #broken = false;

  constructor(store: TailedStore, runId: string, options: { readonly maxBytes?: number } = {}) {
    this.#store = store;
    this.runId = runId;
    this.#maxBytes = options.maxBytes ?? MAX_KEPT_BYTES;
  }

  get status(): RunStatus | undefined {
    return this.#status;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  /** R4. */
  get isBroken(): boolean {
    return this.#broken;
  }

  /** Seq behind which `after` can answer. */
  get from(): number {
    return this.#from;
  }

  /** Last seq that is kept, or `from`. */
  get last(): number {
    return this.#batches.at(-1)?.last ?? this.#from;
  }

  async start(): Promise<void> {
    const row = await this.#store.run(this.runId);
    this.#from = row?.seq ?? 0;
    this.#status = row?.status;
    void this.#pump();
    this.#watchStatus();
  }

  stop(): void {
    this.#stop.abort();
    clearImmediate(this.#telling);
    if (this.#timer !== undefined) systemClock.clearTimer(this.#timer);
    this.#wake();
  }

  /** What is behind a seq that is not below `from`, from the batch on that holds it: about so many bytes. */
  after(seq: number, maxBytes: number): readonly EventBatch[] {
    let begin = this.#batches.length;
    while (begin > 0 && this.#batches[begin - 1]!.last > seq) begin--;
    let [end, bytes] = [begin, 0];
    while (end < this.#batches.length && (end === begin || bytes + this.#batches[end]!.bytes.length <= maxBytes))
      bytes += this.#batches[end++]!.bytes.length;
    return this.#batches.slice(begin, end);
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return this.#waiting.promise;
  }

  async #pump(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const event of this.#store.tail(this.runId, { after: this.#from, signal, values: "none" })) {
        this.#push(messageOf(event));
      }
      this.#tell();
      await this.#readStatus();
      this.#ended = !signal.aborted;
    } catch {
      this.#tell();
      this.#broken = true;
    }
    this.#wake();
  }

  /** R3. A batch is one piece at most: it is sent as it is, and who is slow keeps no more than one. */
  #push(message: EventMessage): void {
    if (this.#freshLength + message.text.length > PIECE_BYTES) this.#tell();
    this.#fresh.push(message);
    this.#freshLength += message.text.length;
    this.#telling ??= setImmediate(() => this.#tell());
  }

  #tell(): void {
    clearImmediate(this.#telling);
    this.#telling = undefined;
    if (this.#fresh.length === 0) return;
    const batch = new EventBatch(this.#fresh);
    this.#fresh = [];
    this.#freshLength = 0;
    this.#batches.push(batch);
    this.#bytes += batch.bytes.length;
    while (this.#bytes > this.#maxBytes && this.#batches.length > 1) {
      const oldest = this.#batches.shift()!;
      this.#bytes -= oldest.bytes.length;
      this.#from = oldest.last;
    }
    this.#wake();
  }

  #wake(): void {
    const { resolve } = this.#waiting;
    this.#waiting = Promise.withResolvers();
    resolve();
  }

  /** The log says nothing when an owner dies. */
  #watchStatus(): void {
    if (this.#stop.signal.aborted || this.#ended || this.#broken) return;
    this.#timer = systemClock.setTimer(() => {
      void this.#readStatus().finally(() => this.#watchStatus());
    }, STATUS_EVERY_MS);
    this.#timer.unref();
  }

  async #readStatus(): Promise<void> {
    const row = await this.#store.run(this.runId).catch(() => undefined);
    if (row === undefined || row.status === this.#status) return;
    // An end that is seen before its event would read as the end of the stream.
    if (isRunEnded(row.status) && row.seq > this.last) return;
    this.#status = row.status;
    this.#wake();
  }
}

/** The tails of a server, one per run that is followed. */
export class RunTails {
  readonly #store: TailedStore;
  readonly #maxBytes: number | undefined;
  readonly #tails: Map<string, { readonly tail: RunTail; readonly ready: Promise<void>; clients: number }> = new Map();
  readonly #lingering: Map<string, TimerHandle> = new Map();

  constructor(store: TailedStore, options: { readonly maxBytes?: number } = {}) {
    this.#store = store;
    this.#maxBytes = options.maxBytes;
  }

  /** Tails that run. */
  get size(): number {
    return this.#tails.size;
  }

  async follow(runId: string): Promise<{ readonly tail: RunTail; release(): void }> {
    const timer = this.#lingering.get(runId);
    if (timer !== undefined) systemClock.clearTimer(timer);
    this.#lingering.delete(runId);
    let entry = this.#tails.get(runId);
    // An ended run may have been gone on with: whoever comes now looks anew. Those who still follow the old tail keep it.
    if (entry === undefined || entry.tail.isEnded || entry.tail.isBroken) {
      const tail = new RunTail(this.#store, runId, this.#maxBytes === undefined ? {} : { maxBytes: this.#maxBytes });
      entry = { tail, ready: tail.start(), clients: 0 };
      this.#tails.set(runId, entry);
    }
    const mine = entry;
    mine.clients += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      mine.clients -= 1;
      if (mine.clients === 0 && this.#tails.get(runId) === mine) this.#linger(runId);
    };
    try {
      await mine.ready;
    } catch (error) {
      release();
      throw error;
    }
    return { tail: mine.tail, release };
  }

  close(): void {
    for (const timer of this.#lingering.values()) systemClock.clearTimer(timer);
    this.#lingering.clear();
    for (const { tail } of this.#tails.values()) tail.stop();
    this.#tails.clear();
  }

  /** R2. */
  #linger(runId: string): void {
    const timer = systemClock.setTimer(() => {
      this.#lingering.delete(runId);
      this.#tails.get(runId)?.tail.stop();
      this.#tails.delete(runId);
    }, LINGER_MS);
    timer.unref();
    this.#lingering.set(runId, timer);
  }
}
