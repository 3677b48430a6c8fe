/** Operations that compare runs, and take them out of a store and into another one. */
import { z } from "zod";
import { ITEM_FIELDS, SOURCE_PLACE } from "./records.ts";
import { RUN_REFERENCE, type Operation } from "./operation.ts";

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

/** Why there is no route. */
const ON_DISK = "it reads or writes a path that the caller names: over HTTP no path is taken";

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
    readsLogsOf: ["a", "b"],
    cli: { command: "diff" },
  },
  {
    name: "runs.first-divergence",
    summary: "Say where two runs part first: the item, what made it another, and the line to look at",
    description:
      "The shortest way from a run that went wrong and one that went well to the cause. Differences that follow from others are left " +
      "out, and child runs are followed. Nodes whose results differ every time (a clock, an id) are passed over with except.",
    access: "read",
    input: z.object({
      a: RUN_REFERENCE.optional().describe(
        "the run that went well, or the earlier one; default: an earlier run that went well, the newest with the same input, or with the most similar one",
      ),
      b: RUN_REFERENCE,
      except: z.array(z.string().max(128)).max(100).optional().describe("nodes whose results differ every time"),
    }),
    output: z.looseObject({
      a: DIFFED_SIDE,
      b: DIFFED_SIDE,
      isSame: z.boolean(),
      first: z.looseObject({ what: z.string(), node: z.string().optional() }).optional(),
      item: z
        .looseObject({
          address: z.string(),
          node: z.string(),
          path: z.string(),
          status: ITEM_FIELDS["status"]!,
          error: z.object({ code: z.string(), message: z.string() }).optional(),
        })
        .optional()
        .describe("of the second run; absent where the workflow function itself differs"),
      cause: z
        .looseObject({ kind: z.string().describe("code, input, outside answer, clock or chance, by hand, or unknown") })
        .optional(),
      places: z
        .array(
          z.intersection(
            SOURCE_PLACE,
            z.looseObject({ how: z.enum(["changed code", "clock or chance", "outside", "error", "call"]) }),
          ),
        )
        .describe("the first one is the line to look at"),
      itemsTotal: z.number().int().describe("items that differ in all"),
    }),
    http: { method: "GET", path: "/api/divergence" },
    readsLogsOf: ["a", "b"],
    cli: { command: "diff" },
  },
  {
    name: "runs.checkout",
    summary: "Make a folder that runs the version that a run had",
    access: "launch",
    input: z.object({ run: RUN_REFERENCE, dir: z.string().min(1).describe("absolute; not there yet, or empty") }),
    output: z.looseObject({ runId: z.string(), folder: z.string(), files: z.array(z.string()), target: z.string() }),
    http: { none: ON_DISK },
    cli: { command: "checkout" },
  },
  {
    name: "runs.export",
    summary: "Write a run with its child runs to one file",
    access: "launch",
    input: z.object({
      run: RUN_REFERENCE,
      file: z.string().min(1).describe("absolute; not there yet"),
      files: z.enum(["included", "left out"]).optional().describe("files of its artifacts; default left out"),
    }),
    output: z.looseObject({ runId: z.string(), file: z.string(), runs: z.number().int(), events: z.number().int() }),
    http: { none: ON_DISK },
    cli: { command: "export" },
  },
  {
    name: "runs.import",
    summary: "Take in runs that were exported elsewhere, without executing anything",
    access: "admin",
    input: z.object({
      file: z.string().min(1).describe("absolute"),
    }),
    output: z.looseObject({ runId: z.string(), runs: z.array(z.string()), known: z.array(z.string()) }),
    http: { none: ON_DISK },
    cli: { command: "import" },
  },
];
