import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workgraphJson } from "../cli/fixtures/workgraph-process.ts";

/** Paths as the runtime writes them into error records are the measure: `check` fails everywhere. */
const FLOW = `
import { node, workflow } from "agentic-workgraph";
const books = node({ id: "books", out: "many" }, async () => ["c", "a", "b"]);
const chapters = node({ id: "chapters", key: (chapter: string) => chapter }, async function* ({ book }: { book: string }) {
  await new Promise((resolve) => setTimeout(resolve, book.charCodeAt(0) - 96));
  for (let n = 0; n < 3; n++) yield book + n;
  if (book === "b") throw new Error("torn");
});
const pages = node({ id: "pages", out: "many" }, async ({ chapter }: { chapter: string }) => [chapter + "x", chapter + "y"]);
const check = node({ id: "check" }, async ({ page, level }: { page: string; level: number }) => {
  throw new Error(page + level);
});
const single = node({ id: "single" }, async ({ level }: { level: number }) => {
  throw new Error("single " + level);
});
export const library = workflow({ name: "library" }, ({ levels }: { levels: number[] }) => {
  const pagesOf = pages({ chapter: chapters({ book: books({}) }) });
  single({ level: levels });
  single({ level: 7 });
  return check({ page: pagesOf, level: 1 });
});
`;

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "workgraph-paths-"));
  await writeFile(join(cwd, "package.json"), '{"type": "module"}');
  await writeFile(join(cwd, "flow.ts"), FLOW);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

test("an item shows the values it was given, of its own places", async () => {
  const { document } = await workgraphJson(["run", "flow.ts", "-i", "levels=[5,6]"], { cwd });
  const { document: listed } = await workgraphJson(["items", document.runId as string, "--limit", "1000"], { cwd });
  const rows = listed.items as readonly Row[];
  const inputsAt = async (node: string, path: string): Promise<unknown> => {
    const row = rows.find((one) => one.node === node && one.path === path)!;
    const { document: item } = await workgraphJson(["show", row.address], { cwd });
    return (item.inputs as readonly { param: string; value: unknown }[]).map(({ param, value }) => [param, value]);
  };
  expect(await inputsAt("check", "books[2]/chapters[b1]/pages[1]")).toEqual([
    ["page", "b1y"],
    ["level", 1],
  ]);
  expect(await inputsAt("pages", "books[0]/chapters[c2]")).toEqual([["chapter", "c2"]]);
  expect(await inputsAt("single", "level[1]")).toEqual([["level", 6]]);
});

interface Row {
  readonly address: string;
  readonly path: string;
  readonly node: string;
}

async function pathsOf(command: "items" | "errors", run: string): Promise<ReadonlyMap<string, string>> {
  const { document } = await workgraphJson([command, run, "--limit", "1000"], { cwd });
  const rows = document[command] as readonly Row[];
  return new Map(rows.filter((row) => row.address !== undefined).map((row) => [row.address, row.path]));
}

test("items are shown at the paths that the runtime gave their errors, before and after a resume", async () => {
  const { document } = await workgraphJson(["run", "flow.ts", "-i", "levels=[5,6]"], { cwd });
  const run = document.runId as string;
  for (const again of ["run", "resume"]) {
    if (again === "resume") await workgraphJson(["resume", run], { cwd });
    const [items, errors] = [await pathsOf("items", run), await pathsOf("errors", run)];
    // 18 pages, one torn book, three single: every failed item is compared.
    expect(errors.size).toBeGreaterThanOrEqual(22);
    for (const [address, path] of errors) expect([address, items.get(address)]).toEqual([address, path]);
    const texts = [...items.values()];
    for (const path of ["books[2]/chapters[b1]/pages[1]", "books[0]/chapters[c2]", "books[1]", "level[1]", "."]) {
      expect(texts).toContain(path);
    }
  }
});
