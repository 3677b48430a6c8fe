/** Operations on where the time of a run went: its profile and its spans. */
import { z } from "zod";
import { PAGE_INPUT, PAGE_OUTPUT, PLACE_REFERENCE, RUN_REFERENCE, type Operation } from "./operation.ts";
import { RUN_STATUS } from "./records.ts";

const ms = z.number().describe("ms");
const nodes = z.array(z.string().max(128)).max(100).optional();

export const PROFILE_OPERATIONS: readonly Operation[] = [
  {
    name: "runs.profile",
    summary:
      "Say where the time of a run went: per node and item, on the critical path, and what it would be otherwise",
    description:
      "Times are ms after the first event of the run; child runs are on the same clock. limits, withoutBreaks and withoutGathers ask " +
      "how long the run would have taken: a simulation out of the log, whose assumptions are part of the answer.",
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      node: z.string().max(128).optional().describe("only items of this node"),
      by: z.enum(["run", "queue", "retry", "blocked"]).optional().describe("which items come first; default run"),
      limit: z.number().int().min(1).max(1_000).optional().describe("items told; default 20"),
      limits: nodes.describe("NODE=N: with N items of that node in flight"),
      withoutBreaks: nodes.describe("nodes whose awaited results hold nothing back"),
      withoutGathers: nodes.describe("nodes that gather and wait for no whole set"),
    }),
    output: z.looseObject({
      runId: z.string(),
      workflow: z.string(),
      status: RUN_STATUS,
      durationMs: ms,
      nodes: z.array(
        z.looseObject({ workflow: z.string(), node: z.string(), items: z.number(), totalMs: ms, selfMs: ms }),
      ),
      criticalPath: z.looseObject({
        byKind: z.record(z.string(), z.number()),
        parts: z.array(z.looseObject({ kind: z.string(), fromMs: ms, toMs: ms, address: z.string().optional() })),
        truncated: z.boolean(),
      }),
      concurrency: z.object({ ms, active: z.array(z.number()) }),
      flame: z
        .looseObject({ kind: z.enum(["run", "node"]), name: z.string(), totalMs: ms, selfMs: ms })
        .describe("work by the tree of calls; children are of the same form"),
      items: z.array(z.looseObject({ address: z.string(), node: z.string(), queueMs: ms, runMs: ms, retryMs: ms })),
      itemsTotal: z.number().int(),
      whatIf: z
        .looseObject({ measuredMs: ms, modelMs: ms, predictedMs: ms, assumptions: z.array(z.string()) })
        .optional(),
    }),
    http: { method: "GET", path: "/api/runs/{run}/profile" },
    readsLogsOf: ["run"],
    cli: { command: "profile" },
  },
  {
    name: "runs.spans",
    summary: "Read the span tree of a run: run, call, item, attempt, and what node code opened; child runs inside",
    description:
      "Computed from the log. Ids are the same whoever computes them, and those of the OpenTelemetry export.",
    access: "read",
    input: z.object({
      run: PLACE_REFERENCE.describe("RUN; or RUN.CALL, RUN.CALL.ITEM: what is below that"),
      ...PAGE_INPUT,
    }),
    output: z.object({
      runId: z.string(),
      traceId: z.string(),
      spans: z.array(
        z.looseObject({
          spanId: z.string(),
          parentId: z.string().optional(),
          kind: z.string(),
          name: z.string(),
          startMs: z.number().describe("epoch ms"),
          endMs: z.number().optional().describe("epoch ms; absent: it is open"),
        }),
      ),
      ...PAGE_OUTPUT,
    }),
    http: { method: "GET", path: "/api/runs/{run}/spans" },
    cli: { command: "spans" },
    list: "spans",
  },
];
