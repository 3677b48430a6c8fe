/**
 * Where objects in the workflow function came from.
 *
 * Owns: remembering, by identity, which items' results were delivered as which objects; finding them again inside
 * arguments. Leaves to draft.ts: the edges that follow.
 *
 * R1. The object itself, not an equal one, proves an edge. That holds for what a result holds inside, too: `page.links`.
 * R2. A primitive has no identity: its lineage ends where it was taken out. Nothing is guessed.
 * R3. An awaited array passed on unmodified keeps its handle's space; "unmodified" is compared by what it encodes to. So is
 *     what an object was when it was given out.
 */
import { sha256Hex } from "../base/hash.ts";
import { decode, encode } from "../model/codec.ts";
import type { HandleTarget } from "../trace/handle.ts";
import { objectsIn } from "./objects-in.ts";
import type { Output } from "./output.ts";

/** A value as it was given out: one item's, or the whole list (no ordinal). */
interface Delivered {
  readonly target: HandleTarget;
  readonly ordinal: number | undefined;
  /** Of one item: what it encodes to. */
  readonly text: string | undefined;
  /** Of a whole list: its places, and the digest of what its elements encode to. */
  readonly ordinals: readonly number[];
  readonly digest: string | undefined;
  /** A list that stands for its handle: what `await` gives, not what `settled()` does. */
  readonly isHandle: boolean;
}

/** An object of a delivered value: the `nth` one in it (objects-in.ts, R1). */
interface Part {
  readonly of: Delivered;
  readonly nth: number;
}

/** What one object in an argument proves. */
export interface Flow {
  readonly target: HandleTarget;
  /** Place in the list of the handle; undefined: all of it. */
  readonly ordinal: number | undefined;
  /** Where the argument is a list: which element it is, or is in; undefined: the argument as a whole. */
  readonly element: number | undefined;
  readonly modified: boolean;
}

export interface Found {
  readonly flows: readonly Flow[];
  /** An object of the run's input is in it. */
  readonly fromInput: boolean;
}

/** A primitive has no identity (R2). Most arguments of small calls are one: looking for objects in them took 1.7 KB a call. */
export const NOTHING_FOUND: Found = { flows: [], fromInput: false };

export function listDigest(texts: readonly string[]): string {
  return sha256Hex(texts.join("\n"));
}

const NONE: readonly number[] = [];

/** What was found so far, each thing once. */
class FlowList {
  readonly #flows: Map<string, Flow> = new Map();
  /** Handles whose whole list is in the argument: its elements say nothing more. */
  readonly #wholes: Set<HandleTarget> = new Set();
  readonly #changed: Set<HandleTarget> = new Set();
  /** Values that were found whole and as they were: so is what they hold. */
  readonly #clean: Set<Delivered> = new Set();

  /** Nothing more is to be learnt from an object of this value, at this place. */
  covers(of: Delivered, element: number | undefined): boolean {
    const { target, ordinal } = of;
    if (element === undefined && this.#wholes.has(target)) return true;
    if (ordinal === undefined) return false;
    const known = this.#flows.get(keyOf(target, ordinal, element));
    return known !== undefined && (known.modified || this.#clean.has(of));
  }

  add(
    of: Delivered,
    at: {
      readonly element: number | undefined;
      readonly modified: boolean;
      readonly hasMembers: boolean;
      readonly isWhole: boolean;
    },
  ): void {
    const { element, modified } = at;
    if (at.isWhole && !modified) this.#clean.add(of);
    if (of.ordinal !== undefined) return this.#put(of.target, of.ordinal, { element, modified });
    if (at.hasMembers) this.#changed.add(of.target);
    else if (element === undefined) {
      if (!modified) this.#wholes.add(of.target);
      this.#put(of.target, undefined, { element, modified });
    } else for (const ordinal of of.ordinals) this.#put(of.target, ordinal, { element, modified });
  }

  #put(
    target: HandleTarget,
    ordinal: number | undefined,
    at: { readonly element: number | undefined; readonly modified: boolean },
  ): void {
    const key = keyOf(target, ordinal, at.element);
    const modified = at.modified || this.#flows.get(key)?.modified === true;
    this.#flows.set(key, { target, ordinal, element: at.element, modified });
  }

  all(): readonly Flow[] {
    const flows = [...this.#flows.values()];
    if (this.#changed.size === 0) return flows;
    return flows.map((flow) => (this.#changed.has(flow.target) ? { ...flow, modified: true } : flow));
  }
}

const keyOf = (target: HandleTarget, ordinal: number | undefined, element: number | undefined): string =>
  `${target.call}.${target.port}.${ordinal ?? ""}.${element ?? ""}`;

export class Origins {
  readonly #known: WeakMap<object, Part> = new WeakMap();
  readonly #input: WeakSet<object> = new WeakSet();

  /** What the workflow function was started with. */
  input(value: unknown): void {
    for (const { object } of objectsIn(value)) this.#input.add(object);
  }

  /** An awaited list; `texts` are its elements encoded. */
  deliveredList(
    values: readonly unknown[],
    of: { readonly target: HandleTarget; readonly output: Output; readonly texts: readonly string[] },
  ): void {
    const { target, texts } = of;
    const ordinals = of.output.members();
    this.#whole(values, { target, texts, ordinals, isHandle: true });
    for (const [i, value] of values.entries())
      this.deliveredItem(value, { target, ordinal: ordinals[i]!, text: texts[i]! });
  }

  /** What `settled()` gives, or the failures of a rejection: an object for each place, values and failures alike. */
  deliveredCells(
    cells: readonly object[],
    of: { readonly target: HandleTarget; readonly ordinals: readonly number[] },
  ): void {
    const texts = cells.map((cell) => encode(cell));
    this.#whole(cells, { ...of, texts, isHandle: false });
    for (const [i, cell] of cells.entries())
      this.deliveredItem(cell, { target: of.target, ordinal: of.ordinals[i]!, text: texts[i]! });
  }

  deliveredItem(
    value: unknown,
    { target, ordinal, text }: { readonly target: HandleTarget; readonly ordinal: number; readonly text: string },
  ): void {
    if (typeof value !== "object" || value === null) return;
    const of: Delivered = { target, ordinal, text, ordinals: NONE, digest: undefined, isHandle: false };
    let nth = 0;
    for (const { object } of objectsIn(value)) this.#known.set(object, { of, nth: nth++ });
  }

  #whole(
    values: readonly unknown[],
    of: Pick<Delivered, "target" | "ordinals" | "isHandle"> & { readonly texts: readonly string[] },
  ): void {
    const { target, ordinals, isHandle } = of;
    const digest = listDigest(of.texts);
    this.#known.set(values, {
      of: { target, ordinals, isHandle, digest, ordinal: undefined, text: undefined },
      nth: 0,
    });
  }

  /** The handle that this array stands for: it came out of its `await` and encodes to the same still (R3). */
  handleOf(
    array: readonly unknown[],
    encodeElement: (value: unknown, index: number) => string,
  ): HandleTarget | undefined {
    const of = this.#known.get(array)?.of;
    return of?.isHandle === true && listDigest(array.map(encodeElement)) === of.digest ? of.target : undefined;
  }

  /** Delivered objects inside a plain argument. `texts`: its elements encoded, where it is a list. */
  find(value: unknown, texts?: readonly string[]): Found {
    const search: Search = { flows: new FlowList(), pristine: new Map(), fromInput: false };
    if (texts === undefined) this.#look(search, value, {});
    else {
      const list = value as readonly unknown[];
      this.#see(search, list, {});
      // Each element by itself: one object may stand in several.
      for (const [element, text] of texts.entries()) this.#look(search, list[element], { element, text });
    }
    return { flows: search.flows.all(), fromInput: search.fromInput };
  }

  #look(search: Search, value: unknown, at: Looked): void {
    for (const { object } of objectsIn(value)) this.#see(search, object, at);
  }

  #see(search: Search, object: object, { element, text }: Looked): void {
    search.fromInput ||= this.#input.has(object);
    const part = this.#known.get(object);
    if (part === undefined || search.flows.covers(part.of, element)) return;
    const modified = this.#isModified(search, { object, part, text });
    const hasMembers = modified && part.of.ordinal === undefined && this.#showsMembers(object, part.of.target);
    search.flows.add(part.of, { element, modified, hasMembers, isWhole: part.nth === 0 });
  }

  /** Of a list that was changed: whether what is left of it can be told from its elements, since all of them are objects. */
  #showsMembers(list: object, target: HandleTarget): boolean {
    if (!Array.isArray(list) || !list.every((element) => typeof element === "object" && element !== null)) return false;
    return list.some((element) => this.#known.get(element as object)?.of.target === target);
  }

  /** R3. */
  #isModified(
    { pristine }: Search,
    of: { readonly object: object; readonly part: Part; readonly text: string | undefined },
  ): boolean {
    const { object, part } = of;
    const { text, digest } = part.of;
    try {
      if (text === undefined)
        return !Array.isArray(object) || listDigest(object.map((element) => encode(element))) !== digest;
      if (part.nth === 0) return of.text !== text && encode(object) !== text;
      let parts = pristine.get(part.of);
      if (parts === undefined)
        pristine.set(part.of, (parts = Array.from(objectsIn(decode(text)), (inner) => inner.object)));
      return encode(parts[part.nth]) !== encode(object);
    } catch {
      // It cannot be recorded as it is now: the codec says so when the argument is.
      return true;
    }
  }
}

interface Search {
  readonly flows: FlowList;
  /** What delivered values hold inside, as they were: looked for once. */
  readonly pristine: Map<Delivered, readonly object[]>;
  fromInput: boolean;
}

/** Which element of a list is looked through, and what it encodes to. */
interface Looked {
  readonly element?: number;
  readonly text?: string;
}
