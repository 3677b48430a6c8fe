/**
 * Several traces as one graph: what a workflow may do, and in how many of the traces it did.
 *
 * R1. A vertex is a call site; in how many traces it was called, and how often at most in one, stands beside it.
 * R2. What no trace came to is not here. What came after a stop is unknown, and the stops say where that is.
 */
import { foldGraph, graphOf, siteKey, type GraphCall } from "../model/graph.ts";
import type { CallKind } from "../model/events.ts";
import type { TraceSample, TraceStop } from "../model/trace-report.ts";
import type { SourceSite } from "../model/workgraph-error.ts";

export interface PossibleCall {
  readonly id: number;
  readonly kind: CallKind;
  readonly node: string;
  readonly title?: string;
  readonly site?: SourceSite;
  readonly via?: readonly SourceSite[];
  readonly many: boolean;
  /** Traces that called it. */
  readonly samples: number;
  /** The most calls that one trace made here. */
  readonly calls: number;
}

export interface PossibleEdge {
  /** Ids of calls. */
  readonly from: number;
  readonly to: number;
  readonly kind: "solid" | "dashed";
  readonly param?: string;
  readonly samples: number;
}

export interface PossibleGraph {
  readonly samples: number;
  readonly calls: readonly PossibleCall[];
  readonly edges: readonly PossibleEdge[];
  /** Ids of calls that feed each other. */
  readonly loops: readonly { readonly calls: readonly number[]; readonly samples: number }[];
}

export function possibleGraph(samples: readonly TraceSample[]): PossibleGraph {
  const union = new Union();
  for (const sample of samples) union.add(sample);
  return { samples: samples.length, ...union.graph() };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

class Union {
  readonly #calls: Map<string, Writable<PossibleCall>> = new Map();
  readonly #edges: Map<string, Writable<PossibleEdge>> = new Map();
  readonly #loops: Map<string, { readonly calls: readonly number[]; samples: number }> = new Map();

  add({ calls }: TraceSample): void {
    const isMany = new Map(calls.map((call) => [siteKey(call), call.many]));
    const graph = graphOf(calls.map((call) => ({ ...call, status: "waiting" as const, counts: {} })));
    const folded = foldGraph(graph);
    const idOf = new Map<number, number>();
    for (const call of folded.calls) {
      const made = this.#call(call, isMany.get(siteKey(call)) === true);
      idOf.set(call.id, made.id);
      made.samples++;
      made.calls = Math.max(made.calls, call.calls?.length ?? 1);
    }
    for (const { from: source, to: target, kind, param } of folded.edges) {
      const [from, to] = [idOf.get(source), idOf.get(target)];
      if (from === undefined || to === undefined) continue;
      const edge = { from, to, kind, ...(param === undefined ? {} : { param }) };
      const known = this.#edges.get(JSON.stringify(edge)) ?? { ...edge, samples: 0 };
      this.#edges.set(JSON.stringify(edge), known);
      known.samples++;
    }
    for (const loop of folded.loops ?? []) {
      const members = loop.calls.map((id) => idOf.get(id)!).toSorted((a, b) => a - b);
      const known = this.#loops.get(members.join()) ?? { calls: members, samples: 0 };
      this.#loops.set(members.join(), known);
      known.samples++;
    }
  }

  #call(call: GraphCall, many: boolean): Writable<PossibleCall> {
    const key = siteKey(call);
    const known = this.#calls.get(key);
    if (known) return known;
    const { kind, node, title, site, via } = call;
    const made = {
      id: this.#calls.size + 1,
      kind,
      node,
      ...(title === undefined ? {} : { title }),
      ...(site === undefined ? {} : { site }),
      ...(via === undefined ? {} : { via }),
      many,
      samples: 0,
      calls: 0,
    };
    this.#calls.set(key, made);
    return made;
  }

  graph(): Omit<PossibleGraph, "samples"> {
    return {
      calls: [...this.#calls.values()],
      edges: [...this.#edges.values()],
      loops: [...this.#loops.values()],
    };
  }
}

/** A place where traces stopped. */
export type StopEntry = TraceStop & { readonly samples: number };

/** Stops of all traces, each place and reason once, the commonest first. */
export function stopsOf(samples: readonly TraceSample[]): readonly StopEntry[] {
  const found = new Map<string, Writable<StopEntry>>();
  for (const { stops } of samples) {
    for (const [key, stop] of new Map(stops.map((one) => [JSON.stringify([one.site, one.node, one.why]), one]))) {
      const known = found.get(key) ?? { ...stop, samples: 0 };
      found.set(key, known);
      known.samples++;
    }
  }
  return [...found.values()].toSorted((a, b) => b.samples - a.samples);
}
