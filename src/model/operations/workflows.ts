/** Operations on code: the registered workflows, what they take, the versions that ran, and what messages mean. */
import { z } from "zod";
import { WORKFLOW_NAME, type Operation } from "./operation.ts";

const problem = z.looseObject({
  file: z.string(),
  line: z.number().int().optional(),
  code: z.string(),
  message: z.string(),
});

export const WORKFLOW_OPERATIONS: readonly Operation[] = [
  {
    name: "workflows.list",
    summary: "List the registered workflows, and the files that do not load",
    access: "read",
    input: z.object({}),
    output: z.looseObject({
      workflows: z.array(
        z.looseObject({
          name: z.string(),
          title: z.string().optional(),
          description: z.string().optional(),
          file: z.string(),
          line: z.number().int(),
          exportName: z.string(),
          target: z.string(),
          version: z.string().optional(),
          inputSchema: z.looseObject({}).optional(),
        }),
      ),
      problems: z.array(problem),
      files: z.number().int(),
    }),
    http: { method: "GET", path: "/api/workflows" },
    cli: { command: "list" },
  },
  {
    name: "workflows.describe",
    summary: "Say what a workflow takes: parameters and JSON Schema",
    access: "read",
    input: z.object({
      name: WORKFLOW_NAME,
      source: z.literal("file").optional().describe("with the text of its file, as it is now"),
    }),
    output: z.looseObject({
      name: z.string(),
      file: z.string(),
      onDisk: z.string().describe("absolute path, to edit"),
      text: z.string().optional().describe("of the file, with source"),
      target: z.string(),
      version: z.string(),
      parameters: z.array(z.looseObject({ name: z.string(), type: z.string(), required: z.boolean() })),
      inputSchema: z.looseObject({}).optional(),
      commandLine: z.string(),
      warnings: z.array(z.string()),
    }),
    http: { method: "GET", path: "/api/workflows/{name}" },
    cli: { command: "describe" },
  },
  {
    name: "workflows.check",
    summary: "Say what is not allowed in the workflow files of the project, without running them",
    access: "read",
    input: z.object({ name: WORKFLOW_NAME.optional().describe("only the file of this workflow, and what it imports") }),
    output: z.looseObject({
      findings: z.array(z.looseObject({ file: z.string(), line: z.number(), code: z.string(), message: z.string() })),
      files: z.number().int(),
      errors: z.number().int(),
      warnings: z.number().int(),
    }),
    http: { method: "GET", path: "/api/check" },
    cli: { command: "check" },
  },
  {
    name: "versions.list",
    summary: "List the code versions that runs had, newest first",
    access: "read",
    input: z.object({ workflow: z.string().max(128).optional() }),
    output: z.looseObject({
      versions: z.array(z.looseObject({ workflow: z.string(), version: z.string(), runs: z.number().int() })),
      truncated: z.boolean(),
    }),
    http: { method: "GET", path: "/api/versions" },
    cli: { command: "versions" },
  },
  {
    name: "docs.read",
    summary: "Read the documentation: an error code, a page, or a heading of one",
    description:
      'A long page is answered by its headings, a long section in parts. "readme" and "authoring" are good beginnings.',
    access: "read",
    input: z.object({
      topic: z
        .string()
        .min(1)
        .max(128)
        .describe('such as WG1001, "authoring", "authoring.handles" or words of a heading'),
      part: z.number().int().min(1).optional().describe("of a section in parts; default 1"),
    }),
    output: z.object({
      topic: z.string(),
      title: z.string(),
      code: z.string().optional(),
      path: z.string().describe("of the page, in the package"),
      text: z.string().describe("Markdown"),
      sections: z
        .array(z.object({ topic: z.string(), title: z.string() }))
        .optional()
        .describe("of a long page: what to ask for"),
      part: z.number().int().optional(),
      parts: z.number().int().optional(),
    }),
    http: { method: "GET", path: "/api/docs/{topic}" },
    cli: { command: "docs" },
  },
  {
    name: "health.read",
    summary: "Say who serves here, and which of its parts are degraded",
    access: "read",
    input: z.object({}),
    output: z.looseObject({
      product: z.literal("agentic-workgraph"),
      status: z.enum(["ok", "degraded"]),
      packageVersion: z.string(),
      pid: z.number().int(),
      startedAt: z.string(),
      project: z.string(),
      parts: z.array(
        z.looseObject({ name: z.string(), status: z.enum(["ok", "degraded"]), message: z.string().optional() }),
      ),
    }),
    http: { method: "GET", path: "/api/health" },
    cli: { none: "it is about a server that runs; serve says when it cannot start" },
  },
];
