/**
 * What past runs of a version lead one to expect: how many of them made a call at a site, or had an edge, and how big it was.
 *
 * Owns: counts and medians per call site and per edge. Leaves to census.ts: shapes; to whoever shows it: keeping it apart from what was
 * observed in one run, and from what is merely possible.
 *
 * R1. No figure from fewer than MIN_RUNS runs.
 * R2. Medians are over the runs that made the call: of its items, and of the ms from its creation to its close, summed where a run
 *     made several. Calls that never closed give no time.
 * R3. Runs of one version have their calls at the same places, so sites are compared as they are.
 */
import type { CallKind, EdgeRecord } from "../model/events.ts";
import { siteKey } from "../model/graph.ts";
import type { CallNo } from "../model/ids.ts";
import type { SourceSite } from "../model/workgraph-error.ts";

export const MIN_RUNS = 3;

export interface PastCall {
  readonly call: CallNo;
  readonly kind: CallKind;
  readonly node: string;
  readonly site?: SourceSite;
  readonly via?: readonly SourceSite[];
  readonly edges: readonly EdgeRecord[];
  readonly items: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly closedAt?: number;
}

export interface PastRun {
  readonly calls: readonly PastCall[];
}

export interface ExpectedCall {
  readonly kind: CallKind;
  readonly node: string;
  readonly site?: SourceSite;
  readonly via?: readonly SourceSite[];
  /** Runs that made a call here. */
  readonly runs: number;
  readonly medianItems: number;
  readonly medianMs?: number;
}

export interface ExpectedEdge {
  /** Indexes of the calls above. */
  readonly from: number;
  readonly to: number;
  readonly kind: "solid" | "dashed";
  readonly param?: string;
  readonly runs: number;
}

export interface ExpectedGraph {
  /** Runs that the figures are from. */
  readonly runs: number;
  readonly calls: readonly ExpectedCall[];
  readonly edges: readonly ExpectedEdge[];
}

/** Undefined when there are fewer than MIN_RUNS runs (R1). */
export function expectedGraph(runs: readonly PastRun[]): ExpectedGraph | undefined {
  if (runs.length < MIN_RUNS) return undefined;
  const figures = new Figures();
  for (const run of runs) figures.add(run);
  return { runs: runs.length, ...figures.graph() };
}

interface Seen {
  items: number;
  ms: number | undefined;
}

class Figures {
  readonly #index: Map<string, number> = new Map();
  readonly #calls: { readonly first: PastCall; readonly items: number[]; readonly ms: number[] }[] = [];
  readonly #edges: Map<string, { readonly edge: Omit<ExpectedEdge, "runs">; runs: number }> = new Map();

  add({ calls }: PastRun): void {
    const indexOf = new Map<CallNo, number>();
    const seen = new Map<number, Seen>();
    const edges = new Map<string, Omit<ExpectedEdge, "runs">>();
    for (const call of calls) indexOf.set(call.call, this.#indexOf(call));
    for (const call of calls) {
      const to = indexOf.get(call.call)!;
      const before = seen.get(to);
      const ms = call.closedAt === undefined ? undefined : call.closedAt - call.createdAt;
      seen.set(to, {
        items: (before?.items ?? 0) + call.items,
        ms: ms === undefined ? before?.ms : (before?.ms ?? 0) + ms,
      });
      for (const { from, kind, param } of call.edges) {
        const source = indexOf.get(from);
        if (source === undefined) continue;
        const edge = { from: source, to, kind, ...(param === undefined ? {} : { param }) };
        edges.set(JSON.stringify(edge), edge);
      }
    }
    for (const [index, { items, ms }] of seen) {
      this.#calls[index]!.items.push(items);
      if (ms !== undefined) this.#calls[index]!.ms.push(ms);
    }
    for (const [key, edge] of edges) {
      const entry = this.#edges.get(key) ?? { edge, runs: 0 };
      this.#edges.set(key, entry);
      entry.runs++;
    }
  }

  graph(): Omit<ExpectedGraph, "runs"> {
    return {
      calls: this.#calls.map(({ first: { kind, node, site, via }, items, ms }) => ({
        kind,
        node,
        ...(site === undefined ? {} : { site }),
        ...(via === undefined ? {} : { via }),
        runs: items.length,
        medianItems: median(items),
        ...(ms.length === 0 ? {} : { medianMs: median(ms) }),
      })),
      edges: [...this.#edges.values()].map(({ edge, runs }) => ({ ...edge, runs })),
    };
  }

  #indexOf(call: PastCall): number {
    const key = siteKey(call);
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    this.#index.set(key, this.#calls.length);
    return this.#calls.push({ first: call, items: [], ms: [] }) - 1;
  }
}

/** Of an even number of values the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
