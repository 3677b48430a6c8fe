/** Where a recorded graph and the oracle's differ, in sentences. */
import type { ExpectedCall, ExpectedEdge } from "./expected.ts";

export function differences(expected: readonly ExpectedCall[], observed: readonly ExpectedCall[]): readonly string[] {
  const said: string[] = [];
  const byName = new Map(observed.map((call) => [call.name, call]));
  for (const call of expected) {
    const real = byName.get(call.name);
    byName.delete(call.name);
    if (real === undefined) said.push(`${call.name} (${call.node}) was not made`);
    else said.push(...callDifferences(call, real).map((what) => `${call.name} (${call.node}): ${what}`));
  }
  for (const { name, node } of byName.values()) said.push(`${name} (${node}) was made, and should not have been`);
  return said;
}

function callDifferences(expected: ExpectedCall, observed: ExpectedCall): readonly string[] {
  if (expected.node !== observed.node) return [`it is a ${observed.node}`];
  return [
    ...setDifferences("solid edge", expected.edges.map(edgeText), observed.edges.map(edgeText)),
    ...setDifferences("dashed edge", [...expected.dashed], [...observed.dashed]),
    ...(expected.mayNotRun && observed.items.length === 0
      ? []
      : setDifferences("item", expected.items.map(itemText), observed.items.map(itemText))),
  ];
}

function setDifferences(what: string, expected: readonly string[], observed: readonly string[]): readonly string[] {
  const left = [...observed];
  const missing: string[] = [];
  for (const text of expected) {
    const at = left.indexOf(text);
    if (at < 0) missing.push(`${what} missing: ${text}`);
    else left.splice(at, 1);
  }
  return [...missing, ...left.map((text) => `${what} too many: ${text}`)];
}

function edgeText({ from, param, port, modified, items, elements }: ExpectedEdge): string {
  const places = items === undefined ? "all" : items.join(",");
  return `${from}:${port} [${places}] -> ${param} [${elements?.join(",") ?? "whole"}]${modified ? " modified" : ""}`;
}

const itemText = ({ input, sources }: { readonly input: string; readonly sources: ReadonlySet<string> }): string =>
  `${input} from ${[...sources].toSorted().join(" ")}`;
