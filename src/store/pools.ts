/**
 * Slots of named pools, shared by the processes of one store.
 *
 * Owns: how many slots each process may use. Leaves to pool-slots.ts: which of its attempts use them.
 *
 * R1. What living processes hold together is never more than the pool has.
 * R2. A slot in use is never taken away. Where others wait, a process gets no more than its even share, and at least one in turn.
 * R3. What a dead process held is free: its owner lock says that it is dead.
 * R4. A process that nobody competes with asks the database once.
 */
export interface PoolAsk {
  readonly pool: string;
  /** Slots the pool has, at least 1. The smallest that living processes name counts. */
  readonly slots: number;
  /** Slots this process uses now. */
  readonly using: number;
  /** Slots it could use now, those in use included; 0 gives everything back. */
  readonly want: number;
}

export interface PoolGrant {
  /** Slots this process may use, at least `using`. */
  readonly granted: number;
  /** Somebody else waits: ask again when a slot becomes free, and in a while when there are not enough. */
  readonly contended: boolean;
}

export interface PoolStore {
  leasePool(ask: PoolAsk): Promise<PoolGrant>;
}
