/**
 * The items of one space in one run: which paths exist so far, and in what order.
 *
 * Owns: ordinals. An ordinal names a path of the space; it is given in the order paths become durable, so that a log read
 * again gives the same ordinals. Leaves to outputs: what stands at a path.
 *
 * R1. Entries are only added. `closed` means no more will come, here or in the lists it descends from: until then the path
 *     order is not settled.
 * R2. Path order is input order: by the parent's place first, then by index. It is not the order of ordinals.
 * R3. A failed expansion leaves one tombstone entry, after what was yielded before it.
 */
import type { Space } from "../trace/space.ts";
import { Words } from "./cell.ts";

/** Index of the entry that stands for a failed expansion. */
export const TOMBSTONE = 0xffffffff;

export interface DomainListener {
  /** Entries first..first+count-1 were added under one parent. */
  onGrow?(first: number, count: number, parent: number): void;
  /** Nothing more will come under this ordinal of the parent space. */
  onExpanded?(parent: number): void;
  onDomainClosed?(): void;
}

export class Domain {
  readonly space: Space;
  readonly parent: Domain | undefined;
  readonly #parents = new Words();
  readonly #indexes = new Words();
  readonly #listeners: DomainListener[] = [];
  readonly #expanded: Set<number> = new Set();
  readonly #voids: Set<number> = new Set();
  #mayChange = false;
  #ended = false;
  #keys: Map<number, string> | undefined;
  #sorted = true;
  #order: Uint32Array | undefined;
  #ranks: Uint32Array | undefined;
  length = 0;
  closed = false;
  /** Seq at which the path order was settled; 0 while it is open, and where no call decides it. */
  settledSeq = 0;

  constructor(space: Space, parent: Domain | undefined) {
    this.space = space;
    this.parent = parent;
  }

  static root(space: Space): Domain {
    const domain = new Domain(space, undefined);
    domain.length = 1;
    domain.close();
    return domain;
  }

  listen(listener: DomainListener): void {
    this.#listeners.push(listener);
  }

  /** Adds `count` entries under `parent`, indexes from `firstIndex`; gives the first ordinal. */
  grow(
    parent: number,
    entries: { readonly firstIndex: number; readonly count: number; readonly keys?: readonly string[] | undefined },
  ): number {
    const first = this.length;
    for (let i = 0; i < entries.count; i++) this.#add(parent, entries.firstIndex + i);
    if (entries.keys) {
      this.#keys ??= new Map();
      for (const [i, key] of entries.keys.entries()) this.#keys.set(first + i, key);
    }
    if (entries.count > 0) for (const listener of this.#listeners) listener.onGrow?.(first, entries.count, parent);
    return first;
  }

  growTombstone(parent: number): number {
    this.#mayChange = true;
    return this.grow(parent, { firstIndex: TOMBSTONE, count: 1 });
  }

  /** An entry that a resume took away (a tombstone that was reopened, a pair that is another now): it keeps its ordinal, since
   *  others are recorded behind it, and is absent. */
  growVoid(parent: number): void {
    this.#voids.add(this.length);
    this.growTombstone(parent);
  }

  /** A resume may find other entries here: some stand, or descend from what stands, for an item that failed. */
  get mayChange(): boolean {
    return this.#mayChange || (this.parent?.mayChange ?? false);
  }

  /** Its entries are places of lists that may change. */
  markChangeable(): void {
    this.#mayChange = true;
  }

  /** The entry, or one that it descends from, is a void. */
  isVoid(ordinal: number): boolean {
    if (!this.mayChange) return false;
    if (this.#voids.has(ordinal)) return true;
    return this.parent !== undefined && this.parent.isVoid(this.#parents.get(ordinal));
  }

  #add(parent: number, index: number): void {
    const ordinal = this.length++;
    this.#order = this.#ranks = undefined;
    if (this.#sorted && ordinal > 0) {
      const before = this.#parents.get(ordinal - 1);
      this.#sorted =
        (parent > before && (this.parent?.sorted ?? true)) ||
        (parent === before && index > this.#indexes.get(ordinal - 1));
    }
    this.#parents.set(ordinal, parent);
    this.#indexes.set(ordinal, index);
  }

  /** Nothing more will come under this parent. */
  expanded(parent: number): void {
    if (this.#expanded.has(parent)) return;
    this.#expanded.add(parent);
    for (const listener of this.#listeners) listener.onExpanded?.(parent);
  }

  isExpanded(parent: number): boolean {
    return this.#ended || this.#expanded.has(parent);
  }

  /** No more entries come, as of `seq`. In a resumed run that may be known before the parent has all of its own (R1). */
  close(seq = 0): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.parent && !this.parent.closed) this.parent.listen({ onDomainClosed: () => this.#announceClosed(seq) });
    else this.#announceClosed(seq);
  }

  #announceClosed(seq: number): void {
    this.closed = true;
    this.settledSeq = Math.max(seq, this.parent?.settledSeq ?? 0);
    for (const listener of this.#listeners) listener.onDomainClosed?.();
  }

  parentOf(ordinal: number): number {
    return this.#parents.get(ordinal);
  }

  indexOf(ordinal: number): number {
    return this.#indexes.get(ordinal);
  }

  isTombstone(ordinal: number): boolean {
    return this.parent !== undefined && this.#indexes.get(ordinal) === TOMBSTONE;
  }

  /** Whether ordinals are in path order so far. */
  get sorted(): boolean {
    return this.#sorted && (this.parent?.sorted ?? true);
  }

  /** The ordinal, in the given ancestor (or this) domain, of the item this one descends from. */
  ancestor(ordinal: number, ancestor: Domain): number {
    let at = ordinal;
    let domain: Domain = this;
    while (domain !== ancestor) {
      at = domain.#parents.get(at);
      domain = domain.parent!;
    }
    return at;
  }

  /** Negative where `a` comes before `b` (R2). */
  compare(a: number, b: number): number {
    const [above, below] = [this.#parents.get(a), this.#parents.get(b)];
    if (above === below || !this.parent) return this.#indexes.get(a) - this.#indexes.get(b);
    return this.parent.compare(above, below);
  }

  /** All ordinals in path order (R2). Cached until the next growth. */
  pathOrder(): Uint32Array {
    if (this.#order) return this.#order;
    const order = new Uint32Array(this.length);
    for (let i = 0; i < order.length; i++) order[i] = i;
    if (!this.sorted) {
      const ranks = this.parent!.#rank();
      const place = (o: number): number => ranks[this.#parents.get(o)]!;
      order.sort((a, b) => place(a) - place(b) || this.#indexes.get(a) - this.#indexes.get(b));
    }
    return (this.#order = order);
  }

  /** The ordinal at a place of the path order; undefined past the end. */
  at(place: number): number | undefined {
    if (this.sorted) return place < this.length ? place : undefined;
    return this.pathOrder()[place];
  }

  #rank(): Uint32Array {
    if (this.#ranks) return this.#ranks;
    const order = this.pathOrder();
    const ranks = new Uint32Array(order.length);
    for (let i = 0; i < order.length; i++) ranks[order[i]!] = i;
    return (this.#ranks = ranks);
  }

  /** E.g. `fetch_urls[3]/split[intro]`; "." for the one path of the root; a tombstone shows its parent's path. */
  path(ordinal: number): string {
    if (this.parent === undefined) return ".";
    // Most lists stand under the run itself.
    if (this.parent.parent === undefined && !this.isTombstone(ordinal)) return this.#step(ordinal);
    const parts: string[] = [];
    let at = ordinal;
    for (let domain: Domain | undefined = this; domain?.parent; domain = domain.parent) {
      if (!domain.isTombstone(at)) parts.unshift(domain.#step(at));
      at = domain.#parents.get(at);
    }
    return parts.length ? parts.join("/") : ".";
  }

  #step(ordinal: number): string {
    return `${this.space.label}[${this.#keys?.get(ordinal) ?? this.indexOf(ordinal)}]`;
  }
}
