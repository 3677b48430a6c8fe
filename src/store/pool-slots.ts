/**
 * The slots of pools, one by one, for the attempts of this process.
 *
 * Owns: who in this process gets a slot next. Leaves to stores: how many this process may use (pools.ts).
 *
 * R1. First come, first served, within this process.
 * R2. What this process may use but does not is kept for LINGER_MS, for the next attempt, unless somebody else waits.
 * R3. While it waits for other processes it asks every ASK_MS; alone on a pool it asks the store at most that often, without a write.
 */
import type { Clock, TimerHandle } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import type { PoolStore } from "./pools.ts";

const ASK_MS = 25;
const LINGER_MS = 250;

export interface SlotWish {
  readonly pool: string;
  /** Slots the pool has. */
  readonly slots: number;
  /** Gives up waiting: the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

interface Waiter {
  readonly give: () => void;
  readonly fail: (error: Error) => void;
}

interface Pool {
  readonly name: string;
  slots: number;
  using: number;
  granted: number;
  contended: boolean;
  asking: boolean;
  askedAt: number;
  timer: TimerHandle | undefined;
  readonly queue: Set<Waiter>;
}

export class PoolSlots {
  readonly #store: PoolStore;
  readonly #clock: Clock;
  readonly #pools: Map<string, Pool> = new Map();

  constructor(store: PoolStore, clock: Clock = systemClock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Resolves with what gives the slot back; calling that twice does nothing more. */
  async acquire(wish: SlotWish): Promise<() => void> {
    const { signal } = wish;
    signal?.throwIfAborted();
    const pool = this.#pool(wish);
    if (pool.queue.size > 0 || !isFree(pool)) {
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          if (pool.queue.delete(waiter)) reject(signal?.reason as Error);
        };
        const settled = (settle: () => void): void => {
          signal?.removeEventListener("abort", abort);
          settle();
        };
        const waiter: Waiter = { give: () => settled(resolve), fail: (error) => settled(() => reject(error)) };
        signal?.addEventListener("abort", abort, { once: true });
        pool.queue.add(waiter);
        this.#ask(pool);
      });
    } else pool.using++;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#release(pool);
    };
  }

  #pool({ pool: name, slots }: SlotWish): Pool {
    const known = this.#pools.get(name);
    if (known !== undefined) {
      known.slots = slots;
      return known;
    }
    const pool: Pool = {
      name,
      slots,
      using: 0,
      granted: 0,
      contended: false,
      asking: false,
      askedAt: 0,
      timer: undefined,
      queue: new Set(),
    };
    this.#pools.set(name, pool);
    return pool;
  }

  #release(pool: Pool): void {
    pool.using--;
    if (!pool.contended) this.#drain(pool);
    if (pool.contended || this.#clock.perf() - pool.askedAt >= ASK_MS) this.#ask(pool);
    else this.#later(pool);
  }

  /** Gives out what is free. */
  #drain(pool: Pool): void {
    for (const waiter of pool.queue) {
      if (!isFree(pool)) return;
      pool.queue.delete(waiter);
      pool.using++;
      waiter.give();
    }
  }

  /** While an answer is awaited nothing is given out: what is in use must be what was said. */
  #ask(pool: Pool): void {
    if (pool.asking) return;
    this.#clear(pool);
    pool.asking = true;
    const { name, slots, using, queue } = pool;
    this.#store.leasePool({ pool: name, slots, using, want: using + queue.size }).then(
      ({ granted, contended }) => {
        pool.asking = false;
        pool.askedAt = this.#clock.perf();
        pool.granted = granted;
        pool.contended = contended;
        this.#drain(pool);
        this.#later(pool);
      },
      (error: Error) => {
        pool.asking = false;
        const waiting = [...pool.queue];
        pool.queue.clear();
        for (const waiter of waiting) waiter.fail(error);
      },
    );
  }

  /** Asks again: soon when somebody waits, here or elsewhere, and once more to give back what nobody needs. */
  #later(pool: Pool): void {
    if (pool.timer !== undefined || pool.asking) return;
    const waits = pool.queue.size > 0 || (pool.contended && pool.granted > pool.using);
    if (!waits && pool.granted === pool.using) return;
    const timer = this.#clock.setTimer(
      () => {
        pool.timer = undefined;
        this.#ask(pool);
      },
      waits ? ASK_MS * (0.5 + Math.random()) : LINGER_MS,
    );
    // An attempt that waits keeps the process alive; slots that are kept for later do not.
    if (!waits) timer.unref();
    pool.timer = timer;
  }

  #clear(pool: Pool): void {
    if (pool.timer !== undefined) this.#clock.clearTimer(pool.timer);
    pool.timer = undefined;
  }
}

function isFree(pool: Pool): boolean {
  return !pool.asking && pool.using < pool.granted;
}
