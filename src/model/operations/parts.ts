/** Operations on what is inside a run: calls, items, values, events, errors, logs, its graph and its source. */
import { z } from "zod";
import {
  ITEM_REFERENCE,
  PAGE_INPUT,
  PAGE_OUTPUT,
  PLACE_REFERENCE,
  RUN_REFERENCE,
  type Operation,
} from "./operation.ts";
import {
  CALL_FIELDS,
  ITEM_FIELDS,
  ITEM_STATUS,
  LOG_LINE,
  RUN_ERROR,
  RUN_STATUS,
  SOURCE_PLACE,
  SOURCE_SITE,
} from "./records.ts";

const runId = z.string();
const preview = z.literal("preview").optional().describe("with one line of each value");

export const PART_OPERATIONS: readonly Operation[] = [
  {
    name: "calls.show",
    summary: "Show one call: where its inputs come from, its edges, its items by status",
    access: "read",
    input: z.object({ call: z.string().max(128).describe("the address of a call: RUN.CALL") }),
    output: z.looseObject({
      ...CALL_FIELDS,
      runId,
      inputs: z.record(z.string(), z.unknown()),
      edges: z.array(z.unknown()),
      many: z.boolean(),
    }),
    http: { method: "GET", path: "/api/calls/{call}" },
    cli: { command: "show" },
  },
  {
    name: "items.list",
    summary: "List the items of a run or a call",
    access: "read",
    input: z.object({
      run: PLACE_REFERENCE,
      node: z.string().max(128).optional(),
      status: z.array(ITEM_STATUS).optional(),
      values: preview,
      at: z.number().int().min(1).optional().describe("as they stood at the event with this seq; default now"),
      ...PAGE_INPUT,
    }),
    output: z.object({
      runId,
      items: z.array(
        z.looseObject({
          ...ITEM_FIELDS,
          value: z.string().optional().describe("one line, cut"),
          error: z.object({ code: z.string(), message: z.string() }).optional(),
        }),
      ),
      ...PAGE_OUTPUT,
    }),
    http: { method: "GET", path: "/api/runs/{run}/items" },
    cli: { command: "items" },
    list: "items",
  },
  {
    name: "items.find",
    summary: "Find items for which an expression over what they were given and what they gave is true",
    description:
      'For example: value.score < 0.5 and not input.url contains "draft". Comparisons: == != < <= > >= contains startsWith endsWith ' +
      "matches in; joined by and, or, not, ( ). Paths begin with value, input, error, status, path, attempts, ms or node and go on " +
      'with .name, [3], ["a name"] or [*] (any element); length(x), type(x), lower(x); missing is what is not there. Patterns of ' +
      "matches have no back references.",
    access: "read",
    input: z.object({
      run: PLACE_REFERENCE,
      node: z.string().max(128).optional().describe("only items of this node"),
      where: z.string().min(1).max(1_000).describe("the expression"),
      ...PAGE_INPUT,
    }),
    output: z.object({
      runId,
      items: z.array(
        z.looseObject({
          ...ITEM_FIELDS,
          value: z.string().optional().describe("one line, cut"),
          error: z.object({ code: z.string(), message: z.string() }).optional(),
        }),
      ),
      scanned: z.number().int().describe("items that were looked at for this page"),
      ...PAGE_OUTPUT,
    }),
    http: { method: "GET", path: "/api/runs/{run}/find" },
    cli: { command: "find" },
    list: "items",
  },
  {
    name: "items.show",
    summary: "Show one item: what went in, what came out, its errors and its logs",
    access: "read",
    input: z.object({ item: ITEM_REFERENCE }),
    output: z.looseObject({
      ...ITEM_FIELDS,
      runId,
      workflow: z.string(),
      inputs: z.array(z.looseObject({ param: z.string() })),
      value: z.unknown().optional().describe("absent when it is longer than 64 KB: values.read gives all of it"),
      preview: z.string().optional(),
      valueLength: z.number().int().optional(),
      elements: z.array(z.string()).optional(),
      errors: z.array(RUN_ERROR),
      logs: z.array(LOG_LINE),
    }),
    http: { method: "GET", path: "/api/items/{item}" },
    cli: { command: "show" },
  },
  {
    name: "values.read",
    summary: "Read a value as JSON text, or a range of a long one",
    description:
      "Ranges count characters (UTF-16 units) of the JSON text: put the parts of one value together in order.",
    access: "read",
    input: z.object({
      address: PLACE_REFERENCE.describe("RUN.CALL.ITEM for a result; RUN for the input or output of a run"),
      of: z.enum(["result", "input", "output"]).optional().describe("default: result of an item, output of a run"),
      element: z.number().int().min(0).optional().describe("of a result that is many: which element, from 0"),
      offset: z.number().int().min(0).optional().describe("default 0"),
      length: z.number().int().min(1).max(262_144).optional().describe("default 65,536"),
    }),
    output: z.object({
      address: z.string(),
      of: z.string(),
      element: z.number().int().optional(),
      text: z.string(),
      offset: z.number().int(),
      length: z.number().int().describe("of the whole text"),
      truncated: z.boolean().describe("there is more behind this part"),
    }),
    http: { method: "GET", path: "/api/values/{address}" },
    cli: { command: "show" },
  },
  {
    name: "events.list",
    summary: "Read the event log of a run",
    access: "read",
    input: z.object({
      run: PLACE_REFERENCE,
      types: z.array(z.string()).optional().describe("such as item.failed"),
      values: preview,
      ...PAGE_INPUT,
    }),
    output: z.object({
      runId,
      events: z.array(
        z.looseObject({
          seq: z.number().int(),
          time: z.string(),
          type: z.string(),
          event: z.looseObject({ type: z.string() }),
          value: z.string().optional(),
        }),
      ),
      ...PAGE_OUTPUT,
    }),
    http: { method: "GET", path: "/api/runs/{run}/events" },
    cli: { command: "events" },
    list: "events",
  },
  {
    name: "errors.list",
    summary: "List what went wrong in a run",
    access: "read",
    input: z.object({
      run: PLACE_REFERENCE,
      node: z.string().max(128).optional(),
      kind: z.enum(["validation", "thrown", "timeout", "model", "cancelled", "owner-lost"]).optional(),
      attempts: z.enum(["final", "all"]).optional().describe("all: attempts that were tried again too"),
      ...PAGE_INPUT,
    }),
    output: z.object({ runId, errors: z.array(RUN_ERROR), ...PAGE_OUTPUT }),
    http: { method: "GET", path: "/api/runs/{run}/errors" },
    cli: { command: "errors" },
    list: "errors",
  },
  {
    name: "logs.list",
    summary: "List what nodes logged, reported and streamed",
    access: "read",
    input: z.object({ run: PLACE_REFERENCE, levels: z.array(z.string()).optional(), ...PAGE_INPUT }),
    output: z.object({ runId, lines: z.array(LOG_LINE), ...PAGE_OUTPUT }),
    http: { method: "GET", path: "/api/runs/{run}/logs" },
    cli: { command: "logs" },
    list: "lines",
  },
  {
    name: "runs.timeline",
    summary: "Read when the items of a run ran: spans in lanes by node, or counts per bucket where there are too many",
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      waits: z.enum(["told"]).optional().describe("told: when each attempt could have started, too, as readyMs"),
    }),
    output: z.looseObject({
      runId,
      seq: z.number().int(),
      startedAt: z.number(),
      endMs: z.number(),
      rows: z.array(z.looseObject({ node: z.string(), attempts: z.number().int(), lanes: z.number().int() })),
    }),
    http: { method: "GET", path: "/api/runs/{run}/timeline" },
    cli: { none: "spans are drawn; the command line tells the same with items and profile" },
  },
  {
    name: "runs.view",
    summary: "Read a run as its events fold, now or as it stood at an event",
    description:
      "What a reader begins with before it follows the stream: calls, counters, the newest errors. Of each call `unfinishedRanges` has the " +
      'numbers of items that are not completed, by status: { "failed": "0-2,5" }.',
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      at: z.number().int().min(0).optional().describe("seq of the last event to fold; default all"),
      when: z
        .enum(["soon"])
        .optional()
        .describe("soon: of a long log that would have to be read first, what is known without (isOutline)"),
    }),
    output: z.looseObject({
      runId,
      status: RUN_STATUS,
      view: z.looseObject({ seq: z.number().int() }),
      isOutline: z
        .boolean()
        .optional()
        .describe("calls, statuses and counts alone: no times, retries and errors; nothing to go on from"),
    }),
    http: { method: "GET", path: "/api/runs/{run}/view" },
    cli: { none: "the command line folds the events itself, as they come (watch)" },
  },
  {
    name: "graph.read",
    summary: "Read the graph of a run: call by call, or one vertex per call site",
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      shape: z.enum(["unrolled", "folded"]).optional().describe("default unrolled"),
      format: z.enum(["text", "mermaid", "dot"]).optional().describe("in place of JSON; text is the shortest"),
    }),
    output: z.looseObject({
      runId,
      workflow: z.string(),
      version: z.string(),
      status: RUN_STATUS,
      text: z.string().optional().describe("with a format"),
    }),
    http: { method: "GET", path: "/api/runs/{run}/graph" },
    cli: { command: "graph" },
  },
  {
    name: "source.read",
    summary: "Read the source that a run ran with",
    access: "read",
    input: z.object({
      run: PLACE_REFERENCE.describe("RUN, or RUN.CALL for the file that call is made in"),
      file: z.string().max(1_024).optional().describe("the stored path of one file, or its end"),
      node: z.string().max(128).optional().describe("id of a node: only the pieces of code it is made of"),
      line: z.number().int().min(1).optional().describe("only the part around this line"),
      around: z.number().int().min(0).max(1_000).optional().describe("lines before and after it; default 20"),
    }),
    output: z.looseObject({
      runId,
      workflow: z.string(),
      version: z.string(),
      files: z.array(
        z.looseObject({
          path: z.string(),
          text: z.string(),
          fromLine: z.number().int().optional().describe("of a part: its first line, from 1"),
          onDisk: z.string().describe("absolute path, to edit"),
          now: z.enum(["same", "changed", "missing"]).describe("the file on disk, compared with what ran"),
        }),
      ),
      site: SOURCE_SITE.optional(),
      place: SOURCE_PLACE.optional(),
    }),
    http: { method: "GET", path: "/api/runs/{run}/source" },
    cli: { command: "source" },
  },
];
