/**
 * What is asked in "what if", as it stands in the address: `node=16,break:node,gather:node`.
 *
 * R1. What cannot be understood is left out.
 */
import type { AskedChange } from "../api/profile.ts";
import { shellWord } from "../../src/model/command-line.ts";

export function readChange(text: string | undefined): AskedChange {
  const words = (text ?? "").split(",");
  const named = (prefix: string): readonly string[] =>
    words.filter((word) => word.startsWith(prefix)).map((word) => word.slice(prefix.length));
  return {
    limits: words.filter((word) => /^[^:=]+=[1-9]\d{0,4}$/.test(word)),
    withoutBreaks: named("break:"),
    withoutGathers: named("gather:"),
  };
}

export function changeText({ limits, withoutBreaks, withoutGathers }: AskedChange): string | undefined {
  const words = [
    ...limits,
    ...withoutBreaks.map((node) => `break:${node}`),
    ...withoutGathers.map((node) => `gather:${node}`),
  ];
  return words.length === 0 ? undefined : words.join(",");
}

export function limitOf({ limits }: AskedChange, node: string): number | undefined {
  const found = limits.find((word) => word.startsWith(`${node}=`));
  return found === undefined ? undefined : Number(found.slice(node.length + 1));
}

export function withLimit(change: AskedChange, node: string, limit: number | undefined): AskedChange {
  const others = change.limits.filter((word) => !word.startsWith(`${node}=`));
  return { ...change, limits: limit === undefined ? others : [...others, `${node}=${limit}`] };
}

/** In or out. */
export function toggled(nodes: readonly string[], node: string): readonly string[] {
  return nodes.includes(node) ? nodes.filter((one) => one !== node) : [...nodes, node];
}

export function whatIfCommand(runId: string, { limits, withoutBreaks, withoutGathers }: AskedChange): string {
  const options = [
    ...limits.flatMap((word) => ["--what-if", word]),
    ...withoutBreaks.flatMap((node) => ["--without-break", node]),
    ...withoutGathers.flatMap((node) => ["--without-gather", node]),
  ];
  return ["npx", "workgraph", "profile", runId, ...options.map(shellWord)].join(" ");
}
