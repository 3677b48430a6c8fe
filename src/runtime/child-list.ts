/**
 * The list that a node's `many` results make: one entry per element, under the item that returned it.
 *
 * Owns: growing it as results become visible, and taking it over from a log. Leaves to domain.ts: order and paths.
 *
 * R1. Entries are added in the order of their events, so that a log read again gives the same ordinals.
 * R2. An item that fails leaves one tombstone; one that was reopened keeps its place as a void.
 */
import { countsArrayAsMany } from "../define/undeclared.ts";
import type { Space } from "../trace/space.ts";
import { Words } from "./cell.ts";
import { Domain } from "./domain.ts";
import type { NodeCall } from "./node-call.ts";
import { ListOutput, type Output } from "./output.ts";
import type { Growth } from "./recorded.ts";
import { SingleOutput } from "./single-output.ts";

export interface Entries {
  readonly first: number;
  readonly count: number;
  readonly keys?: readonly string[] | undefined;
  readonly seq: number;
}

export class ChildList {
  readonly outputs: readonly Output[];
  readonly #domain: Domain;
  readonly #seqs = new Words();

  constructor(owner: NodeCall, space: Space) {
    this.#domain = new Domain(space, owner.result.domain);
    const list = new ListOutput(owner.no, this.#domain, {
      failure: (parent) => ({ cell: owner.cellOf(parent), causes: owner.causesOf(parent), seq: owner.seqOf(parent) }),
      seq: (ordinal) => this.#seqs.get(ordinal),
    });
    this.outputs = countsArrayAsMany(owner.definition) ? [list, new SingleOutput(owner)] : [list];
  }

  get length(): number {
    return this.#domain.length;
  }

  /** R1. */
  grow(item: number, of: Entries): void {
    if (of.count === 0) return;
    const start = this.#domain.length;
    for (let i = 0; i < of.count; i++) this.#seqs.set(start + i, of.seq);
    this.#domain.grow(item, { firstIndex: of.first, count: of.count, keys: of.keys });
  }

  /** R2. */
  fail(item: number): void {
    this.#domain.growTombstone(item);
  }

  /** Nothing more comes under this item. */
  expanded(item: number): void {
    this.#domain.expanded(item);
  }

  close(seq: number): void {
    this.#domain.close(seq);
  }

  adopt(recorded: readonly Growth[]): void {
    for (const growth of recorded) {
      if (!growth.tombstone) this.grow(growth.item, growth);
      else if (growth.void) this.#domain.growVoid(growth.item);
      else this.fail(growth.item);
    }
  }
}
