/**
 * What the attempts of one call are given, item by item.
 *
 * Owns: bringing encoded inputs together by parameter. Leaves to values.ts: where a value is at hand; to settled.ts: sets.
 */
import type { NodeDefinition } from "../model/definition.ts";
import type { ValueKey } from "../store/store.ts";
import type { GatheredInput, ItemCallInputs } from "./item-call.ts";
import type { Output } from "./output.ts";
import type { RunCore } from "./run-core.ts";
import { gatherSets } from "./settled.ts";

export interface GivenInputs {
  /** Encoded value per parameter. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Failed items left out of gathered parameters. */
  readonly missing: number;
}

export interface AttemptInputsParts extends ItemCallInputs {
  readonly definition: Pick<NodeDefinition, "onFailed">;
  /** Encoded plain values by parameter. */
  readonly plain: ReadonlyMap<string, string>;
  /** Ordinals of a gathered list that belong to an item. */
  readonly members: (input: GatheredInput, ordinal: number) => readonly number[];
}

export class AttemptInputs {
  readonly #run: RunCore;
  readonly #parts: AttemptInputsParts;

  constructor(run: RunCore, parts: AttemptInputsParts) {
    this.#run = run;
    this.#parts = parts;
  }

  /** The inputs, when each value is at hand; gathered sets never are. */
  peek(ordinal: number): GivenInputs | undefined {
    if (this.#parts.gathered.length > 0) return undefined;
    const inputs = this.#plain({});
    for (const { param, output } of this.#parts.mapped) {
      const text = this.#run.values.peek(this.#keyIn(output, ordinal));
      if (text === undefined) return undefined;
      inputs[param] = text;
    }
    return { inputs, missing: 0 };
  }

  async load(ordinal: number): Promise<GivenInputs> {
    const mapped = await this.#run.values.load(this.#keys(ordinal));
    const { gathered, members, definition } = this.#parts;
    const sets = gathered.map((input) => ({
      param: input.param,
      cells: members(input, ordinal).map((o) => ({ output: input.output, ordinal: o })),
    }));
    const { texts, missing } = await gatherSets(this.#run, sets, { settled: definition.onFailed === "settled" });
    const inputs = this.#plain({ ...texts });
    for (const [i, { param }] of this.#parts.mapped.entries()) inputs[param] = mapped[i]!;
    return { inputs, missing };
  }

  #keys(ordinal: number): ValueKey[] {
    return this.#parts.mapped.map(({ output }) => this.#keyIn(output, ordinal));
  }

  #keyIn(output: Output, ordinal: number): ValueKey {
    const { base } = this.#parts;
    return output.valueKey(output.domain === base ? ordinal : base.ancestor(ordinal, output.domain));
  }

  #plain(inputs: Record<string, string>): Record<string, string> {
    for (const [param, text] of this.#parts.plain) inputs[param] = text;
    return inputs;
  }
}
