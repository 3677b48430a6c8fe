/**
 * The pages of the documentation as tests read them: a section's snippets joined to one file, in one folder that the package is
 * installed in.
 *
 * R1. What is written is found, not listed: a new page and a new section are looked at by being there.
 * R2. A snippet that imports a package of a provider (`@ai-sdk/...`) which this checkout does not have is read, and not run.
 * R3. Said results are comments of their own line: `// name(input) -> result`, or `// name(input) throws WG2001`, both read as
 *     expressions. `{ pages: 3, ... }` leaves out fields.
 * R4. A page whose snippets are files of one project is run as that project, by a test of its own.
 */
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** R4: docs/testing.md by test/testing/pages.test.ts. */
const PROJECTS: readonly string[] = ["docs/testing.md"];

export interface Section {
  /** Path from the repository's root. */
  readonly page: string;
  readonly title: string;
  /** Name of its file in the folder, without extension. */
  readonly file: string;
  readonly code: string;
}

export interface SaidResult {
  readonly name: string;
  /** Expressions. */
  readonly input: string;
  readonly outcome: { readonly gives: string } | { readonly throws: string };
  readonly line: string;
}

export function pages(): readonly string[] {
  return globSync(["*.md", "docs/**/*.md", "templates/**/*.md", "examples/**/*.md"], { cwd: ROOT })
    .filter((path) => !path.includes("node_modules"))
    .toSorted();
}

/** The fenced blocks of one language. */
export function blocksOf(markdown: string, language: string): readonly string[] {
  return [...markdown.matchAll(/^```(\w+)[^\n]*\n(.*?)^```$/gms)]
    .filter(([, written]) => written === language)
    .map(([, , text = ""]) => text);
}

export function sectionsOfPages(): readonly Section[] {
  const joined = pages().filter((page) => !PROJECTS.includes(page));
  return joined.flatMap((page) => sectionsIn(page, readFileSync(join(ROOT, page), "utf8")));
}

export function sectionsIn(page: string, markdown: string): readonly Section[] {
  return markdown
    .split(/^## /m)
    .map((text, index) => {
      const title = text.slice(0, text.indexOf("\n")).replace(/^# /, "");
      const file = `${page.replace(/\.md$/, "").replaceAll(/[^\w]+/g, "-")}-${index}`.toLowerCase();
      return { page, title, file, code: blocksOf(text, "ts").join("\n") };
    })
    .filter(({ code }) => code !== "");
}

/** R3. */
export function saidResults(code: string): readonly SaidResult[] {
  return [...code.matchAll(/^\/\/ (\w+)\((.*)\) (?:-> (.+)|throws (WG\d{4}))$/gm)].map(
    ([line, name = "", input = "", gives, throws]) => ({
      name,
      input,
      outcome: gives === undefined ? { throws: throws ?? "" } : { gives },
      line,
    }),
  );
}

/** R2. */
export function missingPackages({ code }: Section): readonly string[] {
  const here = new Set(packagesHere());
  return [...code.matchAll(/\bfrom "([^".][^"]*)"/g)]
    .map(([, specifier = ""]) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/"))
    .filter((name) => !isBuiltin(name) && !here.has(name));
}

function packagesHere(): readonly string[] {
  const modules = join(ROOT, "node_modules");
  const names = readdirSync(modules).filter((name) => !name.startsWith("."));
  const scoped = names
    .filter((name) => name.startsWith("@"))
    .flatMap((scope) => readdirSync(join(modules, scope)).map((name) => `${scope}/${name}`));
  return ["agentic-workgraph", ...names.filter((name) => !name.startsWith("@")), ...scoped];
}

/** A project in a folder elsewhere that has what this checkout has, the package included. */
export function folderWithPackages(): string {
  const folder = mkdtempSync(join(tmpdir(), "workgraph-pages-"));
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  symlinkSync(ROOT.replace(/\/$/, ""), join(modules, "agentic-workgraph"));
  writeFileSync(join(folder, "package.json"), '{ "name": "pages", "type": "module" }\n');
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(ROOT, "tsconfig.json"), include: ["*.ts"], exclude: [] }),
  );
  return folder;
}
