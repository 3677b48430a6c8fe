/**
 * What a run knows of reuse while it runs: who answers, and what was not reused so far.
 *
 * Owns: which calls are fresh (something of them was made in this run), which items are forced, which keys are being made.
 * Leaves to reuse-lookup.ts: asking; to the Reuse it holds: answers.
 *
 * R1. A call that is not fresh closes, for the clock of the run, when it closed in the run it was taken from: what the
 *     function passes on of the time stays equal, and so do the digests behind it.
 * R2. What depends on a forced item is forced: through handles item by item, through the function call by call.
 * R3. Of equal keys of a cached node one executes; the others wait for it, and ask again.
 */
import type { NodeDefinition } from "../model/definition.ts";
import type { CallNo } from "../model/ids.ts";
import type { ValueKey } from "../store/store.ts";
import type { CallCreated } from "./call.ts";
import type { RecordedCall } from "./recorded.ts";
import type { Reuse, ReuseAnswer, ReuseQuestion, ReuseSource } from "./reuse.ts";

export class ReuseDesk {
  readonly #reuse: Reuse;
  readonly #fresh: Set<CallNo> = new Set();
  /** `call.item` */
  readonly #forced: Set<string> = new Set();
  readonly #whenMade: Map<CallNo, Array<() => void>> = new Map();
  readonly #forcedCalls: Set<CallNo> = new Set();
  readonly #flights: Map<string, Array<() => void>> = new Map();

  constructor(reuse: Reuse) {
    this.#reuse = reuse;
  }

  asks(definition: NodeDefinition): boolean {
    return this.#reuse.asks(definition);
  }

  find(questions: readonly ReuseQuestion[]): Promise<readonly (ReuseAnswer | undefined)[]> {
    return this.#reuse.find(questions);
  }

  memoKey(definition: NodeDefinition, digest: string): string | undefined {
    return this.#reuse.memoKey(definition, digest);
  }

  winner(identity: string): number | undefined {
    return this.#reuse.winner(identity);
  }

  slept(identity: string): ReuseSource | undefined {
    return this.#reuse.slept(identity);
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
    const inherits = Object.values(created.inputs).some((ref) => ref.from === "call" && this.#fresh.has(ref.call));
    const at = inherits || this.#fresh.has(created.call) ? undefined : this.#reuse.closedAt(created.identity);
    if (at === undefined) this.made(created.call);
    return at;
  }

  /** Takes over what the log of a resumed run says. */
  adopt({ created, closed, attempts, reused, decisions }: RecordedCall): void {
    for (const source of reused.values()) this.#reuse.taken(source);
    if (closed ? closed.event.clock === undefined : attempts.size > 0 || decisions.size > reused.size)
      this.#fresh.add(created.call);
  }

  // ---- R2

  /** Whether the item executes whatever is known; what depends on it then does, too. */
  force(created: CallCreated, question: ReuseQuestion, sources: readonly ValueKey[]): boolean {
    if (!this.#reuse.hasForced) return false;
    const behindFunction = (): boolean =>
      created.edges.some(({ from, kind, param }) => {
        const ref = param === undefined ? undefined : created.inputs[param];
        return kind === "solid" && ref?.from !== "call" && this.#forcedCalls.has(from);
      });
    const forced =
      this.#reuse.forces(question) ||
      sources.some(({ call, item }) => this.#forced.has(`${call}.${item}`)) ||
      behindFunction();
    if (!forced) return false;
    this.#forced.add(`${created.call}.${question.item}`);
    this.#forcedCalls.add(created.call);
    return true;
  }

  // ---- R3

  /** True: it is made by whoever asked before, and `again` is called when that has ended. Otherwise the asker makes it. */
  waits(key: string, again: () => void): boolean {
    const waiting = this.#flights.get(key);
    if (waiting) waiting.push(again);
    else this.#flights.set(key, []);
    return waiting !== undefined;
  }

  /** It is recorded, or came to nothing. */
  landed(key: string): void {
    const waiting = this.#flights.get(key) ?? [];
    this.#flights.delete(key);
    for (const again of waiting) again();
  }
}
