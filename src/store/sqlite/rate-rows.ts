/** What was started under rate limits. */
import { grantStarts, type GrantedStarts, type RateAsk, type RateGrant } from "../rates.ts";
import type { Database } from "./database.ts";

export class RateRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  take(ask: RateAsk): RateGrant {
    const { rate, perMs } = ask;
    const now = this.#database.clock.now();
    this.#database.run("DELETE FROM rate_start WHERE rate = ? AND (at <= ? OR at > ?)", rate, now - perMs, now);
    const before = this.#database.all<GrantedStarts>(
      "SELECT at, count FROM rate_start WHERE rate = ? ORDER BY at",
      rate,
    );
    const grant = grantStarts(ask, before, now);
    if (grant.granted > 0) {
      this.#database.run(
        "INSERT INTO rate_start (rate, at, count) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        rate,
        now,
        grant.granted,
      );
    }
    return grant;
  }
}
