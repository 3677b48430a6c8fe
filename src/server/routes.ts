/**
 * The routes: one for each operation that has one, made from its description.
 *
 * Owns: from a request that was admitted to the input of an operation, and from its answer to a response. Leaves to gate.ts: who
 * asks; to app/registry.ts: the input's check and the work.
 *
 * R1. No route is written by hand that an operation could describe; a webhook is one that none could: its sender is known by the bytes
 *     of its body. A path with another method says which there are.
 * R2. A HEAD is a GET without its body.
 * R3. What reads long logs is answered with 202 and an id when it is not there in a moment.
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { answerWithin, MAX_ANSWER_BYTES } from "../app/answer.ts";
import {
  checkInput,
  isAnswered,
  longQuestion,
  perform,
  requireAccess,
  type OperationContext,
} from "../app/registry.ts";
import type { RunFiles } from "../app/run-files.ts";
import { OPERATIONS } from "../model/operations/catalog.ts";
import { isReached, pathParameters, type HttpRoute, type Operation } from "../model/operations/operation.ts";
import { OPERATION_STATE } from "../model/operations/operations.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Defences } from "./defences.ts";
import { describeApi } from "./openapi.ts";
import { inputOfQuery } from "./query.ts";
import { jsonAnswer } from "./response.ts";
import { artifactFile } from "./artifact-file.ts";
import { exportDownload } from "./export-download.ts";
import type { Streams } from "./streams.ts";
import { uiAnswer } from "./ui.ts";
import { answerWebhook, WEBHOOK_ROUTE } from "./webhook.ts";

export interface RouteParts {
  readonly defences: Defences;
  readonly streams: Streams;
  readonly uiFolder: string;
  readonly packageVersion: string;
  /** Handlers that others bring for paths of their own, such as "/mcp". */
  readonly mounts: readonly Mount[];
}

export interface Mount {
  readonly path: string;
  /** Called for requests that the gate admitted; `context.access` says what their caller may do. */
  handle(request: Request, context: OperationContext): Promise<Response>;
}

export interface RouteVariables {
  readonly operation: OperationContext;
}

type Env = { readonly Bindings: RouteVariables };

const ID = /^[0-9A-Za-z_.-]{1,128}$/;

export function routesOf(parts: RouteParts): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>();
  const byPath = Map.groupBy(
    OPERATIONS.filter((operation) => isReached(operation.http)),
    (operation) => (operation.http as HttpRoute).path,
  );
  for (const [path, operations] of byPath) {
    const route = path.replaceAll(/\{(\w+)\}/g, ":$1");
    for (const operation of operations) {
      app.on((operation.http as HttpRoute).method, route, (c) => answer(c, operation, parts));
    }
    app.all(route, () => refuseMethod(operations.map(({ http }) => (http as HttpRoute).method)));
  }
  const api = JSON.stringify(describeApi(app as unknown as OpenAPIHono, parts.packageVersion));
  app.get("/api/openapi.json", () => jsonAnswer(api));
  app.all("/api/openapi.json", () => refuseMethod(["GET"]));
  app.post(WEBHOOK_ROUTE, (c) => answerWebhook(c.req.raw, c.env.operation, c.req.param("workflow")));
  app.all(WEBHOOK_ROUTE, () => refuseMethod(["POST"]));
  for (const mount of parts.mounts) app.all(mount.path, (c) => mount.handle(c.req.raw, c.env.operation));
  app.all("/api", refusePath);
  app.all("/api/*", refusePath);
  app.get("*", (c) =>
    uiAnswer(c.req.path, { folder: parts.uiFolder, open: parts.defences.openBelow, method: c.req.raw.method }),
  );
  app.all("*", () => refuseMethod(["GET"]));
  // An error is an answer of handler.ts, for all of them alike.
  app.onError((error) => {
    throw error;
  });
  return app;
}

async function answer(c: Context<Env>, operation: Operation, parts: RouteParts): Promise<Response> {
  const { req } = c;
  const context = c.env.operation;
  requireAccess(operation, context.access);
  const input = { ...(await inputOf(req.raw, operation, parts)), ...pathInput(operation, req.param()) };
  if (!isAnswered(operation)) return unusual(req.raw, { operation, input, context, parts });
  const question = await longQuestion(operation, context, input);
  if (question !== undefined) {
    const long = await context.answers!.ask(question);
    return "text" in long ? jsonAnswer(long.text) : goingOn(JSON.stringify(long.going));
  }
  const ask = (asked: Readonly<Record<string, unknown>>): Promise<unknown> => perform(operation.name, context, asked);
  const text = await answerWithin(operation, ask, { input, maxBytes: MAX_ANSWER_BYTES });
  const { status = 200 } = operation.http as HttpRoute;
  return status === 202 && operation.output === OPERATION_STATE ? goingOn(text) : jsonAnswer(text, status);
}

/** R3. */
function goingOn(state: string): Response {
  const response = jsonAnswer(state, 202);
  response.headers.set("location", `/api/operations/${(JSON.parse(state) as { readonly id: string }).id}`);
  return response;
}

async function inputOf(
  request: Request,
  operation: Operation,
  { defences }: RouteParts,
): Promise<Readonly<Record<string, unknown>>> {
  const query = new URL(request.url).searchParams;
  if (request.method === "GET" || request.method === "HEAD") return inputOfQuery(operation, query);
  if (query.size > 0)
    throw new WorkgraphError("WG6010", "what changes something has its input in the body, not in the query");
  const body = await defences.readJsonBody(request);
  const key = request.headers.get("idempotency-key");
  const takesKey = Object.hasOwn(operation.input.shape, "idempotencyKey");
  return key === null || !takesKey ? body : { idempotencyKey: key, ...body };
}

function pathInput(operation: Operation, given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const input: Record<string, string> = {};
  for (const name of pathParameters((operation.http as HttpRoute).path)) {
    const value = given[name] ?? "";
    if (!ID.test(value) || value.includes("..")) {
      throw new WorkgraphError("WG6007", `${JSON.stringify(value.slice(0, 100))} is no id`, {
        hint: "Ids are made of letters, digits and _ . -, at most 128.",
      });
    }
    input[name] = value;
  }
  return input;
}

interface Unusual {
  readonly operation: Operation;
  readonly input: unknown;
  readonly context: OperationContext;
  readonly parts: RouteParts;
}

/** Answers that are no JSON. */
function unusual(request: Request, { operation, input, context, parts }: Unusual): Promise<Response> | Response {
  const checked = checkInput(operation, input) as never;
  switch (operation.name) {
    case "runs.stream":
      return parts.streams.run(request, checked);
    case "logs.stream":
      return parts.streams.lines(request, checked);
    case "runs.changes":
      return parts.streams.runs(request, checked);
    case "artifacts.file":
      return artifactFile(request, checked, { workspace: context.workspace, open: parts.defences.openBelow });
    case "exports.file":
      return exportDownload(request, checked, {
        take: (id) => filesOf(context).take(id),
        open: parts.defences.openBelow,
      });
    default:
      throw new TypeError(`nothing answers "${operation.name}"`);
  }
}

function filesOf({ answers }: OperationContext): RunFiles {
  if (answers !== undefined) return answers.files;
  throw new TypeError("this server makes no files");
}

function refuseMethod(methods: readonly string[]): never {
  const allowed = methods.includes("GET") ? ["HEAD", ...methods] : methods;
  const allow = [...new Set(allowed)].toSorted().join(", ");
  throw new WorkgraphError("WG6006", "this path has no such method", { hint: `It has ${allow}.`, details: { allow } });
}

function refusePath(): never {
  throw new WorkgraphError("WG6012", "there is no such path", { hint: "/api/openapi.json lists them." });
}
