/**
 * Ctrl-C and its like.
 *
 * R1. The first asks: the command ends in order. The second means at once.
 * R2. Nobody listens before and after: a command that only reads dies of Ctrl-C as any program does. After a signal the command
 *     is on its way out, and goes on listening.
 * R3. One keystroke may arrive twice, from the terminal and forwarded by the process that started this one: that is still one.
 */
import { systemClock } from "../base/clock.ts";
import { EXIT } from "./exit-code.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Nobody presses twice as fast; what is forwarded arrives within a few ms. */
const ONE_KEYSTROKE_MS = 100;
export type Interrupt = (typeof SIGNALS)[number];

export class Interrupts {
  /** Settles with the first signal, or never. */
  readonly first: Promise<Interrupt>;
  #firstAt: number | undefined;
  readonly #listener: (signal: Interrupt) => void;

  constructor() {
    let resolve: (signal: Interrupt) => void;
    this.first = new Promise((settle) => {
      resolve = settle;
    });
    this.#listener = (signal) => {
      this.#firstAt ??= systemClock.perf();
      if (systemClock.perf() - this.#firstAt > ONE_KEYSTROKE_MS) process.exit(EXIT.interrupted);
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, this.#listener);
  }

  dispose(): void {
    if (this.#firstAt !== undefined) return;
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }
}
