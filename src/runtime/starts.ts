/** Attempts started in a turn and not yet written: one event for all of a call. */
import type { RunEvent } from "../model/events.ts";

export class Starts {
  #items: number[] = [];
  #attempts: number[] = [];

  /** A list that begins with its first element has room for one; a push onto an empty one makes room for 17. */
  add(item: number, attempt: number): void {
    if (this.#items.length === 0) {
      this.#items = [item];
      this.#attempts = [attempt];
      return;
    }
    this.#items.push(item);
    this.#attempts.push(attempt);
  }

  /** The event, when there is something to write; what was added counts as written then. */
  take(call: number, at: number): Extract<RunEvent, { type: "items.started" }> | undefined {
    if (this.#items.length === 0) return undefined;
    const items = this.#items;
    const attempts = this.#attempts;
    this.#items = [];
    this.#attempts = [];
    const first = attempts.every((attempt) => attempt === 1);
    return { type: "items.started", at, call, items, ...(first ? {} : { attempts }) };
  }
}
