/** The OpenAPI 3.1 document of the routes, from the operations and from nothing else. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { OPERATIONS } from "../model/operations/catalog.ts";
import { isReached, pathParameters, type Operation } from "../model/operations/operation.ts";
import { OPERATION_STATE } from "../model/operations/operations.ts";

const error = z.object({
  error: z.object({
    code: z.string().describe("stable; docs/errors.md has a section for each"),
    message: z.string(),
    hint: z.string().optional().describe("what to do now"),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});

const MEDIA_TYPES = {
  json: "application/json",
  stream: "text/event-stream",
  file: "application/octet-stream",
} as const;

const GOING_ON = {
  description: "it takes its time: ask operations.show for the rest, with the id",
  headers: { location: { description: "where to ask", schema: { type: "string" as const } } },
  content: { "application/json": { schema: OPERATION_STATE } },
};

type Registry = OpenAPIHono["openAPIRegistry"];
type Document = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

export function describeApi(app: OpenAPIHono, version: string): Document {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  for (const operation of OPERATIONS) register(app.openAPIRegistry, operation);
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "agentic-workgraph",
      version,
      description:
        "Launch, watch and read runs. Writes are JSON and need a token; lists have limit and cursor; no answer is longer than 1 MB.",
    },
  });
}

function register(registry: Registry, operation: Operation): void {
  const { http, name, summary, description, access } = operation;
  if (!isReached(http)) return;
  const shape = operation.input.shape;
  const inPath = pathParameters(http.path);
  const others = Object.fromEntries(Object.entries(shape).filter(([field]) => !inPath.includes(field)));
  const isGet = http.method === "GET";
  registry.registerPath({
    method: http.method.toLowerCase() as "get" | "post" | "delete",
    path: http.path,
    operationId: name,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [name.split(".")[0]!],
    security: access === "read" ? [{}, { token: [] }] : [{ token: [] }],
    request: {
      ...(inPath.length === 0
        ? {}
        : { params: z.object(Object.fromEntries(inPath.map((field) => [field, shape[field] as z.ZodType]))) }),
      ...(isGet
        ? { query: z.object(others) }
        : { body: { required: true, content: { "application/json": { schema: z.object(others) } } } }),
    },
    responses: {
      [http.status ?? 200]: {
        description: "the answer",
        content: { [MEDIA_TYPES[operation.answer ?? "json"]]: { schema: operation.output } },
      },
      ...(operation.readsLogsOf === undefined ? {} : { 202: GOING_ON }),
      default: { description: "an error", content: { "application/json": { schema: error } } },
    },
  });
}
