/** Operations that compare runs, and take them out of a store and into another one. */
import { z } from "zod";
import type { Operation } from "./operation.ts";

const side = z
  .string()
  .min(1)
  .max(192)
  .describe('a run (id, beginning of one, or "latest"), or WORKFLOW@HASH for a version');

const DIFFED_SIDE = z.looseObject({
  kind: z.enum(["run", "version"]),
  runId: z.string(),
  workflow: z.string(),
  version: z.string(),
});

export const COMPARISON_OPERATIONS: readonly Operation[] = [
  {
    name: "runs.diff",
    summary: "Say what differs between two runs or versions, where they part first, and what made them",
    access: "read",
    input: z.object({
      a: side,
      b: side,
      limit: z.number().int().min(0).max(1_000).optional().describe("items, calls and changes told; default 50"),
    }),
    output: z.looseObject({
      a: DIFFED_SIDE,
      b: DIFFED_SIDE,
      isSame: z.boolean(),
      first: z
        .looseObject({ what: z.string(), cause: z.looseObject({ kind: z.string() }) })
        .optional()
        .describe(
          "the first divergence; cause.kind is code, input, outside answer, clock or chance, by hand, or unknown",
        ),
    }),
    http: { method: "GET", path: "/api/diff" },
    cli: { command: "diff" },
  },
];
