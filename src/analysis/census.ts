/**
 * How many distinct shapes the runs of a workflow have, and where they part.
 *
 * Owns: grouping runs by shape, and the first difference of two. Leaves to model/graph/shape.ts: what a shape is.
 *
 * R1. The commonest shape is the measure; of equally common ones that of the older run.
 * R2. Each other shape is told where it first differs from the measure, in the order in which graphs are printed.
 */
import { siteKey, type Graph } from "../model/graph.ts";
import { shapeOf } from "../model/graph/shape.ts";
import type { SourceSite } from "../model/workgraph-error.ts";

export interface CensusRun {
  readonly runId: string;
  /** Folded; superseded calls left out. */
  readonly graph: Graph;
}

export interface ShapeDifference {
  /** "more": a call site or edge that the commonest shape lacks; "less": one that it has and this shape lacks. */
  readonly how: "more" | "less";
  readonly what: "call" | "edge";
  readonly node: string;
  readonly site?: SourceSite;
  /** The edge: from which node, and into which parameter. */
  readonly from?: string;
  readonly param?: string;
}

export interface ShapeEntry {
  /** 16 hex digits; equal for equal shapes. */
  readonly shape: string;
  readonly runs: number;
  /** The oldest and the newest run that has it. */
  readonly firstRun: string;
  readonly lastRun: string;
  /** Call sites it has. */
  readonly calls: number;
  /** Absent for the commonest shape. */
  readonly differs?: ShapeDifference;
}

export interface Census {
  readonly runs: number;
  /** The commonest first. */
  readonly shapes: readonly ShapeEntry[];
}

/** One fact of a shape. */
interface Fact extends Omit<ShapeDifference, "how"> {
  /** Equal for equal facts. */
  readonly text: string;
}

/** @param runs from the oldest to the newest */
export function censusOf(runs: readonly CensusRun[]): Census {
  const groups = new Map<string, { readonly facts: readonly Fact[]; readonly members: CensusRun[] }>();
  for (const run of runs) {
    const shape = shapeOf(run.graph);
    const group = groups.get(shape) ?? { facts: factsOf(run.graph), members: [] };
    groups.set(shape, group);
    group.members.push(run);
  }
  // Insertion order is that of the oldest member, and the sort keeps it (R1).
  const ordered = [...groups].toSorted(([, a], [, b]) => b.members.length - a.members.length);
  const measure = ordered[0]?.[1].facts ?? [];
  return {
    runs: runs.length,
    shapes: ordered.map(([shape, { facts, members }], index) => {
      const difference = index === 0 ? undefined : firstDifference(measure, facts);
      return {
        shape,
        runs: members.length,
        firstRun: members[0]!.runId,
        lastRun: members.at(-1)!.runId,
        calls: members[0]!.graph.calls.length,
        ...(difference === undefined ? {} : { differs: difference }),
      };
    }),
  };
}

/** In the order of the calls; a call before what flows into it. */
function factsOf({ calls, edges }: Graph): readonly Fact[] {
  const byId = new Map(calls.map((call) => [call.id, call]));
  const incoming = Map.groupBy(edges, (edge) => edge.to);
  const facts: Fact[] = [];
  for (const call of calls) {
    const name = siteKey(call);
    const at = { node: call.node, ...(call.site ? { site: call.site } : {}) };
    facts.push({ what: "call", ...at, text: `call ${name}` });
    for (const edge of incoming.get(call.id) ?? []) {
      const source = byId.get(edge.from);
      if (source === undefined) continue;
      const how = `${edge.kind} ${edge.param ?? ""}${edge.modified === true ? " modified" : ""}`;
      facts.push({
        what: "edge",
        ...at,
        from: source.node,
        ...(edge.param === undefined ? {} : { param: edge.param }),
        text: `edge ${siteKey(source)} -> ${name} ${how}`,
      });
    }
  }
  return facts;
}

/** R2: where the walk over both, in the order of their calls, first meets what the other side lacks. */
function firstDifference(measure: readonly Fact[], other: readonly Fact[]): ShapeDifference | undefined {
  const has = (facts: readonly Fact[]): ReadonlySet<string> => new Set(facts.map((fact) => fact.text));
  const [measured, held] = [has(measure), has(other)];
  const missing = measure.findIndex((fact) => !held.has(fact.text));
  const added = other.findIndex((fact) => !measured.has(fact.text));
  if (missing === -1 && added === -1) return undefined;
  const isLess = added === -1 || (missing !== -1 && missing < added);
  const { text: _text, ...fact } = isLess ? measure[missing]! : other[added]!;
  return { how: isLess ? "less" : "more", ...fact };
}
