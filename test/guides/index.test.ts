/** Links of the pages lead somewhere, and the index for agents has every page. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { slug } from "../../src/app/documentation.ts";
import { COMMANDS } from "../../src/cli/registry.ts";
import { pages, ROOT } from "./pages.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const INDEXED = [...pages(), "llms.txt"];

/** Links that lead nowhere: from the page, to a file or a heading. */
function lostLinks(page: string, text: string): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = "", heading] = link.split("#");
    const path = file === "" ? page : normalize(join(dirname(page), file));
    if (!existsSync(join(ROOT, path))) return [`${page}: ${link}`];
    if (heading === undefined || !path.endsWith(".md")) return [];
    const headings = [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => slug(title));
    return headings.includes(heading) ? [] : [`${page}: ${link}`];
  });
}

test("links lead to files and headings that there are", () => {
  expect(INDEXED.flatMap((page) => lostLinks(page, read(page)))).toEqual([]);
  expect(lostLinks("docs/cli.md", "[a](server.md#streams) [b](nowhere.md) [c](#nothing)")).toHaveLength(2);
});

test("llms.txt has every page that travels with the package", () => {
  const named = new Set([...read("llms.txt").matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path));
  const shipped = ["README.md", "AGENTS.md", ...globSync("docs/*.md", { cwd: ROOT })];
  expect(shipped.filter((path) => !named.has(path))).toEqual([]);
});

test("commands that the guides for agents name are commands", () => {
  const names = new Set(COMMANDS.flatMap(({ name, alias }) => [name, alias]));
  for (const page of ["AGENTS.md", "llms.txt", ...globSync("templates/*/README.md", { cwd: ROOT })]) {
    const typed = [...read(page).matchAll(/npx workgraph ([a-z][a-z-]*)/g)].map(([, name = ""]) => name);
    expect(
      typed.filter((name) => !names.has(name)),
      page,
    ).toEqual([]);
  }
});
