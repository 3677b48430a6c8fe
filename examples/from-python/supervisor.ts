/**
 * What you see here: a node that looks at failures and decides. Five sources are read; one is broken, one is empty, one is too slow.
 * The supervisor is given what came and what did not (`settled`), asks `ctx.errors()` how often and why it failed, and plans for each:
 * again with more patience, repaired, or without it. The run ends `completed_partial`, because one source is missing from its
 * report, and its log has every failure, the rescued ones too.
 *
 *   workgraph run examples/from-python/supervisor.ts
 *   workgraph errors latest
 */
import { setTimeout as pause } from "node:timers/promises";

import { FatalError, node, workflow, type Settled } from "agentic-workgraph";

interface Source {
  readonly name: string;
  readonly text: string;
  /** How long it takes to answer. */
  readonly ms: number;
}

interface Reading {
  readonly source: string;
  readonly value: number;
}

interface Plan {
  readonly source: Source;
  readonly action: "again" | "repair" | "skip";
  readonly why: string;
}

const SOURCES: readonly Source[] = [
  { name: "north", text: '{"value": 20}', ms: 0 },
  { name: "east", text: '{"value": 30,}', ms: 0 },
  { name: "south", text: "", ms: 0 },
  { name: "west", text: '{"value": 40}', ms: 400 },
  { name: "center", text: '{"value": 10}', ms: 0 },
];

async function read(source: Source, signal: AbortSignal): Promise<Reading> {
  await pause(source.ms, undefined, { signal });
  if (source.text === "") throw new FatalError(`${source.name} is empty`); // no attempt can change that
  return { source: source.name, ...(JSON.parse(source.text) as { value: number }) };
}

const listSources = node({ id: "list_sources", out: "many" }, () => [...SOURCES]);

const readSource = node(
  { id: "read_source", timeout: "100ms", retries: { max: 1, delay: "5ms" } },
  ({ source }: { source: Source }, ctx) => read(source, ctx.signal),
);

const readPatiently = node({ id: "read_patiently", timeout: "5s" }, ({ source }: { source: Source }, ctx) =>
  read(source, ctx.signal),
);

/** Reads what differs from JSON by a comma too many. */
const repairSource = node({ id: "repair_source" }, async ({ source }: { source: Source }, ctx) => {
  const text = source.text.replaceAll(/,(?=\s*[\]}])/g, "");
  ctx.log.warn("repaired", { source: source.name, text });
  return read({ ...source, text }, ctx.signal);
});

const supervise = node(
  { id: "supervise", gather: ["sources", "readings"], onFailed: "settled", out: "one" },
  async ({ sources, readings }: { sources: Settled<Source>[]; readings: Settled<Reading>[] }, ctx): Promise<Plan[]> => {
    const errors = await ctx.errors({ node: "read_source" });
    return sources.flatMap((source, index): Plan[] => {
      const reading = readings[index];
      if (source.status !== "ok" || reading?.status !== "failed") return [];
      const { kind, name, address, message } = reading.error;
      const attempts = errors.filter((error) => error.address === address).length;
      const why = `${message} (attempts: ${attempts})`;
      if (kind === "timeout") return [{ source: source.value, action: "again", why }];
      return [{ source: source.value, action: name === "SyntaxError" ? "repair" : "skip", why }];
    });
  },
);

const report = node(
  { id: "report", gather: ["first", "later"], onFailed: "drop", whole: ["plan"] },
  async ({ first, later, plan }: { first: Reading[]; later: Reading[]; plan: Plan[] }) => ({
    total: [...first, ...later].reduce((sum, { value }) => sum + value, 0),
    read: first.map(({ source }) => source),
    rescued: later.map(({ source }) => source),
    decisions: plan.map(({ source, action, why }) => `${source.name}: ${action}, because ${why}`),
  }),
);

export const supervisor = workflow({ name: "example-supervisor" }, async () => {
  const sources = listSources({});
  const first = readSource({ source: sources });
  const plan = await supervise({ sources, readings: first });
  const planned = (action: Plan["action"]): Source[] =>
    plan.filter((one) => one.action === action).map(({ source }) => source);
  const again = readPatiently({ source: planned("again") });
  const repaired = repairSource({ source: planned("repair") });
  return report({ first, later: [again, repaired], plan });
});
