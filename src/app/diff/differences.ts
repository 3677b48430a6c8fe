/** What differs between two runs item by item, and how their nodes fared. */
import { isOtherResult } from "../../analysis/diff/divergence.ts";
import type { Compared } from "../../analysis/diff/divergence.ts";
import type { CallRecord, ItemRecord } from "../../analysis/diff/run-record.ts";
import { formatAddress } from "../../model/ids.ts";
import type { ItemCounts, ItemStatus } from "../../model/status.ts";
import type { ComparedRuns } from "../operations/diff.ts";

export interface NodeFigures {
  readonly node: string;
  readonly calls: { readonly a: number; readonly b: number };
  readonly items: { readonly a: ItemCounts; readonly b: ItemCounts };
  /** Of the last attempts of all its items together. */
  readonly ms: { readonly a: number; readonly b: number };
  /** Items of it that came out other, or that one of the runs alone has. */
  readonly differing: number;
}

export function nodeFigures({ a, b }: Compared, differing: ReadonlyMap<string, number>): readonly NodeFigures[] {
  const figures = new Map<string, { readonly a: CallRecord[]; readonly b: CallRecord[] }>();
  const of = (node: string): { readonly a: CallRecord[]; readonly b: CallRecord[] } => {
    const known = figures.get(node) ?? { a: [], b: [] };
    figures.set(node, known);
    return known;
  };
  for (const call of b.calls) of(call.created.node).b.push(call);
  for (const call of a.calls) of(call.created.node).a.push(call);
  return Array.from(figures, ([node, calls]) => ({
    node,
    calls: { a: calls.a.length, b: calls.b.length },
    items: { a: countsOf(calls.a), b: countsOf(calls.b) },
    ms: { a: msOf(calls.a), b: msOf(calls.b) },
    differing: differing.get(node) ?? 0,
  }));
}

function countsOf(calls: readonly CallRecord[]): ItemCounts {
  const counts: Partial<Record<ItemStatus, number>> = {};
  for (const call of calls) for (const { status } of call.items.values()) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function msOf(calls: readonly CallRecord[]): number {
  let sum = 0;
  for (const call of calls) for (const { ms } of call.items.values()) sum += ms;
  return Math.round(sum);
}

export interface ItemChange {
  /** Absent: only the other run has it. */
  readonly a?: string;
  readonly b?: string;
  readonly node: string;
  readonly path: string;
  readonly change: "result" | "status" | "only in a" | "only in b";
  /** Whether it was given the same; absent where the log does not tell. */
  readonly isSameInput?: boolean;
  /** One line each, cut. */
  readonly before?: string;
  readonly now?: string;
}

interface FoundChange {
  readonly a?: { readonly call: CallRecord; readonly item: ItemRecord };
  readonly b?: { readonly call: CallRecord; readonly item: ItemRecord };
}

export interface ItemChanges {
  /** In the order of the second run; those that only the first one has come last. Up to the limit. */
  readonly items: readonly ItemChange[];
  readonly total: number;
  /** How many of each node, all of them counted. */
  readonly byNode: ReadonlyMap<string, number>;
}

export async function itemChanges({ compared, texts }: ComparedRuns, limit: number): Promise<ItemChanges> {
  const found: FoundChange[] = [];
  const byNode = new Map<string, number>();
  let total = 0;
  const add = (change: FoundChange): void => {
    total++;
    const { node } = (change.b ?? change.a)!.call.created;
    byNode.set(node, (byNode.get(node) ?? 0) + 1);
    if (found.length < limit) found.push(change);
  };
  for (const pair of compared.calls.pairs) {
    const { pairs = [], onlyA = [], onlyB = [] } = compared.items.get(pair) ?? {};
    for (const items of pairs)
      if (isOtherResult(items)) add({ a: { call: pair.a, item: items.a }, b: { call: pair.b, item: items.b } });
    for (const item of onlyB) add({ b: { call: pair.b, item } });
    for (const item of onlyA) add({ a: { call: pair.a, item } });
  }
  for (const call of compared.calls.onlyB) for (const item of call.items.values()) add({ b: { call, item } });
  for (const call of compared.calls.onlyA) for (const item of call.items.values()) add({ a: { call, item } });
  const items: ItemChange[] = [];
  for (const { a, b } of found) {
    const [before, now] = [
      a && (await texts.a.result(a.call, a.item.item)),
      b && (await texts.b.result(b.call, b.item.item)),
    ];
    const [path] = b ? await texts.b.pathsOf(b.call, [b.item.item]) : await texts.a.pathsOf(a!.call, [a!.item.item]);
    const isTold = a?.item.digest !== undefined && b?.item.digest !== undefined;
    items.push({
      ...(a ? { a: formatAddress(compared.a.row.runId, a.call.call, a.item.item) } : {}),
      ...(b ? { b: formatAddress(compared.b.row.runId, b.call.call, b.item.item) } : {}),
      node: (b ?? a)!.call.created.node,
      path: path ?? ".",
      change: !a ? "only in b" : !b ? "only in a" : a.item.status === b.item.status ? "result" : "status",
      ...(isTold ? { isSameInput: a.item.digest === b.item.digest } : {}),
      ...(before === undefined ? {} : { before }),
      ...(now === undefined ? {} : { now }),
    });
  }
  return { items, total, byNode };
}
