/**
 * The order in which the calls of a run are printed: that of the code, not that of the clock.
 *
 * R1. Calls of one segment stand in the order they were made. A segment stands behind the calls whose delivery opened it, and
 *     among those that could come next the one whose openers stand first comes first. So two runs of one shape have one order,
 *     whatever finished first. Numbers of calls, given as they are made, do not have that.
 * R2. The n-th segment that the same calls opened stands n-th (`for await`).
 * R3. Calls whose cause is unknown stand last, in the order they were made.
 */
import type { GraphCall, GraphEdge } from "../graph.ts";

type Ordered = Pick<GraphCall, "id" | "segment" | "cause">;

interface Group {
  readonly calls: readonly number[];
  readonly openers: readonly number[];
  readonly index: number;
}

/** Ids of the calls, in order. */
export function printOrder(calls: readonly Ordered[], edges: readonly GraphEdge[]): readonly number[] {
  const opened = new Map<number, number[]>();
  for (const edge of edges) {
    if (edge.kind !== "dashed" && edge.opened !== true) continue;
    const openers = opened.get(edge.to);
    if (openers) openers.push(edge.from);
    else opened.set(edge.to, [edge.from]);
  }
  const known = calls.filter(({ cause }) => cause === undefined);
  const groups = groupsOf(known, opened);
  const order = placed(groups, new Set(known.map(({ id }) => id)));
  return [...order, ...calls.filter(({ cause }) => cause !== undefined).map(({ id }) => id)];
}

/** A segment whose openers grew on the way (together.ts of the runtime) is two groups, one behind the other. */
function groupsOf(calls: readonly Ordered[], opened: ReadonlyMap<number, readonly number[]>): readonly Group[] {
  const groups = new Map<string, { readonly calls: number[]; readonly openers: readonly number[]; index: number }>();
  for (const { id, segment } of calls.toSorted((a, b) => a.id - b.id)) {
    const openers = (opened.get(id) ?? []).toSorted((a, b) => a - b);
    const key = `${segment ?? 0} ${openers.join(",")}`;
    const group = groups.get(key);
    if (group) group.calls.push(id);
    else groups.set(key, { calls: [id], openers, index: groups.size });
  }
  return [...groups.values()];
}

/** R1: a group is ready when all its openers are placed. */
function placed(groups: readonly Group[], known: ReadonlySet<number>): readonly number[] {
  const rank = new Map<number, number>();
  const waiting = new Map<Group, number>();
  const behind = new Map<number, Group[]>();
  const ready = new Ready(rank);
  for (const group of groups) {
    const openers = group.openers.filter((opener) => known.has(opener));
    waiting.set(group, openers.length);
    if (openers.length === 0) ready.add(group);
    for (const opener of openers) {
      const list = behind.get(opener);
      if (list) list.push(group);
      else behind.set(opener, [group]);
    }
  }
  for (let next = ready.take(); next; next = ready.take()) {
    for (const call of next.calls) rank.set(call, rank.size);
    for (const call of next.calls) {
      for (const group of behind.get(call) ?? []) {
        const left = waiting.get(group)! - 1;
        waiting.set(group, left);
        if (left === 0) ready.add(group);
      }
    }
  }
  return [...rank.keys()];
}

/** A heap: the group whose openers stand first. */
class Ready {
  readonly #heap: { readonly group: Group; readonly key: readonly number[] }[] = [];
  readonly #rank: ReadonlyMap<number, number>;

  constructor(rank: ReadonlyMap<number, number>) {
    this.#rank = rank;
  }

  add(group: Group): void {
    const ranks = group.openers.map((opener) => this.#rank.get(opener) ?? -1).toSorted((a, b) => a - b);
    const heap = this.#heap;
    heap.push({ group, key: [...ranks, -1, group.index] });
    for (let at = heap.length - 1; at > 0;) {
      const up = (at - 1) >> 1;
      if (compare(heap[up]!.key, heap[at]!.key) <= 0) break;
      [heap[up], heap[at]] = [heap[at]!, heap[up]!];
      at = up;
    }
  }

  take(): Group | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first?.group;
    heap[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < heap.length && compare(heap[below]!.key, heap[least]!.key) < 0) least = below;
      if (least === at) return first.group;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? -1) - (b[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
