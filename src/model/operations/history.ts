/** Operations on all runs together: what they recorded, what goes wrong in them, and what starts them. */
import { z } from "zod";
import { PAGE_INPUT, PAGE_OUTPUT, RUN_REFERENCE, WORKFLOW_NAME, type Operation } from "./operation.ts";

const workflow = z.string().max(128).optional().describe("name of a workflow, registered or not");

export const HISTORY_OPERATIONS: readonly Operation[] = [
  {
    name: "runs.search",
    summary: "Search the errors, log lines and values of all runs",
    description:
      "All words must occur in one record, each as the beginning of a word; a phrase in double quotes as it stands. Errors come " +
      "first, then log lines, then values, newest first. lag says what is not searched yet.",
    access: "read",
    input: z.object({
      text: z.string().min(1).max(1_000),
      kinds: z
        .array(z.enum(["error", "log", "value"]))
        .optional()
        .describe("default all"),
      workflow,
      run: RUN_REFERENCE.optional().describe("only within this run"),
      ...PAGE_INPUT,
    }),
    output: z.object({
      hits: z.array(
        z.looseObject({
          kind: z.enum(["error", "log", "value"]),
          runId: z.string(),
          workflow: z.string(),
          version: z.string(),
          address: z.string(),
          time: z.string(),
          snippet: z.string(),
        }),
      ),
      lag: z
        .object({ events: z.number().int(), lines: z.number().int(), more: z.boolean() })
        .describe("what is not searched yet; errors never lag"),
      ...PAGE_OUTPUT,
    }),
    http: { method: "GET", path: "/api/search" },
    cli: { command: "search" },
    list: "hits",
  },
  {
    name: "errors.groups",
    summary: "List what goes wrong over all runs, errors with one reason together, last seen first",
    access: "read",
    input: z.object({
      workflow,
      version: z.string().max(128).optional(),
      run: RUN_REFERENCE.optional().describe("groups that this run had"),
      node: z.string().max(128).optional(),
      code: z.string().max(64).optional(),
      fingerprint: z.string().max(64).optional(),
      since: z.string().max(64).optional().describe('last seen at or after: ISO 8601, or how long ago, such as "7d"'),
      ...PAGE_INPUT,
    }),
    output: z.object({
      groups: z.array(
        z.looseObject({
          fingerprint: z.string(),
          workflow: z.string(),
          code: z.string(),
          node: z.string().optional(),
          pattern: z.string(),
          message: z.string(),
          firstSeen: z.string(),
          lastSeen: z.string(),
          count: z.number().int().describe("attempts that ended so, those that were retried included"),
          finalCount: z.number().int(),
          runs: z.number().int(),
          versions: z.array(z.object({ version: z.string(), runs: z.number().int(), lastSeen: z.string() })),
          last: z.object({ runId: z.string(), address: z.string(), seq: z.number().int() }),
        }),
      ),
      ...PAGE_OUTPUT,
    }),
    http: { method: "GET", path: "/api/errors/groups" },
    cli: { command: "error-groups" },
    list: "groups",
  },
  {
    name: "triggers.list",
    summary: "List what starts runs by itself: schedules with their next moments, webhooks, who is told of failures",
    access: "read",
    input: z.object({
      workflow: WORKFLOW_NAME.optional(),
      next: z.number().int().min(1).max(100).optional().describe("moments shown of each schedule; default 3"),
    }),
    output: z.object({
      triggers: z.array(
        z.looseObject({
          workflow: z.string(),
          file: z.string(),
          line: z.number().int(),
          schedule: z
            .looseObject({
              cron: z.string(),
              timeZone: z.string().optional(),
              missed: z.enum(["skip", "once", "all"]),
              next: z.array(z.string()),
              last: z.object({ at: z.string(), runId: z.string() }).optional(),
            })
            .optional(),
          webhook: z.looseObject({ path: z.string(), secret: z.enum(["environment", "file", "none"]) }).optional(),
          onRunFailed: z.string().optional().describe("name of the workflow that is started when a run has failed"),
        }),
      ),
    }),
    http: { method: "GET", path: "/api/triggers" },
    cli: { command: "triggers" },
  },
];
