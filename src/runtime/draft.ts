/**
 * A call while it is being made: what its event will say.
 *
 * Owns: its edges. Leaves to call-maker.ts: what the arguments are; to call-log.ts: number and identity.
 *
 * R1. Solid where a handle, or an object that came out of one, was passed, with the places it came from; dashed from the calls
 *     whose delivery opened the segment. Nothing is guessed.
 * R2. One edge for each parameter and output: a handle, or a whole list, says all there is to say of that output.
 */
import type { CallKind, EdgeRecord, InputRef } from "../model/events.ts";
import { rangesOf } from "../model/ranges.ts";
import type { HandleTarget } from "../trace/handle.ts";
import type { CapturedSite } from "../trace/site.ts";
import type { Space } from "../trace/space.ts";
import type { PlainList } from "./arguments.ts";
import type { Flow } from "./origins.ts";

export interface Draft {
  readonly kind: CallKind;
  readonly node: string;
  readonly site: CapturedSite | undefined;
  readonly inputs: Record<string, InputRef>;
  /** Lists to record before the call. */
  readonly lists: Map<string, PlainList>;
  readonly edges: EdgeRecord[];
  readonly lineage: string[];
  space: Space;
  many: boolean;
  value?: string;
  title?: string;
  description?: string;
  until?: number;
  undeclared?: readonly string[];
}

export function newDraft(
  kind: CallKind,
  node: string,
  at: { readonly site: CapturedSite | undefined; readonly space: Space },
): Draft {
  return {
    kind,
    node,
    site: at.site,
    inputs: {},
    lists: new Map(),
    edges: [],
    lineage: [`${kind} ${node}`],
    space: at.space,
    many: false,
  };
}

const portOf = ({ port }: HandleTarget): { readonly port?: number } => (port === 0 ? {} : { port });

/** A handle was passed. */
export function addHandleEdge(draft: Draft, param: string, target: HandleTarget): void {
  draft.edges.push({ from: target.call, kind: "solid", param, ...portOf(target) });
}

/** Objects that came out of awaited handles were passed. */
export function addFlowEdges(draft: Draft, param: string, flows: readonly Flow[]): void {
  if (flows.length === 0) return;
  for (const group of Map.groupBy(flows, ({ target }) => `${target.call}.${target.port}`).values()) {
    const { target } = group[0]!;
    draft.edges.push({
      from: target.call,
      kind: "solid",
      param,
      ...(group.some(({ modified }) => modified) ? { modified: true } : {}),
      ...portOf(target),
      ...placesOf(group),
    });
  }
}

function placesOf(flows: readonly Flow[]): Pick<EdgeRecord, "items" | "elements"> {
  const places: { readonly ordinal: number; readonly element: number }[] = [];
  let inElements = false;
  for (const { ordinal, element } of flows) {
    if (ordinal === undefined) return {};
    inElements ||= element !== undefined;
    places.push({ ordinal, element: element ?? 0 });
  }
  places.sort((a, b) => a.element - b.element || a.ordinal - b.ordinal);
  const items = rangesOf(places.map(({ ordinal }) => ordinal));
  return inElements ? { items, elements: rangesOf(places.map(({ element }) => element)) } : { items };
}

/** The edges with those of the segment (R1). */
export function edgesIn(draft: Draft, openedBy: readonly number[]): readonly EdgeRecord[] {
  const edges: EdgeRecord[] = draft.edges.map((edge) =>
    openedBy.includes(edge.from) ? { ...edge, opened: true } : edge,
  );
  for (const from of openedBy)
    if (!draft.edges.some((edge) => edge.from === from)) edges.push({ from, kind: "dashed" });
  return edges;
}
