/**
 * The one loop that gives results to the workflow function, live and on replay.
 *
 * Owns: in which order settlements reach the function, the run's clock, and segments. Leaves to run.ts: what a segment's
 * calls mean.
 *
 * R1. A settlement has a seq: that of the event that made it possible. Settlements are delivered in seq order, one at a
 *     time; microtasks are drained in between (`setImmediate`).
 * R2. A settlement whose values have to be read first holds back the later ones.
 * R3. The clock moves only with a delivery, to the time of the event that made it possible.
 * R4. A segment is what runs between two deliveries; it remembers which calls' results opened it.
 * R5. While a list is made anew from values nothing is delivered: what stands on it would come later than when it was recorded.
 */
import type { CallNo } from "../model/ids.ts";
import { outsideFrames } from "../trace/current.ts";

export interface Settlement {
  readonly seq: number;
  /** Epoch ms of the event behind `seq`. */
  readonly at: number;
  /** Calls whose results are delivered. */
  readonly calls: readonly CallNo[];
  /** Reads what has to be read; gives what to do in the function's turn. */
  prepare(): Promise<() => void> | (() => void);
}

export interface DeliveryParts {
  /** Epoch ms. */
  readonly startedAt: number;
  /** R5. Undefined when there is nothing to wait for. */
  readonly holdBack: () => Promise<void> | undefined;
  readonly failed: (error: unknown) => void;
}

export interface Segment {
  readonly index: number;
  readonly openedBy: readonly CallNo[];
}

export class Delivery {
  readonly #queue: Settlement[] = [];
  #busy = false;
  #stopped = false;
  readonly #parts: DeliveryParts;
  readonly #outside = outsideFrames();
  readonly #deliverNext = (): void => void setImmediate(this.#deliverNow);
  readonly #deliverNow = (): void => this.#deliver();
  readonly #segmentEnds = (): void => {
    this.inSegment = false;
    this.#busy = false;
    this.#next();
  };
  segment: Segment = { index: 0, openedBy: [] };
  /** False once the microtasks of the segment have been drained: what runs then was woken by something untracked. */
  inSegment = true;
  clock: number;
  /** Called before a delivery; may refuse it (divergence). */
  beforeDelivery: () => boolean | Promise<boolean> = () => true;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.clock = parts.startedAt;
  }

  /** Nothing is on its way to the function. */
  get isIdle(): boolean {
    return !this.#busy && this.#queue.length === 0 && !this.#parts.holdBack();
  }

  /** The function has run up to its first await. */
  firstSegmentEnded(): void {
    this.inSegment = false;
  }

  stop(): void {
    this.#stopped = true;
    this.#queue.length = 0;
  }

  /** The rest of the segment is owed to these calls too (together.ts). */
  openedTogether(calls: Iterable<CallNo>): void {
    if (!this.inSegment) return;
    const { index, openedBy } = this.segment;
    this.segment = { index, openedBy: [...new Set([...openedBy, ...calls])].toSorted((a, b) => a - b) };
  }

  push(settlement: Settlement): void {
    if (this.#stopped) return;
    let at = this.#queue.length;
    while (at > 0 && this.#queue[at - 1]!.seq > settlement.seq) at--;
    this.#queue.splice(at, 0, settlement);
    this.#next();
  }

  #next(): void {
    if (this.#busy || this.#stopped || this.#queue.length === 0) return;
    this.#busy = true;
    this.#outside(this.#deliverNext);
  }

  /** In one go, where what is delivered is at hand: a promise and its turns for each await would be 0.6 KB of its call. */
  #deliver(): void {
    const wait = this.#parts.holdBack();
    if (wait) return void wait.then(() => setImmediate(this.#deliverNow));
    const settlement = this.#queue.shift();
    if (!settlement || this.#stopped) {
      this.#busy = false;
      return;
    }
    try {
      const prepared = settlement.prepare();
      if (typeof prepared !== "function") return void this.#deliverLater(settlement, prepared);
      const may = this.beforeDelivery();
      if (typeof may !== "boolean") return void this.#deliverLater(settlement, prepared, may);
      if (!may || this.#stopped) return;
      this.#fire(settlement, prepared);
    } catch (error) {
      this.#parts.failed(error);
    }
    setImmediate(this.#segmentEnds);
  }

  /** The same, with something to wait for. */
  async #deliverLater(
    settlement: Settlement,
    prepared: Promise<() => void> | (() => void),
    asked?: Promise<boolean>,
  ): Promise<void> {
    try {
      const fire = await prepared;
      if (this.#stopped) return;
      if (!(await (asked ?? this.beforeDelivery())) || this.#stopped) return;
      this.#fire(settlement, fire);
    } catch (error) {
      this.#parts.failed(error);
    }
    setImmediate(this.#segmentEnds);
  }

  #fire(settlement: Settlement, fire: () => void): void {
    this.clock = Math.max(this.clock, settlement.at);
    this.segment = { index: this.segment.index + 1, openedBy: settlement.calls };
    this.inSegment = true;
    fire();
  }
}
