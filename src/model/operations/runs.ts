/** Operations on runs as wholes: the history, one run, and what is done to it. */
import { z } from "zod";
import { PAGE_INPUT, PAGE_OUTPUT, PLACE_REFERENCE, RUN_REFERENCE, WORKFLOW_NAME, type Operation } from "./operation.ts";
import { CALL_FIELDS, RUN, RUN_ERROR, RUN_FIELDS, RUN_STATUS } from "./records.ts";

/** Above it a connection would be taken for dead. */
const WAIT_MS = z
  .number()
  .int()
  .min(0)
  .max(50_000)
  .optional()
  .describe("answers when the run has ended, at the latest after so many ms, with its status; default 0: at once");

export const RUN_OPERATIONS: readonly Operation[] = [
  {
    name: "runs.list",
    summary: "List runs, newest first",
    access: "read",
    input: z.object({
      workflow: z.string().max(128).optional().describe("name of a workflow, registered or not"),
      status: RUN_STATUS.optional(),
      version: z.string().max(128).optional(),
      tags: z.record(z.string(), z.string()).optional().describe("all of these; in a query: tags=key=value"),
      level: z
        .enum(["root", "all"])
        .optional()
        .describe("root: no child runs; default: root, and all for one workflow, one version or one parent"),
      parent: RUN_REFERENCE.optional().describe("only the child runs of this run"),
      from: z.string().max(64).optional().describe('created at or after: ISO 8601, or how long ago, such as "7d"'),
      to: z.string().max(64).optional().describe("created before"),
      minMs: z.number().min(0).optional().describe("ended, and took at least so long"),
      maxMs: z.number().min(0).optional().describe("ended, and took at most so long"),
      text: z
        .string()
        .max(1_000)
        .optional()
        .describe("words that all occur in one error, log line or value of the run"),
      ...PAGE_INPUT,
    }),
    output: z.object({
      runs: z.array(RUN),
      incomplete: z
        .string()
        .optional()
        .describe("of a text that very much has: older runs are missing, or come with the next page"),
      ...PAGE_OUTPUT,
    }),
    http: { method: "GET", path: "/api/runs" },
    cli: { command: "runs" },
    list: "runs",
  },
  {
    name: "runs.show",
    summary: "Show a run: what it is, its calls, its first errors, previews of input and output",
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      limit: z.number().int().min(1).max(2_000).optional().describe("calls shown at most; default 200"),
    }),
    output: z.looseObject({
      ...RUN_FIELDS,
      input: z.string().optional().describe("one line of JSON, cut; values.read gives all of it"),
      output: z.string().optional().describe("one line of JSON, cut"),
      callList: z.array(z.looseObject(CALL_FIELDS)),
      callsTruncated: z.boolean(),
      errors: z.array(RUN_ERROR),
      errorsTruncated: z.boolean(),
    }),
    http: { method: "GET", path: "/api/runs/{run}" },
    cli: { command: "show" },
  },
  {
    name: "runs.tree",
    summary: "Show a run with everything below it: child runs at their items, and what the tree comes to, live",
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      limit: z.number().int().min(1).max(5_000).optional().describe("runs shown at most; default 200"),
    }),
    output: z.looseObject({
      tree: z
        .looseObject({ ...RUN_FIELDS, children: z.array(z.looseObject({})) })
        .describe(
          "each child is a run of the same form, with the call (node) and item above it; rollUp counts all below",
        ),
      above: z.array(z.looseObject({ runId: z.string(), workflow: z.string() })).describe("topmost first"),
      total: z.number().int(),
      truncated: z.boolean(),
    }),
    http: { method: "GET", path: "/api/runs/{run}/tree" },
    cli: { command: "show" },
  },
  {
    name: "runs.launch",
    summary: "Start a run of a registered workflow",
    description:
      "The input is checked against the schema or the annotation of the workflow before anything starts. With an idempotency key " +
      "a second launch answers the run of the first; the same key with another input is WG5008.",
    access: "launch",
    input: z.object({
      name: WORKFLOW_NAME,
      input: z.record(z.string(), z.unknown()).optional().describe("parameters by name; workflows.describe says which"),
      tags: z.record(z.string().max(64), z.string().max(256)).optional(),
      idempotencyKey: z.string().min(1).max(256).optional().describe("over HTTP also the header Idempotency-Key"),
      priority: z.number().int().min(-100).max(100).optional().describe("of runs that wait: higher first; default 0"),
      waitMs: WAIT_MS,
    }),
    output: z.looseObject({
      runId: z.string(),
      workflow: z.string(),
      version: z.string(),
      status: RUN_STATUS,
      created: z.boolean().describe("false: the idempotency key named this run"),
    }),
    http: { method: "POST", path: "/api/workflows/{name}/runs", status: 201 },
    cli: { command: "run" },
  },
  {
    name: "nodes.run",
    summary: "Run one node of a workflow on an input, as a run of its own",
    description:
      "The run is named WORKFLOW--NODE and stands in the history beside the others; it counts among the runs of no workflow. The node " +
      "does what it does: one with an effect has it.",
    access: "launch",
    input: z.object({
      name: WORKFLOW_NAME,
      node: z.string().min(1).max(64).describe("id of the node"),
      input: z.record(z.string(), z.unknown()).optional().describe("what the node takes, by parameter"),
      tags: z.record(z.string().max(64), z.string().max(256)).optional(),
      waitMs: WAIT_MS,
    }),
    output: z.looseObject({ runId: z.string(), workflow: z.string(), version: z.string(), status: RUN_STATUS }),
    http: { method: "POST", path: "/api/workflows/{name}/nodes/{node}/runs", status: 201 },
    cli: { command: "run-node" },
  },
  {
    name: "runs.resume",
    summary: "Go on with a failed, interrupted, cancelled or paused run",
    access: "launch",
    input: z.object({ run: RUN_REFERENCE, waitMs: WAIT_MS }),
    output: z.looseObject({ runId: z.string(), workflow: z.string(), version: z.string(), status: RUN_STATUS }),
    http: { method: "POST", path: "/api/runs/{run}/resume", status: 202 },
    cli: { command: "resume" },
  },
  {
    name: "runs.fork",
    summary: "Start a run that takes over what still holds of another one",
    description:
      "Items whose code and inputs are what they were are taken over, what changed executes. With dryRun it is only said which, " +
      "and nothing is started.",
    access: "launch",
    input: z.object({
      run: RUN_REFERENCE,
      code: z.enum(["current", "recorded"]).optional().describe("default current"),
      input: z.record(z.string(), z.unknown()).optional().describe("in place of the recorded input"),
      from: z
        .array(z.string().max(128))
        .max(1_000)
        .optional()
        .describe("nodes and addresses that execute whatever is known"),
      set: z
        .array(z.object({ address: z.string().max(128), value: z.unknown() }))
        .max(1_000)
        .optional()
        .describe("results of items, given by hand"),
      tags: z.record(z.string().max(64), z.string().max(256)).optional(),
      dryRun: z.boolean().optional().describe("say what would execute and what is reused; start nothing"),
      waitMs: WAIT_MS,
    }),
    output: z.looseObject({ runId: z.string().optional(), status: RUN_STATUS.optional() }),
    http: { method: "POST", path: "/api/runs/{run}/fork", status: 201 },
    cli: { command: "fork" },
  },
  {
    name: "runs.rerun",
    summary: "Start a run with the input of another one",
    access: "launch",
    input: z.object({
      run: RUN_REFERENCE,
      code: z.enum(["current", "recorded"]).optional().describe("default current"),
      input: z.record(z.string(), z.unknown()).optional().describe("in place of the recorded input"),
      tags: z.record(z.string().max(64), z.string().max(256)).optional(),
      waitMs: WAIT_MS,
    }),
    output: RUN,
    http: { method: "POST", path: "/api/runs/{run}/rerun", status: 201 },
    cli: { command: "rerun" },
  },
  {
    name: "runs.cancel",
    summary: "Ask a run to stop",
    access: "launch",
    input: z.object({ run: RUN_REFERENCE, reason: z.string().max(500).optional().describe("recorded with the run") }),
    output: z.looseObject({
      ...RUN_FIELDS,
      cancel: z
        .enum(["ended", "asked", "orphan"])
        .describe("ended: before; asked: its owner stops it; orphan: nobody ran it"),
    }),
    http: { method: "POST", path: "/api/runs/{run}/cancel", status: 202 },
    cli: { command: "cancel" },
  },
  {
    name: "runs.wait",
    summary: "Wait until a run has ended, at most for a while",
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      timeoutMs: z.number().int().min(0).max(25_000).optional().describe("default 25,000; WG5043 when it passed"),
    }),
    output: RUN,
    http: { method: "GET", path: "/api/runs/{run}/wait" },
    cli: { command: "wait" },
  },
  {
    name: "runs.watch",
    summary: "Read what happens in a run from now on: so many events at most, within so much time",
    description:
      "Answers as soon as there is something behind the given event, when the run is over, or when the time has passed.",
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      after: z
        .number()
        .int()
        .min(0)
        .optional()
        .describe('the "after" of the answer before; default 0: from the beginning'),
      types: z.array(z.string()).optional().describe("such as item.failed"),
      limit: z.number().int().min(1).max(1_000).optional().describe("events at most; default 50"),
      waitMs: z.number().int().min(0).max(25_000).optional().describe("default 10,000"),
    }),
    output: z.object({
      runId: z.string(),
      status: RUN_STATUS,
      events: z.array(z.looseObject({ seq: z.number().int(), time: z.string(), type: z.string() })),
      after: z.number().int().describe("give it back to go on"),
      over: z.boolean().describe("nothing more will come"),
    }),
    http: { method: "GET", path: "/api/runs/{run}/watch" },
    cli: { command: "watch" },
  },
  {
    name: "runs.stream",
    summary: "Follow the events of a run as they are committed (server-sent events)",
    description:
      "id: is the seq of the event; Last-Event-ID (or after) goes on behind one. Messages: event, status, dropped (this client " +
      "was too slow: connect again), end (the run has ended).",
    access: "read",
    input: z.object({
      run: RUN_REFERENCE,
      after: z.number().int().min(0).optional().describe("seq to go on behind; default 0, or Last-Event-ID"),
      types: z.array(z.string()).optional().describe("only events of these types"),
      call: z.number().int().min(1).optional().describe("only events that name this call"),
    }),
    output: z.string(),
    http: { method: "GET", path: "/api/runs/{run}/stream" },
    cli: { command: "watch" },
    answer: "stream",
  },
  {
    name: "logs.stream",
    summary: "Follow what nodes log, report and stream, tokens of models among it (server-sent events)",
    description:
      "id: is the number of the line; Last-Event-ID (or after) goes on behind one. Messages: line, end (the run has ended, or nobody " +
      "runs it).",
    access: "read",
    input: z.object({
      run: PLACE_REFERENCE,
      after: z.number().int().min(0).optional().describe("number to go on behind; default 0, or Last-Event-ID"),
      levels: z.array(z.string()).optional().describe("only lines of these levels, such as stream"),
    }),
    output: z.string(),
    http: { method: "GET", path: "/api/runs/{run}/logs/stream" },
    cli: { command: "logs" },
    answer: "stream",
  },
  {
    name: "runs.changes",
    summary: "Follow the newest runs: their summaries as they change (server-sent events)",
    access: "read",
    input: z.object({ workflow: z.string().max(128).optional() }),
    output: z.string(),
    http: { method: "GET", path: "/api/stream" },
    cli: { none: "a terminal watches one run; runs --json asks again" },
    answer: "stream",
  },
  {
    name: "output.read",
    summary: "Read what a run returned",
    access: "read",
    input: z.object({ run: RUN_REFERENCE }),
    output: z.looseObject({
      runId: z.string(),
      workflow: z.string(),
      status: RUN_STATUS,
      output: z
        .unknown()
        .optional()
        .describe("absent when it is longer than 64 KB: then preview, length and values.read"),
      preview: z.string().optional(),
      length: z.number().int().optional().describe("characters of the output as JSON"),
    }),
    http: { method: "GET", path: "/api/runs/{run}/output" },
    cli: { command: "output" },
  },
];
