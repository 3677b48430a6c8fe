/** Choices that a seed repeats. */
import { seededRandom } from "../../../src/base/random.ts";

export class SeededRandom {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(`fault ${seed}`);
  }

  /** From 0 to count - 1. */
  below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }
}
