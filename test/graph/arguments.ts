/**
 * What an argument of a generated program is to the oracle: a list that is mapped, or a plain value, with the edges it makes.
 *
 * R1. A list that an `await` gave stands for its handle as long as it is what it was. Any other list of objects is a list of its
 *     own on an item parameter, and a plain value where a set is gathered.
 * R2. An object proves an edge to its item; a list that was awaited and then changed proves one to what is left of it.
 */
import {
  isHandle,
  renumbered,
  wholeEdge,
  type Cell,
  type ExpectedCall,
  type ExpectedEdge,
  type HandleValue,
} from "./expected.ts";
import type { Argument } from "./program.ts";
import { array, Branch, isChanged, jsonOf, object, proofsIn, type Proof, type Tree } from "./taint.ts";

export type Given =
  | {
      readonly kind: "mapped";
      readonly param: string;
      readonly space: object;
      readonly cells: readonly {
        readonly path: string;
        readonly place: number;
        /** Undefined: it failed. */
        readonly json: unknown;
        readonly sources: readonly string[];
      }[];
      readonly edges: readonly ExpectedEdge[];
    }
  | {
      readonly kind: "plain";
      readonly param: string;
      readonly json: unknown;
      readonly sources: readonly string[];
      readonly edges: readonly ExpectedEdge[];
    };

interface At {
  readonly param: string;
  readonly names: ReadonlyMap<string, HandleValue | Tree>;
  /** Makes a call of a combinator: an array of handles is one. */
  readonly combinator: (
    node: string,
    sources: readonly (readonly [param: string, handle: HandleValue])[],
  ) => ExpectedCall;
}

export function evaluateArgument(argument: Argument, { param, names, combinator }: At): Given {
  const tree = (name: string): Tree => names.get(name) as Tree;
  switch (argument.as) {
    case "var": {
      const bound = names.get(argument.name)!;
      return isHandle(bound) ? ofHandle(bound, param) : ofTree(bound, param);
    }
    case "nested":
      return ofTree(object({ deep: array([tree(argument.name)]), other: 1 }), param);
    case "both":
      return ofTree(object({ a: tree(argument.names[0]), b: object({ c: tree(argument.names[1]) }) }), param);
    case "text":
      return ofTree((tree(argument.name) as Branch).field("name"), param);
    case "constant":
      return ofTree(argument.value, param);
    case "array": {
      const handles = argument.names.map((name) => names.get(name) as HandleValue);
      const call = combinator(
        "concat",
        handles.map((handle, i) => [String(i), handle] as const),
      );
      const cells = renumbered(handles.flatMap((handle) => handle.cells));
      return ofHandle({ call, port: 0, space: call, many: true, cells }, param);
    }
  }
}

function ofHandle({ call, port, space, cells }: HandleValue, param: string): Given {
  const edges = [wholeEdge(call.name, param, port)];
  if (param !== "xs") return { kind: "mapped", param, space, cells: cells.map(mappedCell), edges };
  const there = cells.filter(({ value }) => value !== undefined);
  return {
    kind: "plain",
    param,
    json: there.map(({ value }) => value),
    sources: there.flatMap(({ sources }) => sources),
    edges,
  };
}

const mappedCell = ({
  path,
  place,
  value,
  sources,
}: Cell): { path: string; place: number; json: unknown; sources: readonly string[] } => ({
  path,
  place,
  json: value,
  sources,
});

/** R1. */
function ofTree(tree: Tree, param: string): Given {
  if (!(tree instanceof Branch) || tree.kind !== "array")
    return { kind: "plain", param, ...flowsOf(tree, param, "plain") };
  if (tree.label?.kind === "list" && !isChanged(tree)) return ofHandle(tree.label.handle, param);
  if (param === "xs") return { kind: "plain", param, ...flowsOf(tree, param, "plain") };
  const { edges } = flowsOf(tree, param, "mapped");
  const cells = tree.elements.map((element, i) => ({
    path: String(i),
    place: i,
    json: jsonOf(element),
    sources: sourcesOf(proofsIn(tree, "mapped").filter((proof) => proof.element === i || proof.element === undefined)),
  }));
  return { kind: "mapped", param, space: tree, cells, edges };
}

export function flowsOf(
  tree: Tree,
  param: string,
  how: "plain" | "mapped",
): { readonly json: unknown; readonly sources: readonly string[]; readonly edges: readonly ExpectedEdge[] } {
  const proofs = proofsIn(tree, how);
  const edges = [...Map.groupBy(proofs, originOf).values()].map((group) => edgeOf(group, param));
  return { json: jsonOf(tree), sources: sourcesOf(proofs), edges };
}

const originOf = ({ label }: Proof): string =>
  label.kind === "item" ? `${label.call.name} ${label.port}` : `${label.handle.call.name} ${label.handle.port}`;

function edgeOf(group: readonly Proof[], param: string): ExpectedEdge {
  const { label } = group[0]!;
  const { call, port } = label.kind === "item" ? label : label.handle;
  const modified = group.some((proof) => proof.modified);
  const whole = { ...wholeEdge(call.name, param, port), modified };
  const places = new Map<string, { readonly place: number; readonly element: number | undefined }>();
  for (const proof of group) {
    if (proof.label.kind === "item") put(places, proof.label.cell.place, proof.element);
    else if (showsMembers(proof)) continue;
    else if (proof.element === undefined) return whole;
    else for (const { place } of proof.label.handle.cells) put(places, place, proof.element);
  }
  const sorted = [...places.values()].toSorted((a, b) => (a.element ?? 0) - (b.element ?? 0) || a.place - b.place);
  const isList = sorted.some(({ element }) => element !== undefined);
  return {
    ...whole,
    items: sorted.map(({ place }) => place),
    elements: isList ? sorted.map(({ element }) => element ?? 0) : undefined,
  };
}

function put(
  places: Map<string, { readonly place: number; readonly element: number | undefined }>,
  place: number,
  element: number | undefined,
): void {
  places.set(`${place} ${element}`, { place, element });
}

/** R2: a changed list of objects, some of which are its handle's. */
function showsMembers({ label, modified, at }: Proof): boolean {
  if (label.kind !== "list" || !modified) return false;
  const { call, port } = label.handle;
  return (
    at.elements.every((element) => element instanceof Branch) &&
    at.elements.some((element) => {
      const own = (element as Branch).label;
      return own?.kind === "item" && own.call === call && own.port === port;
    })
  );
}

function sourcesOf(proofs: readonly Proof[]): readonly string[] {
  return proofs.flatMap((proof) => {
    if (proof.label.kind === "item") return proof.label.cell.sources;
    return showsMembers(proof) ? [] : proof.label.handle.cells.flatMap(({ sources }) => sources);
  });
}
