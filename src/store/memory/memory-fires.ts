/** Which moments of triggers were claimed, in memory. */
import type { Fire, FireClaim } from "../triggers.ts";

export class MemoryFires {
  readonly #fires: Map<string, Map<number, Fire>> = new Map();

  claim(claim: FireClaim, claimedAt: number): { readonly claimed: boolean; readonly runId: string } {
    const fires = this.#fires.get(claim.trigger) ?? new Map<number, Fire>();
    this.#fires.set(claim.trigger, fires);
    const first = fires.get(claim.fireAt);
    if (first !== undefined) return { claimed: false, runId: first.runId };
    fires.set(claim.fireAt, { ...claim, claimedAt });
    return { claimed: true, runId: claim.runId };
  }

  last(trigger: string): Fire | undefined {
    const fires = this.#fires.get(trigger);
    return fires && [...fires.values()].reduce((last, fire) => (fire.fireAt > last.fireAt ? fire : last));
  }
}
