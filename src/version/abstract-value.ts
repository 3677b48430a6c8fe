/**
 * What an expression may be, as far as its source says: a handle, a node, a function, an object of the source, something else.
 *
 * Owns: the sets and how they are joined. Leaves to `handle-flow.ts`: what an expression is.
 *
 * R1. A value only ever grows. What is not known adds nothing, so that `isHandle` means: everything that was seen to arrive here
 *     is a handle.
 * R2. `other` stands for every value that may be tested: undefined, results that were awaited, what comes from unknown code.
 */
import type { SyntaxNode } from "./syntax.ts";

/** An object or array literal, or the instances of a class, as one place: what is known of its fields. */
export class ObjectSite {
  readonly fields: Map<string, Value> = new Map();
  /** Names that it is made with. */
  readonly made: Set<string> = new Set();
  /** What stands under names that are not known: elements of an array, computed keys. */
  readonly rest: Value = new Value();
  /** A list whose length is not known: an element that is asked for may be missing. */
  readonly open: boolean;
  readonly isArray: boolean;

  constructor(kind: "object" | "array" | "list") {
    this.isArray = kind !== "object";
    this.open = kind === "list";
  }

  field(name: string): Value {
    const known = this.fields.get(name);
    if (known) return known;
    const made = new Value();
    this.fields.set(name, made);
    return made;
  }
}

export class Value {
  handle = false;
  other = false;
  node = false;
  /** What it gives when it is awaited, for promises of the source's own functions. */
  promised: Value | undefined;
  readonly objects: Set<ObjectSite> = new Set();
  readonly functions: Set<SyntaxNode> = new Set();
  readonly classes: Set<SyntaxNode> = new Set();

  static other(): Value {
    const value = new Value();
    value.other = true;
    return value;
  }

  static handle(): Value {
    const value = new Value();
    value.handle = true;
    return value;
  }

  static ofNode(): Value {
    const value = new Value();
    value.node = true;
    return value;
  }

  static of(site: ObjectSite): Value {
    const value = new Value();
    value.objects.add(site);
    return value;
  }

  /** R1: nothing but handles was seen to arrive. */
  get isHandle(): boolean {
    return (
      this.handle &&
      !this.other &&
      !this.node &&
      !this.promised &&
      this.objects.size + this.functions.size + this.classes.size === 0
    );
  }

  /** Takes in what the other may be; whether that was news. */
  add(from: Value): boolean {
    if (from === this) return false;
    const before = this.#size();
    this.handle ||= from.handle;
    this.other ||= from.other;
    this.node ||= from.node;
    for (const site of from.objects) this.objects.add(site);
    for (const fn of from.functions) this.functions.add(fn);
    for (const one of from.classes) this.classes.add(one);
    let deeper = false;
    if (from.promised && from.promised !== this.promised) deeper = (this.promised ??= new Value()).add(from.promised);
    return deeper || this.#size() !== before;
  }

  #size(): number {
    const flags = Number(this.handle) + Number(this.other) + Number(this.node) + (this.promised ? 1 : 0);
    return flags + this.objects.size + this.functions.size + this.classes.size;
  }
}

export function join(...values: readonly Value[]): Value {
  const joined = new Value();
  for (const value of values) joined.add(value);
  return joined;
}
