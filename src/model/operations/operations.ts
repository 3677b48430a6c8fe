/** Operations on what is being worked out: long answers, followed and cancelled by id. */
import { z } from "zod";
import type { Operation } from "./operation.ts";

const id = z.string().min(1).max(64).describe("as the answer with status 202 gave it");

/** How long an answer is waited for at most, in ms. */
export const MAX_WAIT_MS = 20_000;

export const OPERATION_STATE: z.ZodObject = z.object({
  id: z.string(),
  operation: z.string().describe("the name of what was asked for"),
  status: z.enum(["waiting", "running", "completed", "failed", "cancelled"]),
  events: z.number().int().describe("events of the logs that are read"),
  progress: z
    .object({
      done: z.number().int(),
      total: z.number().int().describe("at most: what the answer does not need is not read"),
      unit: z.enum(["events", "answers", "bytes"]),
    })
    .optional()
    .describe("how far it is, once it has begun"),
  elapsedMs: z.number().describe("since it was asked for, until it ended"),
  answer: z.unknown().optional().describe("when completed: what the operation itself answers"),
  error: z
    .looseObject({ code: z.string(), message: z.string(), hint: z.string().optional() })
    .optional()
    .describe("when failed or cancelled"),
});

const NO_COMMAND = "the command line waits for its answers itself";

export const RUNNING_OPERATIONS: readonly Operation[] = [
  {
    name: "operations.show",
    summary: "Say how a long answer stands, and give it when it is there",
    description:
      "Operations that read whole event logs answer with status 202 and an id when they need more than a moment. What nobody asks after " +
      "for 30 s is cancelled; answers are kept for 5 minutes, and not longer than the server runs.",
    access: "read",
    input: z.object({
      id,
      waitMs: z.number().int().min(0).max(MAX_WAIT_MS).optional().describe("wait so long for its end; default 0"),
    }),
    output: OPERATION_STATE,
    http: { method: "GET", path: "/api/operations/{id}" },
    cli: { none: NO_COMMAND },
  },
  {
    name: "operations.cancel",
    summary: "End the work on a long answer; one that is there already stays",
    access: "launch",
    input: z.object({ id }),
    output: OPERATION_STATE,
    http: { method: "POST", path: "/api/operations/{id}/cancel" },
    cli: { none: NO_COMMAND },
  },
];
