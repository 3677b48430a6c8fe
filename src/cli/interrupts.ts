/**
 * Ctrl-C and its like.
 *
 * R1. The first asks: the command ends in order. The second means at once.
 * R2. Nobody listens before and after: a command that only reads dies of Ctrl-C as any program does.
 */
import { EXIT } from "./exit-code.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type Interrupt = (typeof SIGNALS)[number];

export class Interrupts {
  /** Settles with the first signal, or never. */
  readonly first: Promise<Interrupt>;
  readonly #listener: (signal: Interrupt) => void;

  constructor() {
    let resolve: (signal: Interrupt) => void;
    this.first = new Promise((settle) => {
      resolve = settle;
    });
    let count = 0;
    this.#listener = (signal) => {
      count++;
      if (count > 1) process.exit(EXIT.interrupted);
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, this.#listener);
  }

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }
}
