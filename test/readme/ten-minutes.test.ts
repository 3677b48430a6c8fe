/**
 * The README keeps its word: the 20-line workflow is accepted by the compiler, and every command of "Ten minutes" shows what
 * the page says it shows.
 *
 * After a change of what commands print, `WORKGRAPH_README=write vitest run test/readme` puts the new answers into the page:
 * read them before you commit them.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocks, rewriteTranscript, ROOT, transcript, twentyLines } from "./readme.ts";

const SECTION = "Ten minutes";
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "workgraph-readme-"));
  const bin = join(project, "node_modules/.bin");
  mkdirSync(join(project, "node_modules/@types"), { recursive: true });
  mkdirSync(bin);
  writeFileSync(join(project, "package.json"), '{ "name": "fresh", "type": "module" }\n');
  symlinkSync(ROOT, join(project, "node_modules/agentic-workgraph"));
  symlinkSync(join(ROOT, "node_modules/@types/node"), join(project, "node_modules/@types/node"));
  symlinkSync(join(ROOT, "bin/workgraph.js"), join(bin, "workgraph"));
  // npx itself takes most of a second per command, and finds the same file.
  writeFileSync(join(bin, "npx"), '#!/bin/sh\nnpm_command=exec exec "$@"\n');
  chmodSync(join(bin, "npx"), 0o755);
  writeFileSync(join(project, "digest.ts"), twentyLines());
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** As a shell shows it: both streams, in the order of writing. */
function answer(command: string): readonly string[] {
  const path = [join(project, "node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
  const { NODE_OPTIONS: _options, WORKGRAPH_DATA: _data, ...env } = process.env;
  const { stdout } = spawnSync("bash", ["-c", `{ ${command}\n} 2>&1`], {
    cwd: project,
    env: { ...env, PATH: path, NO_COLOR: "1" },
    encoding: "utf8",
  });
  return stdout === "" ? [] : stdout.trimEnd().split("\n");
}

/** What differs from run to run: ids, versions, times, and the widths of columns that depend on them. */
function comparable(lines: readonly string[]): readonly string[] {
  return lines.map((line) =>
    line
      .replace(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, "RUN")
      .replace(/\b[0-9a-f]{10}\b/g, "VERSION")
      .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+Z)?/g, "TIME")
      .replace(/\b\d+(\.\d+)?m?s\b/g, "TOOK")
      .replace(/(completed|failed|skipped) +(\d+) +[\d.]+(?= |$)/g, "$1 $2 MS")
      .replace(/ {2,}/g, " ")
      .trimEnd(),
  );
}

test("the workflow has 20 lines", () => {
  const lines = twentyLines().split("\n");
  expect(lines.filter((line) => line.trim() !== "")).toHaveLength(20);
});

test("the workflow type-checks as it is pasted, strictly, and a mistake in it would not", () => {
  const mistaken = twentyLines().replace("readNote({ path: paths })", "readNote({ file: paths })");
  expect(mistaken).not.toBe(twentyLines());
  writeFileSync(join(project, "mistaken.ts"), mistaken);
  const options =
    "--noEmit --strict --skipLibCheck --noUncheckedIndexedAccess --exactOptionalPropertyTypes --module nodenext --target es2024 " +
    "--types node --customConditions workgraph-source --allowImportingTsExtensions --lib es2024,esnext.disposable,esnext.iterator,esnext.promise";
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, ...options.split(" "), "digest.ts", "mistaken.ts"], {
    cwd: project,
    encoding: "utf8",
  });
  // Of the package's own sources others speak.
  const errors = stdout.split("\n").filter((line) => /^(digest|mistaken)\.ts/.test(line));
  expect(errors.filter((line) => line.startsWith("digest.ts"))).toEqual([]);
  expect(errors.join("\n")).toMatch(/^mistaken\.ts.*'file' does not exist/);
  rmSync(join(project, "mistaken.ts"));
});

test("every command of the ten minutes shows what the page says", () => {
  const commands = transcript(SECTION);
  expect(commands.length).toBeGreaterThan(10);
  const answers = commands.map(({ command }) => answer(command));
  if (process.env.WORKGRAPH_README === "write") rewriteTranscript(SECTION, answers);
  for (const [index, { command, shown }] of transcript(SECTION).entries()) {
    expect(comparable(answers[index] ?? []), command).toEqual(comparable(shown));
  }
});

test("links of the pages lead to files", () => {
  const pages = ["README.md", ...globSync("{docs,examples}/**/*.md", { cwd: ROOT }), "CONTRIBUTING.md"];
  const links = pages.flatMap((page) =>
    [...readFileSync(join(ROOT, page), "utf8").matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)].map(([, to = ""]) => ({
      page,
      to,
    })),
  );
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter(({ page, to }) => !existsSync(resolve(ROOT, dirname(page), to)))).toEqual([]);
});

test("the set-up commands exist", () => {
  const scripts = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> })
    .scripts;
  const [setUp = ""] = blocks("Set up", "sh");
  const named = [...setUp.matchAll(/npm (?:run )?(demo|test)\b/g)].map(([, name = ""]) => name);
  expect(named).toEqual(["demo", "test"]);
  for (const name of named) expect(scripts).toHaveProperty(name);
});
