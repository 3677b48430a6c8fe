/**
 * How the parts of the store reach the database: what waits, what is refused, and when it is over.
 *
 * Owns: open or closed, read-only, waiting for other programs. Leaves to group-commit.ts: when things are written.
 *
 * R1. Everything that writes goes through one GroupCommit; everything that reads sees only what was committed.
 * R2. SQLite answers at once, so reads run in the caller's turn; when another program holds the file they wait by timer.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../base/clock.ts";
import { storeClosed } from "../refusals.ts";
import type { Database } from "./database.ts";
import { isBusy, lockedOut, readOnlyStore } from "./faults.ts";
import type { GroupCommit } from "./group-commit.ts";

export interface AccessSettings {
  readonly busyMs: number;
  readonly readOnly: boolean;
}

export class Access {
  readonly database: Database;
  readonly commits: GroupCommit;
  readonly #settings: AccessSettings;
  state: "open" | "closing" | "closed" = "open";

  constructor(database: Database, commits: GroupCommit, settings: AccessSettings) {
    this.database = database;
    this.commits = commits;
    this.#settings = settings;
  }

  /** What to throw where something is to be written, when it cannot be. */
  get refusal(): Error | undefined {
    if (this.state !== "open") return storeClosed();
    return this.#settings.readOnly ? readOnlyStore(this.database) : undefined;
  }

  write<T>(work: { readonly prepare?: () => void; readonly write: () => T }): Promise<T> {
    const { refusal } = this;
    return refusal === undefined ? this.commits.submit(work) : Promise.reject(refusal);
  }

  async read<T>(look: () => T): Promise<T> {
    const until = systemClock.perf() + this.#settings.busyMs;
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 20)) {
      if (this.state === "closed") throw storeClosed();
      try {
        return look();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (systemClock.perf() > until) throw lockedOut(this.database, error);
      }
      await sleep(waitMs * (0.5 + Math.random()));
    }
  }
}
