/**
 * Every operation has its ways in, and every command that reads has its operation.
 *
 * R1. An operation without a route or a command says why, in the operation itself. A command without an operation says why here.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAnswered } from "../../src/app/registry.ts";
import { COMMANDS, commandNames } from "../../src/cli/registry.ts";
import { OPERATIONS } from "../../src/model/operations/catalog.ts";
import { isReached, pathParameters, type HttpRoute } from "../../src/model/operations/operation.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import { ask, Place, RememberingLauncher } from "./place.ts";

/** Commands that are no operations, and why. */
const ALONE: Readonly<Record<string, string>> = {
  init: "it makes the project that everything else is asked of",
  dev: "it is the server",
  serve: "it is the server",
  mcp: "it is a way in itself",
  fixture: "it writes a file beside the tests of a project",
  webhook: "a secret is made by who can read the data folder, never over a network",
  token: "a token is made by who can read the data folder, never over a network",
};

const reached = OPERATIONS.filter((operation) => isReached(operation.http));

test("names are nouns with verbs, each once; so are routes", () => {
  const names = OPERATIONS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/);
  const routes = reached.map(({ http }) => `${(http as HttpRoute).method} ${(http as HttpRoute).path}`);
  expect(new Set(routes).size).toBe(routes.length);
});

describe.each(OPERATIONS.map((operation) => ({ name: operation.name, operation })))("$name", ({ operation }) => {
  test("is answered by a function, or is a stream or a file", () => {
    expect(isAnswered(operation)).toBe(operation.answer === undefined);
  });

  test("has a route whose parameters are fields, or a reason", () => {
    const { http, input } = operation;
    const route = isReached(http) ? http : undefined;
    const fields = pathParameters(route?.path ?? "");
    expect(fields.filter((field) => !(field in input.shape))).toEqual([]);
    expect(route?.path ?? "/api/none").toMatch(/^\/api(\/[a-z.-]+|\/\{\w+\})+$/);
    expect(isReached(http) ? "a route" : http.none).toMatch(/^a route$|.{10,}/);
    expect(route === undefined || (operation.access === "read") === (route.method === "GET")).toBe(true);
  });

  test("has a command, or a reason", () => {
    const { cli } = operation;
    expect("none" in cli ? cli.none : "a command").toMatch(/^a command$|.{10,}/);
    expect("none" in cli || commandNames().includes(cli.command)).toBe(true);
  });

  test("says what it does, and pages where it lists", () => {
    const fields = Object.keys(operation.input.shape);
    expect(operation.list === undefined || (fields.includes("limit") && fields.includes("cursor"))).toBe(true);
    expect(operation.summary).toMatch(/^[A-Z][^\n]{10,120}[^.]$/);
  });
});

test("every command has an operation, or a reason", () => {
  const served = new Set(OPERATIONS.flatMap(({ cli }) => ("command" in cli ? [cli.command] : [])));
  const alone = COMMANDS.map(({ name }) => name).filter((name) => !served.has(name));
  expect(alone.filter((name) => ALONE[name] === undefined)).toEqual([]);
});

describe("the document", () => {
  const place = new Place();
  let server: RunningServer;
  beforeAll(async () => {
    server = await place.serve(await place.workspaceWithDemo(), { launcher: new RememberingLauncher() });
  });
  afterAll(() => place.remove());

  test("is OpenAPI 3.1 and has each route with its parameters", async () => {
    const { body } = await ask(server, "/api/openapi.json");
    expect(body["openapi"]).toBe("3.1.0");
    const paths = body["paths"] as Record<
      string,
      Record<string, { operationId: string; parameters?: { name: string }[] }>
    >;
    const described = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(described.toSorted()).toEqual(reached.map(({ name }) => name).toSorted());
    const items = paths["/api/runs/{run}/items"]!["get"]!;
    expect(items.parameters?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["run", "node", "status", "values", "limit", "cursor"]),
    );
  });

  test("has the paths that other programs rely on", () => {
    const routes = reached.map(({ http }) => (http as HttpRoute).path.replaceAll(/\{\w+\}/g, ":id"));
    const relied = ["/api/health", "/api/workflows", "/api/workflows/:id/runs", "/api/runs", "/api/runs/:id"];
    const parts = ["events", "items", "errors", "graph"].map((part) => `/api/runs/:id/${part}`);
    expect(routes).toEqual(expect.arrayContaining([...relied, ...parts]));
  });

  test("is told in docs/server.md too", () => {
    const page = readFileSync(new URL("../../docs/server.md", import.meta.url), "utf8");
    const routes = reached.map(({ http }) => `\`${(http as HttpRoute).method} ${(http as HttpRoute).path}\``);
    expect(routes.filter((route) => !page.includes(route))).toEqual([]);
  });
});
