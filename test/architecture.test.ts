/**
 * Who may import whom, as code (`docs/house.md` says why).
 *
 * Owns: the import table, file names and sizes. Leaves to the linter what one file can know about itself.
 *
 * R1. The table is an allow-list: a folder without a row, and an import that no row names, is a violation.
 * R2. Static, type-only and dynamic imports and re-exports count alike. Read from the syntax tree, never by regular expression.
 * R3. Shipped files are `src/**` without `*.test.ts`, `*.test-d.ts`, `*.contract.ts`; those may import anything, and nothing shipped
 *     imports them.
 * R4. A check that finds no files fails.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "rolldown/parseAst";
import { describe, expect, test } from "vitest";

interface Row {
  /** Folders of `src/` besides the own one. */
  readonly may: readonly string[];
  /** Folders that are loaded on first use: by `import()` or for their types only. */
  readonly late?: readonly string[];
  /** npm packages. Few folders stand on one, and which is a decision. */
  readonly packages?: readonly string[];
}

const TABLE: Readonly<Record<string, Row>> = {
  base: { may: [] },
  model: { may: ["base"], packages: ["@standard-schema/spec", "zod"] },
  trace: { may: ["base", "model"] },
  llm: { may: ["base", "model"], packages: ["@standard-schema/spec", "ai"] },
  define: { may: ["base", "model", "trace"], packages: ["@standard-schema/spec"] },
  store: { may: ["base", "model"], packages: ["ulid"] },
  artifacts: { may: ["base", "model", "store"] },
  telemetry: { may: ["base", "model", "store"] },
  version: { may: ["base", "model", "store"], packages: ["rolldown"] },
  runtime: { may: ["base", "model", "trace", "define", "llm", "store", "artifacts"], packages: ["ulid"] },
  // An attempt runs in a frame of its own: engines/ makes it with trace/current.ts.
  engines: {
    may: ["base", "model", "trace", "define", "llm", "runtime", "store", "version", "artifacts"],
    packages: ["tinypool", "@opentelemetry/api"],
  },
  runner: {
    may: ["base", "model", "trace", "define", "store", "version", "artifacts", "runtime", "engines"],
    packages: ["@standard-schema/spec"],
  },
  analysis: { may: ["base", "model", "store"] },
  triggers: { may: ["base", "model", "store"], packages: ["croner"] },
  app: {
    may: ["base", "model", "store", "version", "artifacts", "analysis", "triggers", "telemetry"],
    packages: ["zod"],
  },
  server: {
    may: ["base", "model", "app"],
    packages: ["hono", "@hono/node-server", "@hono/zod-openapi", "pino", "zod"],
  },
  mcp: { may: ["base", "model", "app"], packages: ["@modelcontextprotocol/sdk", "zod"] },
  cli: { may: ["base", "model", "app", "server", "mcp", "runner"], packages: ["commander", "picocolors"] },
  testing: {
    may: ["base", "model", "trace", "define", "llm", "store", "version", "artifacts", "runtime", "engines"],
    packages: ["fast-check"],
  },
  "index.ts": {
    may: ["base", "model", "trace", "define", "llm", "artifacts"],
    late: ["app", "runner", "server", "mcp"],
    packages: ["@standard-schema/spec"],
  },
};

/** Folders that a browser runs too, and the file of theirs that it does not. */
const BROWSER_FOLDERS: readonly string[] = ["base", "model", "trace"];
const NODE_ONLY: readonly string[] = ["src/base/hash.ts"];
/** No browser has AsyncLocalStorage; the one file that finds the current run by it is the one to exchange there. */
const BROWSER_EXCEPTIONS: Readonly<Record<string, string>> = { "src/trace/current.ts": "node:async_hooks" };
/** Who loads code whose address is known only when it runs: the user's workflows, and their configuration. */
const COMPUTED_IMPORTS: readonly string[] = ["src/version/"];
/** What `import "agentic-workgraph"` must not load: a database, a bundler. */
const HEAVY: readonly string[] = ["node:sqlite", "rolldown"];
const SHAPELESS: readonly string[] = ["util", "utils", "helper", "helpers", "common", "lib", "misc", "type", "types"];
const MAX_LINES = 500;
const OWN_NAME = "agentic-workgraph";

/** Path from the repository's root, with `/` -> text. */
type Tree = ReadonlyMap<string, string>;

interface Import {
  /** `undefined`: not a literal. */
  readonly specifier: string | undefined;
  readonly kind: "static" | "type" | "dynamic";
}

interface Syntax {
  readonly type: string;
  readonly [field: string]: unknown;
}

function isSyntax(value: unknown): value is Syntax {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

function literal(value: unknown): string | undefined {
  if (!isSyntax(value)) return undefined;
  if (value.type === "Literal" && typeof value["value"] === "string") return value["value"];
  if (value.type !== "TemplateLiteral") return undefined;
  const quasis = value["quasis"] as readonly { readonly value: { readonly cooked: string } }[];
  return quasis.length === 1 ? quasis[0]?.value.cooked : undefined;
}

function importsOf(path: string, text: string): readonly Import[] {
  const found: Import[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const element of value) visit(element);
    if (!isSyntax(value)) return;
    const typeOnly = value["importKind"] === "type" || value["exportKind"] === "type";
    if (/^(ImportDeclaration|ExportNamedDeclaration|ExportAllDeclaration)$/.test(value.type) && value["source"]) {
      found.push({ specifier: literal(value["source"]), kind: typeOnly ? "type" : "static" });
    } else if (value.type === "ImportExpression") {
      found.push({ specifier: literal(value["source"]), kind: "dynamic" });
    } else if (value.type === "TSImportType") {
      found.push({ specifier: literal(value["source"]), kind: "type" });
    } else if (value.type === "TSExternalModuleReference") {
      found.push({ specifier: literal(value["expression"]), kind: "static" });
    }
    for (const field of Object.values(value)) if (typeof field === "object") visit(field);
  };
  visit(parseAst(text, { lang: path.endsWith(".ts") ? "ts" : "js" }));
  return found;
}

const isSupport = (path: string): boolean => /\.(test|test-d|contract)\.ts$/.test(path);
const isShipped = (path: string): boolean =>
  /^src\/.*\.ts$/.test(path) && !isSupport(path) && !path.includes("/fixtures/");
const isRelative = (specifier: string): boolean => /^\.{1,2}\//.test(specifier);
const resolve = (from: string, specifier: string): string => posix.join(posix.dirname(from), specifier);
const folderOf = (path: string): string => path.split("/")[1] ?? "";
const isForBrowser = (path: string): boolean => BROWSER_FOLDERS.includes(folderOf(path)) && !NODE_ONLY.includes(path);

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Every breach of the table by shipped files and examples, as a sentence; empty when the house is in order. */
function violations(tree: Tree): readonly string[] {
  const said: string[] = [];
  const shipped = [...tree.keys()].filter(isShipped);
  if (shipped.length === 0) said.push("no shipped files were found: this check looks at the wrong place");
  const graph = new Map<string, readonly Import[]>();
  for (const path of shipped) graph.set(path, importsOf(path, tree.get(path) ?? ""));
  for (const [path, imports] of graph) {
    for (const one of imports) {
      const reason = breach(tree, path, one);
      if (reason)
        said.push(`${path} imports ${one.specifier ? `"${one.specifier}"` : "a computed address"}: ${reason}`);
    }
  }
  for (const cycle of cycles(graph)) said.push(`import cycle: ${cycle.join(" -> ")}`);
  for (const chain of heavyChains(graph)) said.push(`importing the package loads ${chain.join(" -> ")}`);
  for (const [path, text] of tree) {
    if (/^examples\/.*\.ts$/.test(path) && !isSupport(path)) said.push(...exampleViolations(path, text));
  }
  return said;
}

function breach(tree: Tree, path: string, { specifier, kind }: Import): string | undefined {
  const folder = folderOf(path);
  const row = TABLE[folder];
  if (!row) return `"${folder}" has no row in the table`;
  if (specifier === undefined) {
    const known = COMPUTED_IMPORTS.some((prefix) => path.startsWith(prefix));
    return known ? undefined : "only the loaders of workflows and configuration load what they cannot name";
  }
  if (!isRelative(specifier)) {
    if (isBuiltin(specifier)) {
      if (!specifier.startsWith("node:")) return `write "node:${specifier}"`;
      return isForBrowser(path) && BROWSER_EXCEPTIONS[path] !== specifier
        ? "this file runs in a browser too"
        : undefined;
    }
    if (packageOf(specifier) === OWN_NAME) return "the package does not import itself by name";
    return row.packages?.includes(packageOf(specifier)) ? undefined : `"${folder}" stands on no such package`;
  }
  const target = resolve(path, specifier);
  if (!tree.has(target)) return "there is no such file (the ending is part of the name)";
  if (!target.startsWith("src/")) return "it is not shipped";
  if (target.endsWith(".ts") && !isShipped(target)) return "tests and contracts are not shipped";
  const targetFolder = folderOf(target);
  if (targetFolder === folder || row.may.includes(targetFolder)) {
    return isForBrowser(path) && !isForBrowser(target)
      ? "this file runs in a browser too, that one does not"
      : undefined;
  }
  if (!row.late?.includes(targetFolder)) return `"${folder}" may not import "${targetFolder}"`;
  return kind === "static" ? `"${targetFolder}" is loaded on first use: by import(), or for its types` : undefined;
}

/**
 * One cycle for each file that closes one, its members once. Types do not count: two nouns of a folder may know each other (a call
 * belongs to a run, a run has calls), nothing is loaded for it, and between folders the table has no circle.
 */
function cycles(graph: ReadonlyMap<string, readonly Import[]>): readonly (readonly string[])[] {
  const found: string[][] = [];
  const done = new Set<string>();
  const chain: string[] = [];
  const visit = (path: string): void => {
    const at = chain.indexOf(path);
    if (at >= 0) found.push([...chain.slice(at), path]);
    if (at >= 0 || done.has(path)) return;
    chain.push(path);
    for (const { specifier, kind } of graph.get(path) ?? []) {
      if (specifier && kind === "static" && isRelative(specifier)) visit(resolve(path, specifier));
    }
    chain.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return found;
}

/** The ways from `src/index.ts` over static imports to something heavy. */
function heavyChains(graph: ReadonlyMap<string, readonly Import[]>): readonly (readonly string[])[] {
  const found: string[][] = [];
  const seen = new Set<string>();
  const visit = (path: string, chain: readonly string[]): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { specifier, kind } of graph.get(path) ?? []) {
      if (!specifier || kind !== "static") continue;
      if (HEAVY.includes(specifier) || HEAVY.includes(packageOf(specifier))) found.push([...chain, path, specifier]);
      if (isRelative(specifier)) visit(resolve(path, specifier), [...chain, path]);
    }
  };
  visit("src/index.ts", []);
  return found;
}

function exampleViolations(path: string, text: string): readonly string[] {
  const said: string[] = [];
  for (const { specifier } of importsOf(path, text)) {
    if (specifier === undefined) said.push(`${path} imports a computed address`);
    else if (isRelative(specifier) && !resolve(path, specifier).startsWith("examples/")) {
      said.push(`${path} imports "${specifier}": an example knows the package by its name only`);
    } else if (packageOf(specifier) === OWN_NAME && specifier !== OWN_NAME) {
      said.push(`${path} imports "${specifier}": the package has one entry`);
    }
  }
  return said;
}

function nameAndSizeViolations(tree: Tree): readonly string[] {
  const said: string[] = [];
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/;
  for (const [path, text] of tree) {
    const parts = path.replace(/\.[a-z]+$/, "").split("/");
    const nouns = [...parts.slice(0, -1), ...(parts.at(-1) ?? "").split(".")];
    if (nouns.some((noun) => !kebab.test(noun))) said.push(`${path}: names are in kebab-case`);
    if (nouns.some((noun) => SHAPELESS.includes(noun)))
      said.push(`${path}: a name that says nothing; name the noun inside`);
    const lines = text.split("\n").length - 1;
    if (lines > MAX_LINES) said.push(`${path}: ${lines} lines, more than ${MAX_LINES}; it holds more than one noun`);
  }
  return said;
}

function readTree(folders: readonly string[]): Tree {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const tree = new Map<string, string>();
  const walk = (path: string): void => {
    for (const entry of readdirSync(`${root}${path}`, { withFileTypes: true })) {
      const inner = `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        // Folders of that name hold what runs published, but for the room of the house and its tests.
        const published = entry.name === "artifacts" && path !== "src" && path !== "test";
        if (!["fixtures", "node_modules"].includes(entry.name) && !published && !entry.name.startsWith("."))
          walk(inner);
      } else if (/\.(ts|mts|js|mjs|json|sql)$/.test(entry.name))
        tree.set(inner, readFileSync(`${root}${inner}`, "utf8"));
    }
  };
  for (const folder of folders) if (existsSync(`${root}${folder}`)) walk(folder);
  return tree;
}

describe("the repository", () => {
  const tree = readTree(["src", "test", "examples", "bench", "scripts", "bin"]);
  const code = new Map([...tree].filter(([path]) => /\.(ts|mts|js|mjs)$/.test(path)));

  test("keeps to the import table", () => {
    expect(violations(tree)).toEqual([]);
  });

  test("names its files after one noun each, and keeps them under 500 lines", () => {
    expect(code.size).toBeGreaterThan(20);
    expect(nameAndSizeViolations(code)).toEqual([]);
  });

  test("tells the same table to people", () => {
    const told = new Map<string, unknown>();
    for (const line of readFileSync(fileURLToPath(new URL("../docs/house.md", import.meta.url)), "utf8").split("\n")) {
      const [, folder, rule] = line.split("|").map((cell) => cell.trim());
      if (!folder || !TABLE[folder] || !rule) continue;
      const [may = "", late = ""] = rule.split("; ");
      told.set(folder, {
        may: may.match(/\w+/g) ?? [],
        late: late.replace(" on first use", "").match(/(?!and\b)\b\w+/g) ?? [],
      });
    }
    const kept = Object.entries(TABLE).map(([folder, { may, late }]) => [folder, { may, late: late ?? [] }] as const);
    expect(told).toEqual(new Map(kept));
  });

  test("draws the table without a circle", () => {
    const reach = (folder: string, trail: readonly string[]): void => {
      expect(trail, [...trail, folder].join(" -> ")).not.toContain(folder);
      for (const below of TABLE[folder]?.may ?? []) reach(below, [...trail, folder]);
    };
    for (const folder of Object.keys(TABLE)) reach(folder, []);
  });
});

describe("the check says no to", () => {
  const said = (files: Readonly<Record<string, string>>): readonly string[] => {
    const floor = {
      "src/base/clock.ts": "",
      "src/model/ids.ts": "",
      "src/store/store.ts": "",
      "src/runner/runner.ts": "",
    };
    return violations(new Map(Object.entries({ ...floor, ...files })));
  };

  test("nothing, when the table is kept", () => {
    expect(
      said({
        "src/store/sqlite.ts":
          'import "node:sqlite"; import "../model/ids.ts"; import type {} from "../base/clock.ts";',
        "src/store/store.test.ts": 'import "../runner/runner.ts";',
        "src/index.ts":
          'export * from "./model/ids.ts"; import type {} from "./runner/runner.ts"; void import("./runner/runner.ts");',
        "src/version/load.ts": 'const url = "x"; void import(url); import "rolldown/parseAst";',
        "examples/one/hello.ts": 'import "agentic-workgraph"; import "zod"; import "node:fs"; import "./words.ts";',
      }),
    ).toEqual([]);
  });

  test.each([
    ["a static import", 'import { a } from "../store/store.ts";'],
    ["an import for its effect", 'import "../store/store.ts";'],
    ["a type-only import", 'import type { A } from "../store/store.ts";'],
    ["an inline type import", 'import { type A } from "../store/store.ts";'],
    ["an import type", 'type A = import("../store/store.ts").A;'],
    ["a dynamic import", 'const a = () => import("../store/store.ts");'],
    ["a dynamic import of a template", "void import(`../store/store.ts`);"],
    ["a re-export", 'export { a } from "../store/store.ts";'],
    ["a re-export of everything", 'export * from "../store/store.ts";'],
    ["a re-export of types", 'export type { A } from "../store/store.ts";'],
  ])("%s against the table", (_, text) => {
    expect(said({ "src/model/a.ts": text })).toEqual([
      'src/model/a.ts imports "../store/store.ts": "model" may not import "store"',
    ]);
  });

  test("no word in a comment or a string", () => {
    expect(
      said({ "src/model/a.ts": `// import "../store/store.ts"\nexport const a = 'import "../store/store.ts"';` }),
    ).toEqual([]);
  });

  test.each([
    ["a folder without a row", "src/attic/a.ts", 'import "../base/clock.ts";', "has no row in the table"],
    ["a file beside index.ts", "src/extra.ts", 'import "./base/clock.ts";', "has no row in the table"],
    ["a missing file", "src/model/a.ts", 'import "./ids.js";', "there is no such file"],
    ["a test", "src/model/a.ts", 'import "./ids.test.ts";', "tests and contracts are not shipped"],
    ["a contract", "src/model/a.ts", 'import "./ids.contract.ts";', "tests and contracts are not shipped"],
    ["a file outside src", "src/cli/a.ts", 'import "../../test/oracle.ts";', "it is not shipped"],
    ["Node in a browser folder", "src/trace/a.ts", 'import "node:async_hooks";', "runs in a browser too"],
    ["hash in a browser folder", "src/model/a.ts", 'import "../base/hash.ts";', "that one does not"],
    ["a bare builtin", "src/store/a.ts", 'import "fs";', 'write "node:fs"'],
    ["a package", "src/store/a.ts", 'import "picocolors";', "stands on no such package"],
    ["a scoped package", "src/store/a.ts", 'import "@scope/name/sub";', "stands on no such package"],
    ["itself by name", "src/cli/a.ts", 'import "agentic-workgraph";', "does not import itself by name"],
    ["a computed address", "src/store/a.ts", "void import(String(1));", "load what they cannot name"],
    ["the runner at once", "src/index.ts", 'import "./runner/runner.ts";', "loaded on first use"],
    ["src from an example", "examples/a.ts", 'import "../src/model/ids.ts";', "by its name only"],
    ["a subpath from an example", "examples/a.ts", 'import "agentic-workgraph/inner";', "has one entry"],
  ])("%s", (_, path, text, reason) => {
    const others = {
      "src/model/ids.test.ts": "",
      "src/model/ids.contract.ts": "",
      "src/base/hash.ts": "",
      "test/oracle.ts": "",
    };
    const sentences = said({ ...others, [path]: text });
    expect(sentences).toHaveLength(1);
    expect(sentences[0]).toContain(path);
    expect(sentences[0]).toContain(reason);
  });

  test("a cycle, naming its members, and not to files that know each other's types", () => {
    const files = {
      "src/model/a.ts": 'import "./b.ts";',
      "src/model/b.ts": 'import { type C, c } from "./c.ts";',
      "src/model/c.ts": 'export * from "./a.ts";',
    };
    expect(said(files)).toEqual(["import cycle: src/model/a.ts -> src/model/b.ts -> src/model/c.ts -> src/model/a.ts"]);
    expect(said({ ...files, "src/model/c.ts": 'export type * from "./a.ts";' })).toEqual([]);
  });

  test("a database that comes with the package's entry, however far down", () => {
    expect(
      said({
        "src/index.ts": 'import "./define/node.ts";',
        "src/define/node.ts": 'import "./deep.ts";',
        "src/define/deep.ts": 'import "node:sqlite";',
      }),
    ).toEqual(["importing the package loads src/index.ts -> src/define/node.ts -> src/define/deep.ts -> node:sqlite"]);
  });

  test("an empty tree", () => {
    expect(violations(new Map())).toEqual(["no shipped files were found: this check looks at the wrong place"]);
  });

  test("shapeless names, names that are not kebab-case, and long files", () => {
    const long = "\n".repeat(MAX_LINES + 1);
    const tree = new Map([
      ["src/model/event-log.property.test.ts", "\n".repeat(MAX_LINES)],
      ["src/model/utils.ts", ""],
      ["src/common/ids.ts", ""],
      ["src/model/eventLog.ts", ""],
      ["src/model/long.ts", long],
    ]);
    expect(nameAndSizeViolations(tree).map((sentence) => sentence.split(":")[0])).toEqual([
      "src/model/utils.ts",
      "src/common/ids.ts",
      "src/model/eventLog.ts",
      "src/model/long.ts",
    ]);
  });
});
