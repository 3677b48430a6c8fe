/**
 * Outputs: the lists that calls produce and other calls read.
 *
 * Owns: what stands at each path of a handle, and who wants to know. Leaves to calls: producing it.
 *
 * R1. A cell is "ok" only when its value is committed.
 * R2. A dense output tells its consumers about every cell by itself; of any other output a consumer asks, and is told by
 *     `waitCell` when a pending cell is decided.
 * R3. Combinators are views: they map places to places and copy no values.
 * R4. A sparse output may lack places that its domain has; which ones is known when its call is closed.
 */
import type { ValueKey } from "../store/store.ts";
import type { Cause, Cell } from "./cell.ts";
import type { Domain } from "./domain.ts";

export interface CellListener {
  /** A dense output decided the cell of this ordinal. */
  onCell(ordinal: number, source: Output): void;
}

export abstract class Output {
  readonly call: number;
  readonly domain: Domain;
  /** R2. */
  abstract readonly dense: boolean;
  /** R4. */
  readonly sparse: boolean = false;
  /** Its places can be given out one by one: what decides a place is an event behind everything that decides its order. */
  readonly streams: boolean = true;
  readonly listeners: CellListener[] = [];
  #waiting: Map<number, Array<() => void>> | undefined;

  constructor(call: number, domain: Domain) {
    this.call = call;
    this.domain = domain;
  }

  abstract cell(ordinal: number): Cell;
  /** Where the value of an "ok" cell is recorded. */
  abstract valueKey(ordinal: number): ValueKey;
  /** The failed items behind a "failed" or "skipped" cell. */
  abstract causes(ordinal: number): readonly Cause[];
  /** Seq at which the cell was decided. */
  abstract seq(ordinal: number): number;
  /** The call's item this cell belongs to: what an edge of items leads to. */
  abstract itemOf(ordinal: number): Cause;

  /** Calls `then` once when the pending cell is decided. */
  waitCell(ordinal: number, then: () => void): void {
    this.#waiting ??= new Map();
    const list = this.#waiting.get(ordinal);
    if (list) list.push(then);
    else this.#waiting.set(ordinal, [then]);
  }

  /** Tells everybody that the cell was decided. Called by the owner of the cell, after the commit. */
  decided(ordinal: number): void {
    for (const listener of this.listeners) listener.onCell(ordinal, this);
    const list = this.#waiting?.get(ordinal);
    if (!list) return;
    this.#waiting!.delete(ordinal);
    for (const then of list) then();
  }

  /** Whether which paths exist is settled (values may still be pending). */
  membershipKnown(): boolean {
    return this.domain.closed;
  }

  /** Present ordinals in path order; only meaningful once membership is known. */
  members(): number[] {
    const members: number[] = [];
    for (const ordinal of this.domain.pathOrder()) if (this.cell(ordinal) !== "absent") members.push(ordinal);
    return members;
  }
}

/** Elements of a plain array, or of what `many` items returned: known as soon as they are there. */
export class ListOutput extends Output {
  readonly dense = false;
  /** For a tombstone: the parent's failure. Elements are always "ok". */
  readonly #failureOf: (parent: number) => {
    readonly cell: Cell;
    readonly causes: readonly Cause[];
    readonly seq: number;
  };
  readonly #seqOf: (ordinal: number) => number;

  constructor(
    call: number,
    domain: Domain,
    of: {
      readonly failure: (parent: number) => {
        readonly cell: Cell;
        readonly causes: readonly Cause[];
        readonly seq: number;
      };
      readonly seq: (ordinal: number) => number;
    },
  ) {
    super(call, domain);
    this.#failureOf = of.failure;
    this.#seqOf = of.seq;
  }

  cell(ordinal: number): Cell {
    if (this.domain.isVoid(ordinal)) return "absent";
    return this.domain.isTombstone(ordinal) ? this.#failureOf(this.domain.parentOf(ordinal)).cell : "ok";
  }

  valueKey(ordinal: number): ValueKey {
    return { call: this.call, item: this.domain.parentOf(ordinal), index: this.domain.indexOf(ordinal) };
  }

  causes(ordinal: number): readonly Cause[] {
    return this.domain.isTombstone(ordinal) ? this.#failureOf(this.domain.parentOf(ordinal)).causes : [];
  }

  seq(ordinal: number): number {
    return this.domain.isTombstone(ordinal) ? this.#failureOf(this.domain.parentOf(ordinal)).seq : this.#seqOf(ordinal);
  }

  itemOf(ordinal: number): Cause {
    return { call: this.call, item: this.domain.parentOf(ordinal) };
  }
}

/**
 * A list whose every place is a place of another output (zip, cross, an array of handles). In a resumed run what descends
 * from a place may be there before it: such a place is pending until it is added.
 */
export class ViewOutput extends Output {
  readonly dense = false;
  override readonly streams = false;
  readonly #sources: readonly Output[];
  /** Per ordinal: which source, and which of its ordinals. */
  readonly #source: number[] = [];
  readonly #place: number[] = [];

  constructor(call: number, domain: Domain, sources: readonly Output[]) {
    super(call, domain);
    this.#sources = sources;
  }

  add(source: number, ordinal: number): void {
    this.#source.push(source);
    this.#place.push(ordinal);
  }

  /** What was added is in the domain too: whoever waited for one of these places may look. */
  announce(): void {
    for (let ordinal = 0; ordinal < this.#source.length; ordinal++) this.decided(ordinal);
  }

  #of(ordinal: number): { readonly output: Output; readonly at: number } {
    return { output: this.#sources[this.#source[ordinal]!]!, at: this.#place[ordinal]! };
  }

  cell(ordinal: number): Cell {
    if (ordinal >= this.#source.length) return "pending";
    const { output, at } = this.#of(ordinal);
    return output.cell(at);
  }

  valueKey(ordinal: number): ValueKey {
    const { output, at } = this.#of(ordinal);
    return output.valueKey(at);
  }

  causes(ordinal: number): readonly Cause[] {
    const { output, at } = this.#of(ordinal);
    return output.causes(at);
  }

  seq(ordinal: number): number {
    const { output, at } = this.#of(ordinal);
    return output.seq(at);
  }

  itemOf(ordinal: number): Cause {
    const { output, at } = this.#of(ordinal);
    return output.itemOf(at);
  }

  override waitCell(ordinal: number, then: () => void): void {
    if (ordinal >= this.#source.length) {
      return super.waitCell(ordinal, () => (this.cell(ordinal) === "pending" ? this.waitCell(ordinal, then) : then()));
    }
    const { output, at } = this.#of(ordinal);
    output.waitCell(at, then);
  }
}

/** Elements of a plain array that was passed to an item parameter. */
export class ArrayOutput extends Output {
  readonly dense = false;

  constructor(domain: Domain) {
    super(0, domain);
  }

  /** Negative once recorded; 0 before. */
  get list(): number {
    return this.domain.space.source;
  }

  cell(): Cell {
    return "ok";
  }

  valueKey(ordinal: number): ValueKey {
    return { call: this.list, item: 0, index: ordinal };
  }

  causes(): readonly Cause[] {
    return [];
  }

  seq(): number {
    return 0;
  }

  itemOf(ordinal: number): Cause {
    return { call: this.list, item: ordinal };
  }
}
