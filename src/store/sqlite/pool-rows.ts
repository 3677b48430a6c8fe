/**
 * Who holds how many slots of which pool.
 *
 * Owns: the pool_lease table and how slots are shared out. Leaves to pool-slots.ts: which attempts use them.
 *
 * R1. A process alone on a pool gets all of it, and looks, without writing, whether it still is alone.
 * R2. Where others wait, each gets at most its even share; who holds nothing comes before who holds something, and of those the one
 *     that has waited longest.
 * R3. A process that waits asks again within WAITS_MS; one that does not is not waited for.
 */
import type { OwnerLock } from "../owner-lock.ts";
import type { PoolAsk, PoolGrant } from "../pools.ts";
import type { Access } from "./access.ts";
import type { Database } from "./database.ts";

const WAITS_MS = 2_000;

interface StoredLease {
  readonly owner_id: string;
  readonly slots: number;
  readonly held: number;
  readonly want: number;
  readonly since: number;
  readonly asked_at: number;
}

export class PoolRows {
  readonly #access: Access;
  readonly #lock: OwnerLock;
  /** What this process holds of which pool, and whether it was alone on it when it asked last. */
  readonly #mine: Map<string, { readonly granted: number; readonly alone: boolean }> = new Map();

  constructor(access: Access, lock: OwnerLock) {
    this.#access = access;
    this.#lock = lock;
  }

  async lease(ask: PoolAsk): Promise<PoolGrant> {
    const mine = this.#mine.get(ask.pool);
    if (mine?.alone === true && ask.want > 0 && ask.slots === mine.granted) {
      const isAlone = await this.#access.read(() => this.#others(ask.pool).length === 0);
      if (isAlone) return { granted: mine.granted, contended: false };
    }
    return this.#access.write({ write: () => this.#share(ask) });
  }

  /** Gives back everything, when the store closes. */
  releaseAll(): Promise<unknown> {
    if (this.#mine.size === 0) return Promise.resolve();
    // Not through the access, which has closed its door.
    return this.#access.commits.submit({
      write: () => this.#database.run("DELETE FROM pool_lease WHERE owner_id = ?", this.#lock.ownerId),
    });
  }

  get #database(): Database {
    return this.#access.database;
  }

  #others(pool: string): readonly StoredLease[] {
    return this.#database.all<StoredLease>(
      "SELECT owner_id, slots, held, want, since, asked_at FROM pool_lease WHERE pool = ? AND owner_id <> ?",
      pool,
      this.#lock.ownerId,
    );
  }

  #share(ask: PoolAsk): PoolGrant {
    const { pool, using, want } = ask;
    const now = this.#database.clock.now();
    const others = this.#others(pool).filter((lease) => {
      if (this.#lock.isAlive(lease.owner_id)) return true;
      this.#database.run("DELETE FROM pool_lease WHERE pool = ? AND owner_id = ?", pool, lease.owner_id);
      return false;
    });
    if (want === 0 && using === 0) {
      this.#database.run("DELETE FROM pool_lease WHERE pool = ? AND owner_id = ?", pool, this.#lock.ownerId);
      this.#mine.delete(pool);
      return { granted: 0, contended: others.length > 0 };
    }
    const mine = this.#database.get<StoredLease>(
      "SELECT owner_id, slots, held, want, since, asked_at FROM pool_lease WHERE pool = ? AND owner_id = ?",
      pool,
      this.#lock.ownerId,
    );
    const since = mine !== undefined && mine.held === 0 ? mine.since : now;
    const slots = Math.min(ask.slots, ...others.map((lease) => lease.slots));
    const grant = shareOf({ ...ask, slots }, { others, since, now, ownerId: this.#lock.ownerId });
    this.#lock.hold();
    this.#database.run(
      "INSERT OR REPLACE INTO pool_lease (pool, owner_id, slots, held, want, since, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      pool,
      this.#lock.ownerId,
      ask.slots,
      grant.granted,
      want,
      since,
      now,
    );
    this.#mine.set(pool, { granted: grant.granted, alone: others.length === 0 });
    return grant;
  }
}

function shareOf(
  ask: PoolAsk,
  around: {
    readonly others: readonly StoredLease[];
    readonly since: number;
    readonly now: number;
    readonly ownerId: string;
  },
): PoolGrant {
  const { slots, using, want } = ask;
  const { others, since, now, ownerId } = around;
  if (others.length === 0) return { granted: Math.max(using, slots), contended: false };
  const free = slots - others.reduce((sum, lease) => sum + lease.held, 0);
  const waiting = others.filter((lease) => lease.want > lease.held && now - lease.asked_at <= WAITS_MS);
  const isAhead = (lease: StoredLease): boolean =>
    lease.held === 0 && (using > 0 || lease.since < since || (lease.since === since && lease.owner_id < ownerId));
  const ahead = waiting.filter(isAhead).length;
  const wanting = 1 + others.filter((lease) => lease.held > 0 || waiting.includes(lease)).length;
  const share = waiting.length === 0 ? want : Math.ceil(slots / wanting);
  const granted = Math.max(using, Math.min(want, share, free - ahead), 0);
  return { granted, contended: waiting.length > 0 || granted < want };
}
