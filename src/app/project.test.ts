import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkConfig, findProject } from "./project.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "workgraph-project-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), text);
}

describe("the project", () => {
  test("is the nearest folder upwards with a package.json, and has its name", async () => {
    await write("package.json", '{"name": "speeches"}');
    await write("a/b/c.ts", "");
    expect(await findProject({ from: join(root, "a/b") })).toMatchObject({
      root,
      name: "speeches",
      dataDir: join(root, ".workgraph"),
    });
  });

  test("is the nearest config file when that is nearer", async () => {
    await write("package.json", '{"type": "module"}');
    await write("a/workgraph.config.ts", 'export default { data: "kept" as string };');
    expect(await findProject({ from: join(root, "a") })).toMatchObject({
      root: join(root, "a"),
      name: "a",
      dataDir: join(root, "a/kept"),
      configFile: join(root, "a/workgraph.config.ts"),
    });
  });

  test("without either is the working folder", async () => {
    const project = await findProject({ from: root });
    expect([project.root, project.name]).toEqual([root, basename(root)]);
  });

  test("keeps its data where it is told: option, environment, config", async () => {
    await write("workgraph.config.mjs", 'export default { data: "c" };');
    const dataDir = async (options: object): Promise<string> => (await findProject({ from: root, ...options })).dataDir;
    expect(await dataDir({ data: "o", env: { WORKGRAPH_DATA: "e" } })).toBe(join(root, "o"));
    expect(await dataDir({ env: { WORKGRAPH_DATA: "e" } })).toBe(join(root, "e"));
    expect(await dataDir({ env: { WORKGRAPH_DATA: "" } })).toBe(join(root, "c"));
  });
});

describe("workflow files", () => {
  test("are found by the usual globs, without tests and packages", async () => {
    for (const file of [
      "workflows/one.ts",
      "workflows/deep/two.mjs",
      "workflows/one.test.ts",
      "workflows/node_modules/x/three.ts",
      "top.workflow.ts",
      "other.ts",
    ]) {
      await write(file, "");
    }
    const files = await (await findProject({ from: root })).workflowFiles();
    expect(files.map((file) => file.slice(root.length + 1))).toEqual([
      "top.workflow.ts",
      "workflows/deep/two.mjs",
      "workflows/one.ts",
    ]);
  });

  test("are where the config says", async () => {
    await write("workgraph.config.mjs", 'export default { workflows: ["flows/*.ts"] };');
    await write("flows/a.ts", "");
    await write("workflows/b.ts", "");
    const files = await (await findProject({ from: root })).workflowFiles();
    expect(files).toEqual([join(root, "flows/a.ts")]);
  });
});

describe("a configuration is refused", () => {
  test("when it throws or cannot be parsed, naming the file", async () => {
    await write("workgraph.config.mjs", "export default {");
    await expect(findProject({ from: root })).rejects.toMatchObject({ code: "WG5020" });
  });

  test.each([
    [undefined, "has no default export"],
    [{ workflow: [] }, 'the unknown key "workflow"'],
    [{ workflows: "x" }, 'has "workflows" that is not a list'],
    [{ data: 3 }, 'has "data" that is not a text'],
    [{ pools: { gpu: { slots: 0 } } }, 'the pool "gpu"'],
    [{ limits: { callsPerRun: "many" } }, 'the limit "callsPerRun"'],
  ])("%j", (value, message) => {
    expect(() => checkConfig(value, "workgraph.config.ts")).toThrow(message);
  });

  test("a mistyped key names the nearest", () => {
    expect(() => checkConfig({ workflow: [] }, "c")).toThrow(
      expect.objectContaining({ hint: 'Did you mean "workflows"?' }),
    );
  });
});
