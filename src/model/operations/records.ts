/** The shapes that several answers share: a run, a call, an item, an error, as programs read them. */
import { z } from "zod";
import { ITEM_STATUSES } from "../status.ts";

const counts = z.record(z.string(), z.number().int()).describe("items by status; statuses without items are left out");

const site = z
  .looseObject({ file: z.string(), line: z.number(), column: z.number(), functionName: z.string().optional() })
  .describe("a place in the author's source; lines and columns count from 1");

export const SOURCE_SITE: z.ZodType = site;

export const SOURCE_PLACE: z.ZodType = z
  .looseObject({
    file: z.string().describe("stored path"),
    line: z.number().int().describe("in the code as it ran, from 1"),
    text: z.string(),
    onDisk: z.string().describe("absolute path, to edit"),
    now: z.enum(["same", "changed", "missing"]).describe("the file on disk, compared with what ran"),
    lineNow: z.number().int().optional().describe("the line in the file as it is now, where that has changed"),
  })
  .describe("a line of the code as it ran, and where to edit it");

export const RUN_STATUS: z.ZodType = z.enum([
  "queued",
  "running",
  "completed",
  "completed_partial",
  "failed",
  "cancelled",
  "interrupted",
  "diverged",
  "paused",
]);

export const ITEM_STATUS: z.ZodType = z.enum(ITEM_STATUSES);

/** Other fields may be added: programs ignore what they do not know. */
export const RUN_FIELDS: Readonly<Record<string, z.ZodType>> = {
  runId: z.string(),
  workflow: z.string(),
  version: z.string().describe('hash of the code that ran, or "unversioned"'),
  status: RUN_STATUS,
  createdAt: z.string().describe("ISO 8601, like every time"),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  durationMs: z.number().optional().describe("from start to end, pauses included; until now while it runs"),
  calls: z.number().int(),
  counts,
  git: z.looseObject({}).optional().describe("commit, branch and whether files were changed"),
  tags: z.record(z.string(), z.string()),
  caller: z.object({ kind: z.string(), id: z.string() }),
  parent: z.looseObject({ run: z.string() }).optional().describe("the item of another run that it stands for"),
  owner: z.object({ pid: z.number(), alive: z.boolean() }).optional(),
  ownerDeaths: z.number().int().optional(),
  priority: z.number().int().optional().describe("of runs that wait: higher first; absent for 0"),
};

export const RUN: z.ZodType = z.looseObject(RUN_FIELDS);

export const ERROR_FIELDS: Readonly<Record<string, z.ZodType>> = {
  code: z.string(),
  kind: z.string().describe("validation, thrown, timeout, model, cancelled or owner-lost"),
  name: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  stack: z.string().optional().describe("frames in the stored source"),
  site: site.optional(),
  place: SOURCE_PLACE.optional(),
  origin: z
    .looseObject({ address: z.string(), code: z.string(), message: z.string(), place: SOURCE_PLACE.optional() })
    .optional()
    .describe("of an item that a child run stands for: the error there from which it came"),
  address: z.string().optional(),
  node: z.string().optional(),
  attempt: z.number().int().optional(),
  seq: z.number().int(),
  final: z.boolean().describe("false for an attempt that was tried again"),
};

export const RUN_ERROR: z.ZodType = z.looseObject(ERROR_FIELDS);

export const CALL_FIELDS: Readonly<Record<string, z.ZodType>> = {
  address: z.string().describe("RUN.CALL"),
  call: z.number().int(),
  node: z.string(),
  kind: z.string(),
  title: z.string().optional(),
  site: site.optional(),
  status: z.string(),
  items: counts,
  error: z.object({ code: z.string(), message: z.string() }).optional(),
};

export const ITEM_FIELDS: Readonly<Record<string, z.ZodType>> = {
  address: z.string().describe("RUN.CALL.ITEM"),
  call: z.number().int(),
  node: z.string(),
  path: z.string().describe("where it came from, such as fetch_urls[3]/split[1]"),
  status: ITEM_STATUS,
  attempts: z.number().int(),
  ms: z.number().optional().describe("duration of the last attempt"),
  size: z.number().int().optional().describe("elements of a result that is many"),
};

export const LOG_LINE: z.ZodType = z.looseObject({
  id: z.number().int(),
  time: z.string(),
  address: z.string(),
  node: z.string(),
  attempt: z.number().int(),
  level: z.string(),
  text: z.string(),
  fields: z.unknown().optional(),
});
