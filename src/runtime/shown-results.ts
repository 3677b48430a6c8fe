/**
 * Results that become visible together: those of one call and turn, by one function after the commit (6% of a fan-out's time).
 */
import type { NodeCall } from "./node-call.ts";
import type { RunCore } from "./run-core.ts";

/** Three arrays, since an object for each result is measurable. */
export interface Shown {
  readonly items: number[];
  readonly seqs: number[];
  readonly texts: string[];
}

export class ShownResults {
  readonly #run: RunCore;
  readonly #owner: NodeCall;
  /** Results of this turn. */
  #shown: Shown | undefined;

  constructor(run: RunCore, owner: NodeCall) {
    this.#run = run;
    this.#owner = owner;
  }

  add(item: number, seq: number, text: string): void {
    if (!this.#shown) {
      const shown: Shown = (this.#shown = { items: [item], seqs: [seq], texts: [text] });
      this.#run.batch(this.#owner);
      this.#run.afterCommit(() => this.#owner.show(shown));
      return;
    }
    this.#shown.items.push(item);
    this.#shown.seqs.push(seq);
    this.#shown.texts.push(text);
  }

  /** The turn ends: what comes next becomes visible with the next commit. */
  turnEnds(): void {
    this.#shown = undefined;
  }
}
