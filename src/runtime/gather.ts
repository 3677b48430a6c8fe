/**
 * When everything that descends from an item is there.
 *
 * Owns: counting, per item of a base list, what is still open below it in a deeper list. Leaves to calls: what to do then.
 *
 * R1. An item's set is complete when every list on the way down is expanded under it and every cell at the bottom is decided.
 * R2. Growth is counted before the expansion that caused it is marked done, so a count never touches zero too early.
 */
import type { Domain } from "./domain.ts";
import type { Output } from "./output.ts";

export class GatherTracker {
  readonly #base: Domain;
  readonly #output: Output;
  readonly #open: Map<number, number> = new Map();
  readonly #members: Map<number, number[]> = new Map();
  readonly #complete: (ordinal: number) => void;

  constructor(base: Domain, output: Output, complete: (ordinal: number) => void) {
    this.#base = base;
    this.#output = output;
    this.#complete = complete;
    const chain: Domain[] = [];
    for (let domain: Domain = output.domain; domain !== base; domain = domain.parent!) chain.unshift(domain);

    for (let ordinal = 0; ordinal < base.length; ordinal++) this.#open.set(ordinal, 1);
    base.listen({ onGrow: (first, count) => this.#baseGrew(first, count) });
    for (const [level, domain] of chain.entries()) {
      const above = level === 0 ? base : chain[level - 1]!;
      const bottom = domain === output.domain;
      for (let ordinal = 0; ordinal < domain.length; ordinal++) this.#grew(domain, { above, bottom, first: ordinal, count: 1, parent: domain.parentOf(ordinal) });
      for (let parent = 0; parent < above.length; parent++) if (domain.isExpanded(parent)) this.#less(above.ancestor(parent, base));
      domain.listen({
        onGrow: (first, count, parent) => this.#grew(domain, { above, bottom, first, count, parent }),
        onExpanded: (parent) => this.#less(above.ancestor(parent, base)),
      });
    }
    if (output.dense) output.listeners.push({ onCell: (ordinal) => this.#less(output.domain.ancestor(ordinal, base)) });
  }

  #baseGrew(first: number, count: number): void {
    for (let ordinal = first; ordinal < first + count; ordinal++) this.#open.set(ordinal, 1);
  }

  #grew(domain: Domain, at: { above: Domain; bottom: boolean; first: number; count: number; parent: number }): void {
    const owner = at.above.ancestor(at.parent, this.#base);
    let open = at.count;
    if (at.bottom) {
      const members = this.#members.get(owner);
      for (let ordinal = at.first; ordinal < at.first + at.count; ordinal++) {
        if (members) members.push(ordinal);
        else if (ordinal === at.first) this.#members.set(owner, [ordinal]);
        else this.#members.get(owner)!.push(ordinal);
        if (this.#output.cell(ordinal) !== "pending") open--;
        else if (!this.#output.dense) this.#output.waitCell(ordinal, () => this.#less(owner));
      }
    } else {
      void domain;
    }
    this.#open.set(owner, (this.#open.get(owner) ?? 0) + open);
  }

  #less(owner: number): void {
    const open = (this.#open.get(owner) ?? 0) - 1;
    this.#open.set(owner, open);
    if (open === 0) this.#complete(owner);
  }

  isComplete(ordinal: number): boolean {
    return this.#open.get(ordinal) === 0;
  }

  /** Ordinals of the deeper list that descend from `ordinal`, in path order. */
  members(ordinal: number): number[] {
    const members = this.#members.get(ordinal) ?? [];
    if (this.#output.domain.sorted) return members;
    const order = this.#output.domain.pathOrder();
    const rank = new Map<number, number>();
    for (const [i, o] of order.entries()) rank.set(o, i);
    return members.toSorted((a, b) => rank.get(a)! - rank.get(b)!);
  }
}
