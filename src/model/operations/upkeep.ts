/** Operations on the history as a whole: what is kept, whether it is whole, copies of it. */
import { z } from "zod";
import { RUN_REFERENCE, type Operation } from "./operation.ts";

const pinned: z.ZodType = z.looseObject({ runId: z.string(), workflow: z.string(), pinned: z.boolean() });

export const UPKEEP_OPERATIONS: readonly Operation[] = [
  {
    name: "runs.pin",
    summary: "Keep a run, and everything below it, from being forgotten",
    access: "launch",
    input: z.object({ run: RUN_REFERENCE }),
    output: pinned,
    http: { method: "POST", path: "/api/runs/{run}/pin" },
    cli: { command: "pin" },
  },
  {
    name: "runs.unpin",
    summary: "Let a pinned run be forgotten again when its time comes",
    access: "launch",
    input: z.object({ run: RUN_REFERENCE }),
    output: pinned,
    http: { method: "POST", path: "/api/runs/{run}/unpin" },
    cli: { command: "unpin" },
  },
  {
    name: "history.gc",
    summary: "Forget old runs: their logs and values go, a row with the reason stays",
    description:
      "Pinned runs, runs that have not ended and everything above or below them stay. Without olderThan and keep, the retention that " +
      "each workflow declares counts. With dryRun it is only said what would go.",
    access: "admin",
    input: z.object({
      olderThan: z.string().max(32).optional().describe('runs that ended this long ago, as "30d"'),
      keep: z
        .number()
        .int()
        .min(0)
        .optional()
        .describe("the newest runs of each workflow that stay, whatever their age"),
      keepFailed: z.boolean().optional().describe("failed and diverged runs stay"),
      artifacts: z.boolean().optional().describe("their folders go too, but those that a remaining run opened"),
      dryRun: z.boolean().optional(),
    }),
    output: z.looseObject({ dryRun: z.boolean(), forgotten: z.array(z.looseObject({ runId: z.string() })) }),
    http: { method: "POST", path: "/api/history/gc" },
    cli: { command: "gc" },
  },
  {
    name: "history.doctor",
    summary: "Say whether everything that was recorded is still there, and repair what can be",
    access: "admin",
    input: z.object({
      repair: z
        .boolean()
        .optional()
        .describe("remove what dead processes left, write out what is whole of a damaged log"),
      recent: z.number().int().min(1).optional().describe("look at the newest runs only"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      runs: z.number(),
      findings: z.array(z.looseObject({ code: z.string() })),
    }),
    http: { method: "POST", path: "/api/history/doctor" },
    cli: { command: "doctor" },
  },
  {
    name: "history.backup",
    summary: "Copy the history to a file, while runs go on",
    access: "admin",
    input: z.object({ file: z.string().min(1).max(4_096).describe("a file on this machine that is not there yet") }),
    output: z.looseObject({ file: z.string(), sizeBytes: z.number() }),
    http: { none: "it writes a file by its path, and over a network nobody names paths" },
    cli: { command: "backup" },
  },
];
