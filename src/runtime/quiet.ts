/** Waiting until something of a run has come to rest, looked at whenever something did. */
export class Quiet {
  #waiters: Array<() => void> = [];

  /** Resolves when `rests` says so: now, or at a later look. */
  when(rests: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (rests()) resolve();
        else this.#waiters.push(look);
      };
      look();
    });
  }

  /** Something came to rest. */
  look(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const look of waiters) look();
  }
}
