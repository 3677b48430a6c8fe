/**
 * When everything that descends from an item is there.
 *
 * Owns: counting, per item of a base list, what is still open below it in a deeper list. Leaves to calls: what to do then.
 *
 * R1. An item's set is complete when every list on the way down is expanded under it and every cell at the bottom is decided.
 * R2. Growth is counted before the expansion that caused it is marked done, so a count never touches zero too early.
 * R3. In a resumed run a list below may be there before the one it descends from: an item that comes when it is expanded
 *     already is not waited for.
 */
import type { Domain, DomainListener } from "./domain.ts";
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
    const chain: Domain[] = [output.domain];
    while (chain[0] !== base) chain.unshift(chain[0]!.parent!);
    for (const [level, domain] of chain.entries()) {
      const below = chain[level + 1];
      const listener: DomainListener = {
        onGrow: (first, count) =>
          below ? this.#awaitExpansion(domain, below, { first, count }) : this.#awaitCells(first, count),
      };
      listener.onGrow?.(0, domain.length, 0);
      domain.listen(listener);
      below?.listen({
        onExpanded: (parent) => {
          if (parent < domain.length) this.#less(domain.ancestor(parent, base)); // R3
        },
      });
    }
    if (!output.dense) return;
    output.listeners.push({
      onCell: (ordinal) => {
        // A void was never pending.
        if (!output.domain.isVoid(ordinal)) this.#less(output.domain.ancestor(ordinal, base));
      },
    });
  }

  #awaitExpansion(domain: Domain, below: Domain, of: { readonly first: number; readonly count: number }): void {
    for (let ordinal = of.first; ordinal < of.first + of.count; ordinal++) {
      this.#more(domain.ancestor(ordinal, this.#base), below.isExpanded(ordinal) ? 0 : 1);
    }
  }

  #awaitCells(first: number, count: number): void {
    const { domain, dense } = this.#output;
    for (let ordinal = first; ordinal < first + count; ordinal++) {
      const owner = domain.ancestor(ordinal, this.#base);
      const members = this.#members.get(owner);
      if (members) members.push(ordinal);
      else this.#members.set(owner, [ordinal]);
      const isPending = this.#output.cell(ordinal) === "pending";
      this.#more(owner, isPending ? 1 : 0);
      if (isPending && !dense) this.#output.waitCell(ordinal, () => this.#less(owner));
    }
  }

  #more(owner: number, count: number): void {
    this.#open.set(owner, (this.#open.get(owner) ?? 0) + count);
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
    const { domain } = this.#output;
    return domain.sorted ? members : members.toSorted((a, b) => domain.compare(a, b));
  }
}
