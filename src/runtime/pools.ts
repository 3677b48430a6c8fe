/**
 * Limits that calls share with others: named pools, shared by the runs and the processes of one store, and the threads of this one.
 *
 * Owns: which places a call waits for, and holding them for its attempts. Leaves to store/pool-slots.ts: who gets the next place.
 *
 * R1. An attempt holds its places from its start until its outcome is decided, not while a retry waits. While it waits for one the
 *     item is queued, and its timeout has not begun.
 * R2. Places are taken in one order (rate, pool, thread), so that no two calls wait for what the other holds.
 * R3. A place that was given and is not needed any more goes back in the same turn.
 * R4. A process alone on a pool asks the store once for all of it; two calls without a pool share nothing and ask nobody.
 * R5. A rate limit is asked of the store too, for other processes. A start that was granted counts whether it was made or not; one
 *     that could not be made within STALE_MS is not made late, where it would stand in another window.
 */
import { nearestName } from "../base/nearest-name.ts";
import type { Clock, TimerHandle } from "../base/clock.ts";
import type { PoolConfig } from "../model/config.ts";
import type { NodeDefinition } from "../model/definition.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { PoolSlots } from "../store/pool-slots.ts";
import type { PoolStore } from "../store/pools.ts";
import type { RateStore } from "../store/rates.ts";

export interface PoolsParts {
  readonly store: PoolStore & RateStore;
  readonly clock: Clock;
  /** As the project configures them. */
  readonly pools: Readonly<Record<string, PoolConfig>>;
  /** Threads of this process. */
  readonly threads: number;
}

/** R5. */
const STALE_MS = 100;

type Limited = Pick<NodeDefinition, "id" | "pool" | "thread" | "rateLimit">;

export class Pools {
  readonly #parts: PoolsParts;
  readonly #shared: PoolSlots;
  readonly #threads: PoolSlots;

  constructor(parts: PoolsParts) {
    this.#parts = parts;
    this.#shared = new PoolSlots(parts.store, parts.clock);
    const own: PoolStore = { leasePool: async ({ slots }) => ({ granted: slots, contended: false }) };
    this.#threads = new PoolSlots(own, parts.clock);
  }

  /** What a call of the node waits for; undefined: nothing. */
  placesOf(definition: Limited, wake: () => void): Places | undefined {
    const lines: Waited[] = [];
    const { clock, store } = this.#parts;
    const { id, pool, thread, rateLimit: rate } = definition;
    if (rate) lines.push(new RateLine(store, { ...rate, rate: id, wake, clock }));
    const slots = pool === undefined ? undefined : this.#parts.pools[pool]?.slots;
    if (pool !== undefined && slots !== undefined) lines.push(new Line(this.#shared, { pool, slots, wake }));
    if (thread) lines.push(new Line(this.#threads, { pool: "threads", slots: this.#parts.threads, wake }));
    return lines.length === 0 ? undefined : new Places(lines);
  }

  /** @throws WorkgraphError WG2042 when the project has no such pool */
  require({ id, pool }: Limited): void {
    if (pool === undefined || Object.hasOwn(this.#parts.pools, pool)) return;
    const near = nearestName(pool, Object.keys(this.#parts.pools));
    throw new WorkgraphError("WG2042", `node "${id}" waits for the pool "${pool}", which the project does not have`, {
      hint:
        near === undefined
          ? `write it into workgraph.config.ts: pools: { ${JSON.stringify(pool)}: { slots: 4 } }`
          : `did you mean "${near}"? Pools stand in workgraph.config.ts`,
    });
  }
}

/** All that the attempts of one call wait for. */
export class Places {
  readonly #lines: readonly Waited[];

  constructor(lines: readonly Waited[]) {
    this.#lines = lines;
  }

  /** Whether an attempt may start; if not, the call is woken when it is worth asking again. @param wanted attempts that could start now */
  ready(wanted: number): boolean {
    for (const line of this.#lines) if (!line.ready(wanted)) return false;
    return true;
  }

  /** An attempt starts. */
  take(): void {
    for (const line of this.#lines) line.take();
  }

  /** An attempt has ended. */
  free(): void {
    for (const line of this.#lines) line.free();
  }

  /** R3. The call has nothing to start: what it was given goes back. */
  leave(): void {
    for (const line of this.#lines) line.leave();
  }
}

/** Something that attempts wait for. */
interface Waited {
  ready(wanted: number): boolean;
  take(): void;
  free(): void;
  leave(): void;
}

interface LineParts {
  readonly pool: string;
  readonly slots: number;
  readonly wake: () => void;
}

/** The places of one pool that a call has and waits for. */
class Line implements Waited {
  readonly #slots: PoolSlots;
  readonly #parts: LineParts;
  /** Given, not used yet. */
  #held: (() => void)[] = [];
  #used: (() => void)[] = [];
  #waiting: Set<AbortController> = new Set();
  #failed: Error | undefined;

  constructor(slots: PoolSlots, parts: LineParts) {
    this.#slots = slots;
    this.#parts = parts;
  }

  ready(wanted: number): boolean {
    // The store refused: the attempt starts, and the run finds out with its next commit.
    if (this.#held.length > 0 || this.#failed) return true;
    while (this.#waiting.size < wanted) this.#ask();
    return false;
  }

  #ask(): void {
    const { pool, slots, wake } = this.#parts;
    const controller = new AbortController();
    this.#waiting.add(controller);
    this.#slots.acquire({ pool, slots, signal: controller.signal }).then(
      (release) => {
        this.#waiting.delete(controller);
        if (controller.signal.aborted) return release();
        this.#held.push(release);
        wake();
      },
      (error: Error) => {
        this.#waiting.delete(controller);
        if (controller.signal.aborted) return;
        this.#failed = error;
        wake();
      },
    );
  }

  take(): void {
    const release = this.#held.pop();
    if (release) this.#used.push(release);
  }

  free(): void {
    this.#used.pop()?.();
  }

  leave(): void {
    for (const release of this.#held.splice(0)) release();
    for (const controller of this.#waiting) controller.abort();
    this.#waiting.clear();
  }
}

interface RateParts {
  readonly rate: string;
  readonly limit: number;
  readonly perMs: number;
  readonly wake: () => void;
  readonly clock: Clock;
}

/** R5. Starts of one node that the store has granted to a call. */
class RateLine implements Waited {
  readonly #store: RateStore;
  readonly #parts: RateParts;
  #granted = 0;
  /** ms of `clock.perf`. */
  #grantedAt = 0;
  #asking = false;
  #failed = false;
  #timer: TimerHandle | undefined;

  constructor(store: RateStore, parts: RateParts) {
    this.#store = store;
    this.#parts = parts;
  }

  ready(wanted: number): boolean {
    if (this.#failed) return true;
    if (this.#granted > 0 && this.#parts.clock.perf() - this.#grantedAt <= STALE_MS) return true;
    this.#granted = 0;
    if (!this.#asking && this.#timer === undefined) this.#ask(Math.max(1, wanted));
    return false;
  }

  #ask(want: number): void {
    const { rate, limit, perMs, wake, clock } = this.#parts;
    this.#asking = true;
    this.#store.takeStarts({ rate, limit, perMs, want }).then(
      ({ granted, waitMs }) => {
        this.#asking = false;
        this.#granted = granted;
        this.#grantedAt = clock.perf();
        if (granted > 0) return wake();
        this.#timer = clock.setTimer(() => {
          this.#timer = undefined;
          wake();
        }, waitMs);
      },
      () => {
        // As in Line: the run finds out with its next commit.
        this.#failed = true;
        wake();
      },
    );
  }

  take(): void {
    this.#granted--;
  }

  free(): void {}

  leave(): void {
    if (this.#timer === undefined) return;
    this.#parts.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }
}
