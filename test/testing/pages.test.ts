/**
 * docs/testing.md as a project: its files are written to a folder, its commands are given to the command line, and its tests run under
 * vitest and node:test, with the package by name.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BIN } from "../../src/cli/fixtures/workgraph-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAGE = readFileSync(join(ROOT, "docs/testing.md"), "utf8");
/** Vitest as it comes, and the package by its sources. */
const CONFIG = `const conditions = ["workgraph-source"];
export default {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { execArgv: ["--conditions=workgraph-source"], maxWorkers: 1, isolate: false, include: ["*.test.ts"] },
};`;

let folder = "";

interface Ended {
  readonly status: number | null;
  readonly text: string;
}

function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: _test, ...rest } = process.env;
  const outside = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith("VITEST")));
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: folder,
    env: { ...outside, NO_COLOR: "1", ...env },
    encoding: "utf8",
  });
  return { status, text: `${stdout}${stderr}` };
}

function must(ended: Ended): string {
  expect(ended.status, ended.text).toBe(0);
  return ended.text;
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-testing-page-")));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/agentic-workgraph"));
  for (const name of ["vitest", "zod", "fast-check", "ai"])
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  writeFileSync(join(folder, "package.json"), '{ "name": "page", "type": "module" }\n');
  writeFileSync(join(folder, "vitest.config.js"), CONFIG);
  const files = [...PAGE.matchAll(/```\w+\n\/\/ (\S+)\n([^]*?)```/g)];
  if (files.length !== 7) throw new Error(`the page has ${files.length} files, and not 7`);
  for (const [, name = "", text = ""] of files) writeFileSync(join(folder, name), text);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("its commands record a run and make a fixture of it", () => {
  const commands = [...PAGE.matchAll(/^npx workgraph (.*)$/gm)].map(([, words = ""]) => words);
  expect(commands).toHaveLength(2);
  for (const words of commands) must(run([BIN, ...words.split(" ").map((word) => word.replaceAll("'", ""))]));
  const fixture = JSON.parse(readFileSync(join(folder, "research.fixture.json"), "utf8")) as Record<string, unknown>;
  expect(fixture).toMatchObject({ workflow: "research", status: "completed", input: { query: "salt" } });
  expect(fixture["version"]).toMatch(/^[0-9a-f]{64}$/);
});

test("its tests pass under vitest, and -u writes the graph anew", () => {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  writeFileSync(join(folder, "research.graph.txt"), "another graph\n");
  expect(must(run([vitest, "run", "-u"]))).toMatch(/Tests +9 passed/);
  expect(readFileSync(join(folder, "research.graph.txt"), "utf8")).toContain("scrape_page  2 items");
});

test("its tests pass under node:test, where another graph fails until it is asked to be written", () => {
  const nodeTest = ["--conditions=workgraph-source", "--test", "--test-isolation=none", "research.node-test.ts"];
  writeFileSync(join(folder, "research.graph.txt"), "another graph\n");
  const differs = run(nodeTest);
  expect(differs.text).toContain("WG1155");
  expect(differs.status).toBe(1);
  expect(must(run(nodeTest, { WORKGRAPH_UPDATE: "1" }))).toMatch(/pass 1\b/);
  expect(readFileSync(join(folder, "research.graph.txt"), "utf8")).toContain("scrape_page  2 items");
});
