/**
 * Time that passes from one thing to the next.
 *
 * R1. Things happen in the order of their times; equal times in the order in which they were asked for.
 */

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly fn: () => void;
}

export class SimulatedTime {
  now = 0;
  #asked = 0;
  /** A heap: the parent of `i` at `(i - 1) >> 1` is never later. */
  readonly #due: Due[] = [];

  at(atMs: number, fn: () => void): void {
    const due = { atMs: Math.max(this.now, atMs), order: this.#asked++, fn };
    let i = this.#due.push(due) - 1;
    for (let above = (i - 1) >> 1; i > 0 && isBefore(due, this.#due[above]!); above = (i - 1) >> 1) {
      this.#due[i] = this.#due[above]!;
      i = above;
    }
    this.#due[i] = due;
  }

  /** Until nothing more happens. */
  run(): void {
    for (let due = this.#take(); due; due = this.#take()) {
      this.now = due.atMs;
      due.fn();
    }
  }

  #take(): Due | undefined {
    const [first] = this.#due;
    const last = this.#due.pop();
    if (!first || !last || this.#due.length === 0) return first;
    let i = 0;
    for (let below = 1; below < this.#due.length; below = 2 * i + 1) {
      const right = this.#due[below + 1];
      if (right && isBefore(right, this.#due[below]!)) below++;
      if (!isBefore(this.#due[below]!, last)) break;
      this.#due[i] = this.#due[below]!;
      i = below;
    }
    this.#due[i] = last;
    return first;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
