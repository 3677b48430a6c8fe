/** What was started under rate limits, in memory. */
import { grantStarts, type GrantedStarts, type RateAsk, type RateGrant } from "../rates.ts";

export class MemoryRates {
  readonly #starts: Map<string, readonly GrantedStarts[]> = new Map();

  take(ask: RateAsk, now: number): RateGrant {
    const { rate, perMs } = ask;
    const before = (this.#starts.get(rate) ?? []).filter(({ at }) => at > now - perMs && at <= now);
    const grant = grantStarts(ask, before, now);
    this.#starts.set(rate, grant.granted > 0 ? [...before, { at: now, count: grant.granted }] : before);
    return grant;
  }
}
