/**
 * What a run knows of reuse while it runs: who answers, and what was not reused so far.
 *
 * Owns: which calls are fresh (something of them was made in this run), which keys are being made.
 * Leaves to reuse-lookup.ts: asking; to the Reuse it holds: answers.
 *
 * R1. A call that is not fresh closes, for the clock of the run, when it closed in the run it was taken from: what the
 *     function passes on of the time stays equal, and so do the digests behind it. A combinator has nothing of its own and is
 *     as fresh as what it combines.
 * R2. Of equal keys of a cached node one executes; the others wait for it, and ask again.
 */
import type { NodeDefinition } from "../model/definition.ts";
import type { RunOrigin } from "../model/events.ts";
import type { CallNo, ItemNo } from "../model/ids.ts";
import type { CallCreated } from "./call.ts";
import type { RecordedCall } from "./recorded.ts";
import type { Reuse, ReuseAnswer, ReuseQuestion, ReuseSource } from "./reuse.ts";

export class ReuseDesk {
  /** Who answers. */
  readonly from: Reuse;
  readonly #fresh: Set<CallNo> = new Set();
  readonly #whenMade: Map<CallNo, Array<() => void>> = new Map();
  readonly #flights: Map<string, Array<() => void> | undefined> = new Map();

  constructor(reuse: Reuse) {
    this.from = reuse;
  }

  asks(definition: NodeDefinition): boolean {
    return this.from.asks(definition);
  }

  find(questions: readonly ReuseQuestion[]): Promise<readonly (ReuseAnswer | undefined)[]> {
    return this.from.find(questions);
  }

  memoKey(definition: NodeDefinition, digest: string): string | undefined {
    return this.from.memoKey(definition, digest);
  }

  winner(identity: string): number | undefined {
    return this.from.winner(identity);
  }

  slept(identity: string): ReuseSource | undefined {
    return this.from.slept(identity);
  }

  child({ identity, node }: CallCreated, item: ItemNo): RunOrigin | undefined {
    return this.from.child({ identity, node, item });
  }

  // ---- R1

  isFresh(call: CallNo): boolean {
    return this.#fresh.has(call);
  }

  /** Something of it is made in this run. */
  made(call: CallNo): void {
    if (this.#fresh.has(call)) return;
    this.#fresh.add(call);
    const listeners = this.#whenMade.get(call) ?? [];
    this.#whenMade.delete(call);
    for (const listener of listeners) listener();
  }

  whenMade(call: CallNo, listener: () => void): void {
    const listeners = this.#whenMade.get(call);
    if (listeners) listeners.push(listener);
    else this.#whenMade.set(call, [listener]);
  }

  /** The run's clock at the close of a call; undefined: the time at which it closes. */
  closedAt(created: CallCreated): number | undefined {
    const inherits =
      created.kind !== "node" &&
      Object.values(created.inputs).some((ref) => ref.from === "call" && this.#fresh.has(ref.call));
    const at = inherits || this.#fresh.has(created.call) ? undefined : this.from.closedAt(created.identity);
    if (at === undefined) this.made(created.call);
    return at;
  }

  /** Takes over what the log of a resumed run says. */
  adopt({ created, closed, attempts, reused, decisions }: RecordedCall): void {
    for (const source of reused.values()) this.from.taken(source);
    if (closed ? closed.event.clock === undefined : attempts.size > 0 || decisions.size > reused.size)
      this.#fresh.add(created.call);
  }

  // ---- R2

  /** True: it is made by whoever asked before, and `again` is called when that has ended. Otherwise the asker makes it. */
  waits(key: string, again: () => void): boolean {
    if (!this.#flights.has(key)) {
      this.#flights.set(key, undefined);
      return false;
    }
    const waiting = this.#flights.get(key);
    if (waiting) waiting.push(again);
    else this.#flights.set(key, [again]);
    return true;
  }

  /** It is recorded, or came to nothing. */
  landed(key: string): void {
    const waiting = this.#flights.get(key);
    this.#flights.delete(key);
    for (const again of waiting ?? []) again();
  }
}
