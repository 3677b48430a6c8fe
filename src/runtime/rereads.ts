/**
 * Lists that a resumed run has to make anew from values: the pairs of a recorded zipBy. Everything else follows from the
 * log at once; while one of these is under way, lists behind it look empty.
 *
 * R1. One after the other, in the order of their calls: a later one may stand on an earlier one.
 * R2. Who takes a whole list (an await, a gather of a set, a merge, the run's output) waits for all of them first.
 */
export class Rereads {
  #last: Promise<void> | undefined;

  add(build: () => Promise<void>): void {
    const built: Promise<void> = (this.#last ? this.#last.then(build) : build()).finally(() => {
      if (this.#last === built) this.#last = undefined;
    });
    this.#last = built;
  }

  /** Undefined when none is under way. */
  get underWay(): Promise<void> | undefined {
    return this.#last;
  }
}
