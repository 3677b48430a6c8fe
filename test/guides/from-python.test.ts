/**
 * docs/from-python.md leaves out no name of the Python original's public surface, and claims nothing that is not here.
 *
 * R1. What stands in the column "here" in code is a claim, read by its form: `name()`, `ctx.name`, `node({ option })`,
 *     `workgraph command --option`, `GET /path`, `event.name`, `VARIABLE`. A form that nobody can check is refused.
 * R2. A row without a counterpart says "-" there, and why in the next column.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import * as surface from "../../src/index.ts";
import * as testing from "../../src/testing/index.ts";
import { findCommand } from "../../src/cli/registry.ts";
import { Session } from "../../src/cli/session.ts";
import { standaloneCtx } from "../../src/define/standalone-ctx.ts";
import { CONFIG_KEYS } from "../../src/model/config.ts";
import { OPERATIONS } from "../../src/model/operations/catalog.ts";
import { isReached } from "../../src/model/operations/operation.ts";
import { ROOT } from "./pages.ts";

const page = readFileSync(join(ROOT, "docs/from-python.md"), "utf8");

interface Row {
  readonly there: string;
  readonly here: string;
  readonly why: string;
}

function rowsOf(title: string): readonly Row[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? "";
  return [...section.matchAll(/^\| (.*?) \| (.*?) \|(?: (.*?) ?\|)?$/gm)]
    .map(([, there = "", here = "", why = ""]) => ({ there: there.trim(), here: here.trim(), why: why.trim() }))
    .filter(({ there }) => there !== "there" && !/^-+$/.test(there));
}

/** What the original had, by section of the page; names as it wrote them. */
const ORIGINAL: Readonly<Record<string, string>> = {
  Imports:
    "Context Executor MockLLM RedisStore TestRedis VersionMismatchError assert_graph_snapshot create_store create_app " +
    "create_ollama_cloud_llm create_ollama_llm concurrency_configs failure_scenarios get_version item_lists list_versions " +
    "merge node race record_trace replay_trace resume run_subgraph run_test run_test_node test_context trace_workflow " +
    "workflow_graphs workflow",
  "Options of a node": "id retries item_retries timeout output_schema on_validation_fail fallback_value concurrency",
  "Options of a workflow":
    "name default_model redis_url redis_ttl_days trace_branches max_loop_iterations stream_delay_ms stream_max_messages " +
    "stream_ttl_hours otel_endpoint otel_service_name",
  "The context":
    "ctx.run_id ctx.node_id ctx.node_name ctx.item_index ctx.llm ctx.progress ctx.scratchpad.get ctx.scratchpad.set " +
    "ctx.scratchpad.cas ctx.get_errors ctx.has_errors ctx.executor ctx.get_linked_child_run ctx.link_child_run",
  Commands:
    "workflows list launch-spec runs run status artifact --wait --artifact --poll-interval --watch --json --base-url",
  Routes:
    "/api/workflows /api/workflows/{name}/graph /api/workflows/{name}/versions /api/workflows/{name}/launch-spec " +
    "/api/workflows/{name}/runs /api/runs /api/runs/{run_id} /api/runs/{run_id}/artifact /api/runs/{run_id}/resume " +
    "/api/runs/{run_id}/trace /api/runs/{run_id}/timeline /api/runs/{run_id}/errors /api/runs/{run_id}/ws /ui " +
    "/api/runs/{run_id}/nodes/{node_id}/items /api/runs/{run_id}/nodes/{node_id}/items/{index} " +
    "/api/runs/{run_id}/nodes/{node_id}/items/{index}/stream",
  Events:
    "run_status node_status node_counters node_output node_error validation_result node_progress node_stream " +
    "node_stream_end node_subgraph",
  "Environment and packages": "OLLAMA_API_KEY OLLAMA_CLOUD_API_KEY WORKGRAPH_BASE_URL",
};

const sources = globSync("src/**/*.ts", { cwd: ROOT })
  .filter((path) => !/\.(test|test-d|contract)\.ts$/.test(path))
  .map((path) => readFileSync(join(ROOT, path), "utf8"));
const routes = new Set(
  OPERATIONS.flatMap(({ http }) =>
    isReached(http) ? [`${http.method} ${http.path.replaceAll(/\{\w+\}/g, "{}")}`] : [],
  ),
);
/** Routes that are no operations: the pages, the document, and what is signed. */
const OTHER_ROUTES = new Set(["GET /", "GET /api/openapi.json", "POST /api/webhooks/{}"]);

const session = new Session({}, ROOT);

async function hasCommand(line: string): Promise<boolean> {
  const [name = "", ...words] = line.split(" ");
  const entry = findCommand(name);
  if (entry === undefined) return false;
  const command = new Command(name);
  (await entry.load()).define(command, session);
  const taken = new Set(command.options.flatMap(({ long, short }) => [long, short]));
  // Words behind `run NAME` are parameters of the workflow as well.
  const ours = words.filter((word) => word.startsWith("--") && !/^--(prompt-text|no-flag)$/.test(word));
  return ours.every((word) => taken.has(word));
}

function hasOption(kind: string, option: string): boolean {
  if (kind === "defineConfig") return (CONFIG_KEYS as readonly string[]).includes(option);
  try {
    if (kind === "node") surface.node({ [option]: undefined, id: "probe" } as never, () => 1);
    else surface.workflow({ [option]: undefined, name: "probe" } as never, () => 1);
    return true;
  } catch {
    return false;
  }
}

function hasMember(path: string): boolean {
  let value: unknown = standaloneCtx("probe");
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !(name in value)) return false;
    value = (value as Record<string, unknown>)[name];
  }
  return true;
}

/** R1. Whether it is so; `undefined` for a form that nobody can check. */
async function holds(claim: string): Promise<boolean | undefined> {
  const [, call = ""] = /^(\w+)\(\)$/.exec(claim) ?? [];
  if (call !== "") return typeof { ...surface, ...testing }[call as keyof typeof surface] === "function";
  const [, member = ""] = /^ctx\.([\w.]+)$/.exec(claim) ?? [];
  if (member !== "") return hasMember(member);
  const [, kind = "", option = ""] = /^(node|workflow|defineConfig)\(\{ (\w+) \}\)$/.exec(claim) ?? [];
  if (kind !== "") return hasOption(kind, option);
  const [, command = ""] = /^workgraph (.+)$/.exec(claim) ?? [];
  if (command !== "") return hasCommand(command);
  if (/^(GET|POST|DELETE) \//.test(claim)) {
    const route = claim.replaceAll(/\{\w+\}/g, "{}");
    return routes.has(route) || OTHER_ROUTES.has(route);
  }
  if (/^[a-z]+\.[a-z]+$/.test(claim)) return sources.some((text) => text.includes(`readonly type: "${claim}"`));
  if (/^[A-Z][A-Z_]+$/.test(claim)) return sources.some((text) => text.includes(claim));
  if (/^[A-Z]\w+$/.test(claim)) return new RegExp(`^export .*\\b${claim}\\b`, "m").test(indexText);
  return undefined;
}

const indexText = readFileSync(join(ROOT, "src/index.ts"), "utf8");
const codeIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

describe.each(Object.entries(ORIGINAL))("%s", (title, names) => {
  const rows = rowsOf(title);

  test("names everything that the original had", () => {
    const named = rows.map(({ there }) => there).join("\n");
    const has = (name: string): boolean =>
      new RegExp(`(?<![\\w./-])${name.replaceAll(/[{}.]/g, "\\$&")}(?![\\w/{])`).test(named);
    expect(rows.length).toBeGreaterThan(2);
    expect(names.split(" ").filter((name) => !has(name))).toEqual([]);
  });

  test("claims only what is here, and says why where it claims nothing", async () => {
    const wrong: string[] = [];
    for (const { there, here, why } of rows) {
      const claims = codeIn(here);
      if (here === "-" ? why === "" : claims.length === 0) wrong.push(`${there}: says neither what nor why`);
      for (const claim of claims) if ((await holds(claim)) !== true) wrong.push(`${there}: ${claim}`);
    }
    expect(wrong).toEqual([]);
  });
});

test("a claim that is not so is seen", async () => {
  const wrong = [
    "runSubGraph()",
    "ctx.run_id",
    "ctx.scratchpad.swap",
    "node({ item_retries })",
    "workflow({ redis_url })",
    "defineConfig({ redis })",
    "workgraph workflows",
    "workgraph runs --redis",
    "GET /api/runs/{run}/trace",
    "node.status",
    "WORKGRAPH_BASE_URL",
    "RedisStore",
  ];
  expect(await Promise.all(wrong.map(holds))).toEqual(wrong.map(() => false));
  expect(await holds("something else")).toBeUndefined();
});

test("what the page mentions beside its tables is here, too", async () => {
  const prose = page.replaceAll(/^```.*?^```$/gms, "").replaceAll(/^\|.*$/gm, "");
  const said = codeIn(prose).flatMap((code) => (code.startsWith("ctx.") ? code.split(" ") : [code]));
  const checked = said.filter((code) => /^(ctx\.\w+|workgraph [a-z]+( .*)?|(GET|POST) \/.*)$/.test(code));
  expect(checked.length).toBeGreaterThan(10);
  const results = await Promise.all(checked.map(async (code) => [code, await holds(code)] as const));
  expect(results.filter(([, isSo]) => isSo !== true)).toEqual([]);
});
