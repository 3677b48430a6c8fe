/** Which moments of triggers were claimed. */
import type { Fire, FireClaim } from "../triggers.ts";
import type { Database } from "./database.ts";

export class FireRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The row's primary key decides who was first. */
  claim({ trigger, fireAt, runId }: FireClaim): { readonly claimed: boolean; readonly runId: string } {
    const { changes } = this.#database.run(
      "INSERT OR IGNORE INTO fire (trigger_name, fire_at, run_id, claimed_at) VALUES (?, ?, ?, ?)",
      trigger,
      fireAt,
      runId,
      this.#database.clock.now(),
    );
    if (changes === 1) return { claimed: true, runId };
    const first = this.#database.get<{ run_id: string }>(
      "SELECT run_id FROM fire WHERE trigger_name = ? AND fire_at = ?",
      trigger,
      fireAt,
    );
    return { claimed: false, runId: first?.run_id ?? runId };
  }

  last(trigger: string): Fire | undefined {
    return this.#database.get<Fire>(
      "SELECT trigger_name AS trigger, fire_at AS fireAt, run_id AS runId, claimed_at AS claimedAt FROM fire WHERE trigger_name = ? ORDER BY fire_at DESC LIMIT 1",
      trigger,
    );
  }
}
