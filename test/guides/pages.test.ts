/**
 * The pages keep their word: every snippet of every page compiles, loads, and gives the results that it says it gives.
 *
 * Loading makes the nodes and workflows (bad options throw); a said result (`// name(input) -> result`) is a run of the workflow
 * from its file, as the command line runs it, or a `.run` of the node. Requests that snippets make are answered here, ports
 * they name are any free one, and their tests (of vitest or node:test) are collected and called.
 */
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { Server } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual, promisify } from "node:util";
import { parseAst } from "rolldown/parseAst";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isNode, isWorkflow, openWorkgraph, type Workflow, type Workgraph } from "../../src/index.ts";
import {
  blocksOf,
  folderWithPackages,
  missingPackages,
  pages,
  ROOT,
  saidResults,
  sectionsIn,
  sectionsOfPages,
  type SaidResult,
  type Section,
} from "./pages.ts";

const sections = sectionsOfPages();
const runnable = sections.filter((section) => missingPackages(section).length === 0);

/** Stands for the test runners that snippets import. */
const COLLECTED = `import { expect, vi, assert } from "vitest";
export { expect, vi, assert };
const found = (globalThis.collectedTests ??= []);
export const test = (name, ...rest) => void found.push({ name, run: rest.find((one) => typeof one === "function") });
export const it = test;
export const describe = (name, run) => run();
export default test;
`;

let folder: string;
let wg: Workgraph;

beforeAll(async () => {
  folder = folderWithPackages();
  for (const { file, code } of runnable) writeFileSync(join(folder, `${file}.ts`), code);
  wg = await openWorkgraph({ dir: folder });
  process.chdir(folder);
  vi.stubGlobal("fetch", async (url: string | URL) => new Response(`<p>what is at ${String(url)}</p>`));
  const { listen } = Server.prototype;
  vi.spyOn(Server.prototype, "listen").mockImplementation(function (this: Server, ...given: unknown[]) {
    return Reflect.apply(listen, this, typeof given[0] === "number" ? [0, "127.0.0.1"] : given) as Server;
  });
});

afterAll(async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  process.chdir(ROOT);
  await wg.close();
  rmSync(folder, { recursive: true });
});

async function compile(project: string): Promise<string> {
  const words = ["-p", project, "--pretty", "false"];
  const { stdout } = await promisify(execFile)(join(ROOT, "node_modules/.bin/tsc"), words).catch(
    (error: { readonly stdout: string }) => error,
  );
  return stdout;
}

test("pages and their sections are found", () => {
  expect(pages()).toEqual(expect.arrayContaining(["README.md", "docs/authoring.md", "docs/server.md"]));
  expect(sections.map(({ title }) => title)).toContain("A first workflow");
  expect(sections.length).toBeGreaterThan(15);
  // R2 of pages.ts: nothing else is excepted.
  expect(sections.flatMap(missingPackages).filter((name) => !name.startsWith("@ai-sdk/"))).toEqual([]);
  for (const section of sections) expect(() => parseAst(section.code, { lang: "ts" }), section.file).not.toThrow();
});

test("every snippet compiles, and a mistake in one would not", async () => {
  writeFileSync(join(folder, "mistaken.ts"), 'import { node } from "agentic-workgraph";\nnode({ id: 1 });\n');
  const told = (await compile(folder)).split("\n").filter((line) => /^[\w-]+\.ts\(/.test(line));
  rmSync(join(folder, "mistaken.ts"));
  expect(told.filter((line) => line.startsWith("mistaken.ts"))).not.toEqual([]);
  expect(told.filter((line) => !line.startsWith("mistaken.ts"))).toEqual([]);
}, 60_000);

test("what a page gives as JSON is JSON", () => {
  for (const page of pages()) {
    for (const block of blocksOf(readFileSync(join(ROOT, page), "utf8"), "json")) {
      expect(() => void JSON.parse(block), `${page}: ${block}`).not.toThrow();
    }
  }
});

interface Loaded {
  readonly [name: string]: unknown;
}

async function load({ file, code }: Section): Promise<Loaded> {
  const runners = /from "(?:vitest|node:test)"/g;
  if (!runners.test(code)) return (await import(pathToFileURL(join(folder, `${file}.ts`)).href)) as Loaded;
  writeFileSync(join(folder, "collected.js"), COLLECTED);
  const path = join(folder, `${file}-collected.ts`);
  writeFileSync(path, code.replaceAll(runners, 'from "./collected.js"'));
  const collected: { readonly name: string; readonly run: () => unknown }[] = [];
  vi.stubGlobal("collectedTests", collected);
  const loaded = (await import(pathToFileURL(path).href)) as Loaded;
  for (const { run } of collected.splice(0)) await run();
  return loaded;
}

/** Expressions of a snippet may name what it exports. */
function evaluate(expression: string, scope: Loaded): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval -- The pages are ours.
  return new Function(...Object.keys(scope), `return (${expression || "undefined"});`)(...Object.values(scope));
}

async function outcomeOf(loaded: Loaded, { name, input }: SaidResult): Promise<unknown> {
  const value = loaded[name];
  const given = (evaluate(input, loaded) ?? {}) as object;
  if (isWorkflow(value)) return (await wg.launch(value as unknown as Workflow<object, unknown>, given)).result();
  if (isNode(value)) return (value as unknown as { run: (input: unknown) => unknown }).run(given);
  return (value as (input: unknown) => unknown)(given);
}

function fieldsOf(value: Loaded, names: readonly string[]): Loaded {
  return Object.fromEntries(names.map((name) => [name, value[name]]));
}

/** What differs between a said result and what comes out; empty where nothing does. */
async function difference(loaded: Loaded, said: SaidResult): Promise<string> {
  const { outcome } = said;
  try {
    const given = await outcomeOf(loaded, said);
    if ("throws" in outcome) return `${said.line}: it gave ${JSON.stringify(given)}`;
    const whole = outcome.gives.replace(/, \.\.\. }$/, " }");
    const wanted = evaluate(whole, loaded);
    const seen = whole === outcome.gives ? given : fieldsOf(given as Loaded, Object.keys(wanted as object));
    return isDeepStrictEqual(seen, wanted) ? "" : `${said.line}: it gave ${JSON.stringify(seen)}`;
  } catch (error) {
    const told = error as Error & { readonly code?: string };
    if ("throws" in outcome && `${told.code} ${told.message}`.includes(outcome.throws)) return "";
    return `${said.line}: ${told.message}`;
  }
}

describe.each(runnable.map((section) => ({ at: `${section.page}, ${section.title}`, section })))(
  "$at",
  ({ section }) => {
    test("loads, and gives what it says", async () => {
      const loaded = await load(section);
      const said = saidResults(section.code);
      for (const one of said) expect(await difference(loaded, one)).toBe("");
      // A workflow that a page shows runs: the page says on what, and what comes out.
      const shown = Object.keys(loaded).filter((name) => isWorkflow(loaded[name]));
      expect(shown.filter((name) => section.page !== "README.md" && !said.some((one) => one.name === name))).toEqual(
        [],
      );
      for (const value of Object.values(loaded)) {
        if (value instanceof Server) await new Promise((resolve) => value.close(resolve));
      }
    });
  },
);

test("a said result that is not so is seen", async () => {
  const code =
    "export const twice = (n: number) => 2 * n;\n// twice(2) -> 4\n// twice(2) -> 5\n// twice(2) throws WG1014\n";
  const [section] = sectionsIn("wrong.md", `## Wrong\n\`\`\`ts\n${code}\`\`\`\n`);
  writeFileSync(join(folder, `${section!.file}.ts`), section!.code);
  const loaded = await load(section!);
  const told = await Promise.all(saidResults(section!.code).map((one) => difference(loaded, one)));
  expect(told.map((text) => text === "")).toEqual([true, false, false]);
});
