/**
 * What the starts of one call wait for besides its own slots: a rate limit, a pool, a thread.
 *
 * R1. Everything is ready before anything is taken: a start that is held back by one limit spends none of another.
 */
import type { NodeDefinition } from "../model/definition.ts";
import type { WorkgraphError } from "../model/workgraph-error.ts";
import type { Places } from "./pools.ts";
import type { RunCore } from "./run-core.ts";

export class StartGate {
  readonly #run: RunCore;
  readonly #definition: NodeDefinition;
  readonly #wake: () => void;
  #places: Places | "none" | undefined;

  /** @param wake one for all starts that are held back */
  constructor(run: RunCore, definition: NodeDefinition, wake: () => void) {
    this.#run = run;
    this.#definition = definition;
    this.#wake = wake;
  }

  /** Takes what an attempt needs; if that is not there, the call is woken when it is. @param wanted attempts that could start now */
  take(wanted: number): boolean {
    const { id, rateLimit } = this.#definition;
    const { limiter } = this.#run;
    if (rateLimit && !limiter.ready(id, rateLimit, this.#wake)) return false;
    const places = this.#placesOf();
    if (places !== "none") {
      if (!places.ready(wanted)) return false;
      places.take();
    }
    if (rateLimit) limiter.start(id, rateLimit);
    return true;
  }

  /** An attempt has ended, or was not begun after all. */
  free(): void {
    if (typeof this.#places === "object") this.#places.free();
  }

  /** Nothing is waiting to be started. */
  rest(): void {
    if (typeof this.#places === "object") this.#places.leave();
  }

  leave(): void {
    this.rest();
    if (this.#definition.rateLimit) this.#run.limiter.leave(this.#definition.id, this.#wake);
  }

  /** Why no attempt can ever start. */
  get refusal(): WorkgraphError | undefined {
    try {
      this.#run.pools?.require(this.#definition);
      return undefined;
    } catch (error) {
      return error as WorkgraphError;
    }
  }

  #placesOf(): Places | "none" {
    return (this.#places ??= this.#run.pools?.placesOf(this.#definition, this.#wake) ?? "none");
  }
}
