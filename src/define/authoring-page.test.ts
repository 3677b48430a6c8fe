import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The snippets of docs/authoring.md, those of one section joined to one file. */
const page = await readFile(join(ROOT, "docs/authoring.md"), "utf8");
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    title: section.slice(0, section.indexOf("\n")),
    code: [...section.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]).join("\n"),
  }))
  .filter(({ code }) => code !== "");

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "workgraph-authoring-"));
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const paths = { "agentic-workgraph": [join(ROOT, "src/index.ts")] };
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: { paths },
      include: ["*.ts"],
      exclude: [],
    }),
  );
  for (const [index, { code }] of sections.entries()) await writeFile(join(folder, `section-${index}.ts`), code);
});

afterAll(async () => rm(folder, { recursive: true }));

test("every section with code is looked at", () => {
  expect(sections.map(({ title }) => title)).toContain("A first workflow");
  expect(sections.length).toBeGreaterThan(7);
});

test("every snippet of the page compiles", async () => {
  const failed = await promisify(execFile)(join(ROOT, "node_modules/.bin/tsc"), [
    "-p",
    folder,
    "--pretty",
    "false",
  ]).then(
    () => "",
    (error: { stdout: string }) => error.stdout,
  );
  const inSnippets = failed.split("\n").filter((line) => line.includes("section-"));
  const named = inSnippets
    .join("\n")
    .replaceAll(/section-(\d+)\.ts/g, (_, index: string) => `"${sections[Number(index)]?.title}"`);
  expect(named).toBe("");
}, 60_000);

test("every code of the page is one that the sources give", async () => {
  const codes = new Set(page.match(/WG\d{4}/g));
  const { stdout } = await promisify(execFile)("grep", ["-rhoE", "WG[0-9]{4}", join(ROOT, "src"), "--include=*.ts"]);
  const given = new Set(stdout.split("\n"));
  expect([...codes].filter((code) => !given.has(code))).toEqual([]);
});
