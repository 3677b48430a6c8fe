/** Operations that explain: where a value came from, why an item ran, what a workflow may do and has done. */
import { z } from "zod";
import { ITEM_REFERENCE, PAGE_INPUT, PAGE_OUTPUT, RUN_REFERENCE, WORKFLOW_NAME, type Operation } from "./operation.ts";
import { ITEM_STATUS } from "./records.ts";

const version = z
  .string()
  .max(128)
  .optional()
  .describe("hash of a version, or its beginning; default that of the newest run");
const limitMs = z
  .number()
  .int()
  .min(1)
  .max(60_000)
  .optional()
  .describe("time the workflow function may take; default 10,000");

/** What is counted over the runs of one version. */
const OF_A_VERSION = z.looseObject({
  workflow: z.string(),
  version: z.string(),
  total: z.number().int(),
  truncated: z.boolean(),
});

export const REASON_OPERATIONS: readonly Operation[] = [
  {
    name: "items.lineage",
    summary: "Say what an item came from, or what it influenced",
    access: "read",
    input: z.object({
      address: ITEM_REFERENCE,
      direction: z
        .enum(["from", "into"])
        .optional()
        .describe("from: what it came from (default); into: what it influenced"),
      depth: z.number().int().min(1).max(1_000).optional(),
      ...PAGE_INPUT,
    }),
    output: z.looseObject({
      runId: z.string(),
      direction: z.string(),
      item: z.looseObject({ id: z.string() }),
      entries: z.array(z.looseObject({ id: z.string(), kind: z.string(), depth: z.number().int() })),
      ...PAGE_OUTPUT,
    }),
    http: { method: "GET", path: "/api/items/{address}/lineage" },
    readsLogsOf: ["address"],
    cli: { command: "lineage" },
    list: "entries",
  },
  {
    name: "items.why",
    summary: "Say what made an item run, or where its result was taken from",
    access: "read",
    input: z.object({ item: ITEM_REFERENCE }),
    output: z.looseObject({
      address: z.string(),
      node: z.string(),
      status: ITEM_STATUS,
      comparedWith: z.string().optional(),
      reasons: z.array(z.looseObject({ kind: z.string() })),
    }),
    http: { method: "GET", path: "/api/items/{item}/why" },
    cli: { command: "why" },
  },
  {
    name: "coverage.read",
    summary: "Say which call sites the runs of a version reached",
    access: "read",
    input: z.object({ workflow: WORKFLOW_NAME, version }),
    output: OF_A_VERSION,
    http: { method: "GET", path: "/api/workflows/{workflow}/coverage" },
    cli: { command: "coverage" },
  },
  {
    name: "shapes.count",
    summary: "Count the distinct shapes of the runs of a version",
    access: "read",
    input: z.object({ workflow: WORKFLOW_NAME, version }),
    output: OF_A_VERSION,
    http: { method: "GET", path: "/api/workflows/{workflow}/shapes" },
    cli: { command: "shapes" },
  },
  {
    name: "graph.ghosts",
    summary: "List call sites of the code that a run did not reach",
    access: "read",
    input: z.object({ run: RUN_REFERENCE }),
    output: z.looseObject({ runId: z.string(), ghosts: z.array(z.looseObject({})) }),
    http: { method: "GET", path: "/api/runs/{run}/ghosts" },
    cli: { command: "graph" },
  },
  {
    name: "workflows.trace",
    summary: "Say what a workflow may do: its function is called, none of its nodes",
    description:
      "The function runs in a process of its own, which is why this is no reading: it is code of the project.",
    access: "launch",
    input: z.object({
      name: WORKFLOW_NAME,
      input: z.record(z.string(), z.unknown()).optional().describe("sample input"),
      run: z.string().max(128).optional().describe("a run whose input and results are taken"),
      results: z.record(z.string(), z.unknown()).optional().describe("sample results by node id"),
      limitMs,
    }),
    output: z.looseObject({ label: z.literal("possible"), sampled: z.boolean(), stops: z.array(z.looseObject({})) }),
    http: { method: "POST", path: "/api/workflows/{name}/trace" },
    cli: { command: "trace" },
  },
  {
    name: "workflows.explain",
    summary: "List the graph breaks of a workflow, and what they cost in a run",
    access: "launch",
    input: z.object({ name: WORKFLOW_NAME, run: RUN_REFERENCE.optional(), limitMs }),
    output: z.looseObject({ label: z.enum(["observed", "static"]), breaks: z.array(z.looseObject({})) }),
    http: { method: "POST", path: "/api/workflows/{name}/explain" },
    cli: { command: "explain" },
  },
];
