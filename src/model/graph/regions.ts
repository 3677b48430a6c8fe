/**
 * Loop regions of a folded graph: call sites that feed each other, and how often they went round.
 *
 * R1. A region is a strongly connected component of call sites: more than one, or one with an edge to itself. The sites of a
 *     function that called itself are a region too, whether values flowed between its calls or not.
 * R2. Iteration k of a region is what comes after its first site was called the k-th time one after the other: the longest way
 *     through the region, counted at that site. Loops side by side (one for each item of a list) go round together.
 */
import type { GraphCall, GraphEdge, GraphLoop, LoopRound } from "../graph.ts";
import { componentsOf } from "./components.ts";

/** Iterations that are told one by one. */
const MAX_ROUNDS = 1_000;

export interface Unrolled {
  readonly calls: readonly GraphCall[];
  readonly edges: readonly GraphEdge[];
}

/** @param sites the folded graph, in printing order; `unrolled` is what it was folded from */
export function regionsOf(sites: Unrolled, unrolled: Unrolled): readonly GraphLoop[] {
  const next = new Map<number, number[]>(sites.calls.map((site) => [site.id, []]));
  for (const edge of sites.edges) next.get(edge.from)?.push(edge.to);
  joinRecursion(sites.calls, next);
  const place = new Map(sites.calls.map((site, index) => [site.id, index]));
  const byId = new Map(unrolled.calls.map((call) => [call.id, call]));
  const incoming = Map.groupBy(unrolled.edges, (edge) => edge.to);
  const loops: GraphLoop[] = [];
  for (const component of componentsOf(next)) {
    const [only] = component;
    if (component.length === 1 && !next.get(only!)?.includes(only!)) continue;
    const members = component
      .toSorted((a, b) => place.get(a)! - place.get(b)!)
      .map((id) => sites.calls[place.get(id)!]!);
    loops.push(regionOf(members, { byId, incoming }));
  }
  return loops.toSorted((a, b) => place.get(a.calls[0]!)! - place.get(b.calls[0]!)!);
}

/** R1: edges round the sites of each function that called itself. */
function joinRecursion(sites: readonly GraphCall[], next: ReadonlyMap<number, number[]>): void {
  const functions = Map.groupBy(
    sites.filter((site) => (site.depth ?? 0) > 0),
    ({ site, via }) => JSON.stringify([site?.file, site?.functionName, via ?? []]),
  );
  for (const group of functions.values()) {
    for (const [i, site] of group.entries()) next.get(site.id)!.push(group[(i + 1) % group.length]!.id);
  }
}

function regionOf(
  members: readonly GraphCall[],
  of: {
    readonly byId: ReadonlyMap<number, GraphCall>;
    readonly incoming: ReadonlyMap<number, readonly GraphEdge[]>;
  },
): GraphLoop {
  const header = new Set(members[0]!.calls);
  const calls = members.flatMap((site) => site.calls ?? [site.id]).toSorted((a, b) => a - b);
  const roundOf = new Map<number, number>();
  let deepest = 0;
  for (const id of calls) {
    let before = 0;
    for (const { from } of of.incoming.get(id) ?? []) before = Math.max(before, roundOf.get(from) ?? 0);
    const depth = of.byId.get(id)?.depth ?? 0;
    deepest = Math.max(deepest, depth);
    // R2. Of a recursion nothing need have flowed.
    roundOf.set(id, Math.max(header.has(id) ? before + 1 : before, before === 0 ? depth + 1 : 1));
  }
  const iterations = [...roundOf.values()].reduce((most, round) => Math.max(most, round), 0);
  const groups = Map.groupBy(calls, (id) => roundOf.get(id)!);
  const rounds: LoopRound[] = [];
  for (let round = 1; round <= Math.min(iterations, MAX_ROUNDS); round++) {
    rounds.push(roundFrom((groups.get(round) ?? []).map((id) => of.byId.get(id)!)));
  }
  const sites = members.map(({ id }) => id);
  return deepest === 0
    ? { kind: "loop", calls: sites, iterations, rounds }
    : { kind: "recursion", calls: sites, iterations, depth: Math.max(iterations, deepest + 1), rounds };
}

function roundFrom(calls: readonly GraphCall[]): LoopRound {
  const starts = calls.flatMap(({ startedAt }) => startedAt ?? []);
  const ends = calls.flatMap(({ endedAt }) => endedAt ?? []);
  const isDone = calls.length > 0 && ends.length === calls.length && starts.length > 0;
  return {
    calls: calls.map(({ id }) => id),
    items: calls.reduce((sum, { items }) => sum + items.total, 0),
    ...(isDone ? { ms: ends.reduce((a, b) => Math.max(a, b)) - starts.reduce((a, b) => Math.min(a, b)) } : {}),
  };
}
