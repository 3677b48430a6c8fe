/**
 * Which call and which item of one run stands for which of another.
 *
 * Owns: pairing. Leaves to divergence.ts: what a difference between the two of a pair means.
 *
 * R1. Calls pair by identity (node, lineage of inputs, k-th equal call). What is left pairs in order with calls of the same node
 *     whose handles come from calls that are pairs already; then with any call of the same node.
 * R2. Items pair by path and inputs, then by inputs alone (an element that was put in front moves all others), then by path.
 * R3. Each stands for at most one other.
 */
import type { CallNo, ItemNo } from "../../model/ids.ts";
import type { CallRecord, ItemRecord, RunRecord } from "./run-record.ts";

export interface CallPair {
  readonly a: CallRecord;
  readonly b: CallRecord;
}

export interface AlignedCalls {
  /** In the order of the second run. */
  readonly pairs: readonly CallPair[];
  readonly onlyA: readonly CallRecord[];
  readonly onlyB: readonly CallRecord[];
}

export function alignCalls(a: RunRecord, b: RunRecord): AlignedCalls {
  const pairing = new Pairing(a.calls, b.calls);
  const byIdentity = new Map(a.calls.map((call) => [call.created.identity, call]));
  for (const call of b.calls) pairing.pair(byIdentity.get(call.created.identity), call);
  pairing.pairWhere((was, now) => pairing.hasSameSources(was, now));
  pairing.pairWhere(() => true);
  return pairing.outcome();
}

class Pairing {
  readonly #a: readonly CallRecord[];
  readonly #b: readonly CallRecord[];
  readonly #ofB: Map<CallNo, CallRecord> = new Map();
  readonly #taken: Set<CallNo> = new Set();

  constructor(a: readonly CallRecord[], b: readonly CallRecord[]) {
    this.#a = a;
    this.#b = b;
  }

  /** R3. */
  pair(a: CallRecord | undefined, b: CallRecord): void {
    if (a === undefined || this.#taken.has(a.call) || this.#ofB.has(b.call)) return;
    this.#ofB.set(b.call, a);
    this.#taken.add(a.call);
  }

  pairWhere(fits: (a: CallRecord, b: CallRecord) => boolean): void {
    const left = Map.groupBy(
      this.#a.filter(({ call }) => !this.#taken.has(call)),
      (call) => nameOf(call),
    );
    for (const call of this.#b) {
      if (this.#ofB.has(call.call)) continue;
      const candidates = left.get(nameOf(call)) ?? [];
      this.pair(
        candidates.find((one) => !this.#taken.has(one.call) && fits(one, call)),
        call,
      );
    }
  }

  hasSameSources(a: CallRecord, b: CallRecord): boolean {
    const names = Object.keys(b.created.inputs);
    if (names.length !== Object.keys(a.created.inputs).length) return false;
    return names.every((name) => {
      const [was, now] = [a.created.inputs[name], b.created.inputs[name]];
      if (was?.from !== now?.from) return false;
      return was?.from !== "call" || now?.from !== "call" || this.#ofB.get(now.call)?.call === was.call;
    });
  }

  outcome(): AlignedCalls {
    const pairs = this.#b.flatMap((b) => {
      const a = this.#ofB.get(b.call);
      return a ? [{ a, b }] : [];
    });
    return {
      pairs,
      onlyA: this.#a.filter(({ call }) => !this.#taken.has(call)),
      onlyB: this.#b.filter(({ call }) => !this.#ofB.has(call)),
    };
  }
}

function nameOf({ created }: CallRecord): string {
  return `${created.kind} ${created.node}`;
}

export interface ItemPair {
  readonly a: ItemRecord;
  readonly b: ItemRecord;
}

export interface AlignedItems {
  readonly pairs: readonly ItemPair[];
  readonly onlyA: readonly ItemRecord[];
  readonly onlyB: readonly ItemRecord[];
}

/** Paths of items of one call, in the order asked. */
export type PathsOf = (call: CallRecord, items: readonly ItemNo[]) => Promise<readonly string[]>;

/** R2. Paths are asked for only where item numbers do not settle it. */
export async function alignItems(
  pair: CallPair,
  pathsOf: { readonly a: PathsOf; readonly b: PathsOf },
): Promise<AlignedItems> {
  const { a, b } = pair;
  const isSettled =
    a.items.size === b.items.size &&
    [...b.items.values()].every((now) => {
      const was = a.items.get(now.item);
      return was !== undefined && was.digest === now.digest;
    });
  const pairs: ItemPair[] = [];
  if (isSettled) {
    for (const now of b.items.values()) pairs.push({ a: a.items.get(now.item)!, b: now });
    return { pairs, onlyA: [], onlyB: [] };
  }
  const left = new Set(a.items.values());
  let open = [...b.items.values()];
  const numbers = [[...a.items.keys()], [...b.items.keys()]] as const;
  const [pathsA, pathsB] = await Promise.all([pathsOf.a(a, numbers[0]), pathsOf.b(b, numbers[1])]);
  const pathOf = [
    new Map(numbers[0].map((item, at) => [item, pathsA[at]])),
    new Map(numbers[1].map((item, at) => [item, pathsB[at]])),
  ] as const;
  const keys: readonly ((item: ItemRecord, side: 0 | 1) => string | undefined)[] = [
    (item, side) => (item.digest === undefined ? undefined : `${pathOf[side].get(item.item)} ${item.digest}`),
    (item) => item.digest,
    (item, side) => pathOf[side].get(item.item),
  ];
  for (const key of keys) {
    const byKey = Map.groupBy(left, (item) => key(item, 0));
    open = open.filter((now) => {
      const wanted = key(now, 1);
      const was = wanted === undefined ? undefined : byKey.get(wanted)?.shift();
      if (was === undefined) return true;
      left.delete(was);
      pairs.push({ a: was, b: now });
      return false;
    });
  }
  pairs.sort((one, other) => one.b.item - other.b.item);
  return { pairs, onlyA: [...left], onlyB: open };
}
