/**
 * What one item was given, parameter by parameter: values are recorded once, inputs are references to them.
 *
 * Owns: following a reference to the value. Leaves to item-paths.ts: which item descends from which.
 *
 * R1. A parameter whose value cannot be told from the log alone (a gathered set, a pair of a zip) is named with its source.
 */
import type { InputRef } from "../../model/events.ts";
import type { CallNo, ItemNo } from "../../model/ids.ts";
import type { CallRow, RunRow, ValueKey } from "../../store/store.ts";
import { ItemPlaces } from "../item-paths.ts";
import { plainValue, type Json } from "../plain-json.ts";
import type { Workspace } from "../workspace.ts";

export interface ItemInput {
  readonly param: string;
  /** The call that produced it, as `RUN.CALL`; absent for a value of the workflow function. */
  readonly from?: string;
  readonly node?: string;
  /** "item": one element; "gather": the whole set; "value": the same for all items. */
  readonly how: "item" | "gather" | "value";
  /** Absent where it is not told (R1), or longer than MAX_VALUE_LENGTH. */
  readonly value?: Json;
}

/** Characters of a recorded value that are still shown whole. */
export const MAX_VALUE_LENGTH = 65_536;

interface ItemKey {
  readonly run: RunRow;
  readonly call: CallNo;
  readonly item: ItemNo;
}

export async function itemInputs(workspace: Workspace, { run, call, item }: ItemKey): Promise<readonly ItemInput[]> {
  return (await inputReader(workspace, run))({ call, item });
}

/** For many items of one run. */
export async function inputReader(
  { store }: Workspace,
  run: RunRow,
): Promise<(of: Omit<ItemKey, "run">) => Promise<readonly ItemInput[]>> {
  const calls = new Map((await store.calls(run.runId)).map((row) => [row.call, row]));
  const reader = new ReferenceReader({ store, run, calls });
  const plainOf = new Map<CallNo, Readonly<Record<string, Json>>>();
  const plainValues = async (row: CallRow): Promise<Readonly<Record<string, Json>>> => {
    const known = plainOf.get(row.call);
    if (known) return known;
    const encoded = await store.eventValue(run.runId, row.seq);
    const plain = (encoded === undefined ? {} : plainValue(encoded)) as Readonly<Record<string, Json>>;
    plainOf.set(row.call, plain);
    return plain;
  };
  return async ({ call, item }) => {
    const row = calls.get(call);
    if (row === undefined) return [];
    const plain = await plainValues(row);
    const inputs: ItemInput[] = [];
    for (const [param, ref] of Object.entries(row.event.inputs)) {
      if (ref.from === "value") {
        inputs.push({ param, how: "value", ...(plain[param] === undefined ? {} : { value: plain[param] }) });
        continue;
      }
      const text = ref.how === "item" ? await reader.text(ref, { space: row.event.space, item }) : undefined;
      const node = ref.from === "call" ? calls.get(ref.call)?.event.node : undefined;
      inputs.push({
        param,
        ...(ref.from === "call" ? { from: `${run.runId}.${ref.call}` } : {}),
        ...(node === undefined ? {} : { node }),
        how: ref.how,
        ...(text === undefined || text.length > MAX_VALUE_LENGTH ? {} : { value: plainValue(text) }),
      });
    }
    return inputs;
  };
}

interface Reader {
  readonly space: readonly number[];
  readonly item: ItemNo;
}

class ReferenceReader {
  readonly #store: Workspace["store"];
  readonly #run: RunRow;
  readonly #calls: ReadonlyMap<CallNo, CallRow>;
  readonly #places: ItemPlaces;

  constructor(of: {
    readonly store: Workspace["store"];
    readonly run: RunRow;
    readonly calls: ReadonlyMap<CallNo, CallRow>;
  }) {
    this.#store = of.store;
    this.#run = of.run;
    this.#calls = of.calls;
    this.#places = new ItemPlaces(of.store, of.run, of.calls);
  }

  /** The encoded value that an item of this space gets by a reference. */
  async text(ref: InputRef, reader: Reader): Promise<string | undefined> {
    if (ref.from === "value") return undefined;
    if (ref.from === "list") {
      const number = await this.#numberIn([ref.list], reader);
      return number === undefined ? undefined : this.#element({ call: ref.list, item: 0, index: number });
    }
    const source = this.#calls.get(ref.call);
    if (source === undefined || ref.port !== 0) return undefined;
    const { kind, space, inputs } = source.event;
    if (kind === "filter") {
      // A filter keeps places and values of what it filters.
      const [filtered] = Object.values(inputs);
      return filtered === undefined ? undefined : this.text(filtered, reader);
    }
    if (kind !== "node") return undefined;
    // Items of a call are one result each, unless the reader stands inside of what one of them gave.
    const isInside = reader.space[space.length] === ref.call;
    const number = await this.#numberIn(isInside ? [...space, ref.call] : space, reader);
    if (number === undefined) return undefined;
    if (!isInside) return (await this.#store.values(this.#run.runId, [{ call: ref.call, item: number }]))[0];
    const { parent, index } = await this.#places.place(ref.call, number);
    return index === undefined ? undefined : this.#element({ call: ref.call, item: parent, index });
  }

  /** The item of `space` that the reader's item descends from; undefined when it does not. */
  async #numberIn(space: readonly number[], reader: Reader): Promise<ItemNo | undefined> {
    if (space.some((source, depth) => source !== reader.space[depth])) return undefined;
    return this.#places.ancestor(reader.space, reader.item, space.length);
  }

  async #element({ call, item, index = 0 }: ValueKey): Promise<string | undefined> {
    const { values } = await this.#store.list(this.#run.runId, { call, item }, { first: index, count: 1 });
    return values[0];
  }
}
