import { describe, expect, test } from "vitest";
import { TempProject } from "../../test/versions/temp-project.ts";
import type { ProjectFiles } from "../../test/versions/temp-project.ts";
import { installed } from "../../test/versions/sample-project.ts";
import { bundleWorkflow, nodeHash } from "./bundle.ts";
import type { Bundle } from "./bundle.ts";

const HEAD = 'import { node, text, workflow } from "agentic-workgraph";\n';

/** Bundles `flow.ts` of a project made of these files. */
async function bundled(files: ProjectFiles, exportName = "flow"): Promise<Bundle> {
  using project = new TempProject(files);
  return await bundleWorkflow({ file: project.path("flow.ts"), exportName });
}

const flowOf = (body: string, more = ""): string =>
  `${HEAD}${more}\nexport const flow = workflow({ name: "flow" }, () => ${body});\n`;

describe("what is bundled", () => {
  test("only what one workflow needs of its file", async () => {
    const { code, nodes } = await bundled({
      "flow.ts": flowOf(
        "a({})",
        'const a = node({ id: "a" }, () => "mine"); const b = node({ id: "b", concurrency: 1 + heavy() }, () => "theirs"); declare function heavy(): number;',
      ),
    });
    expect(code).toContain("mine");
    expect(code).not.toContain("theirs");
    expect(nodes.map(({ id }) => id)).toEqual(["a"]);
  });

  test("a package that only a dropped node uses is not imported", async () => {
    const { code, externals } = await bundled({
      ...installed("heavy", "1.0.0", { code: "export const heavy = 1;" }),
      "flow.ts": flowOf("1", 'import { heavy } from "heavy"; const b = node({ id: "b" }, () => heavy);'),
    });
    expect(code).not.toContain("heavy");
    expect(externals).toEqual([]);
  });

  test("a package imported for its effect is", async () => {
    const { code, externals } = await bundled({
      ...installed("polyfill", "1.2.3", { code: "globalThis.filled = true;" }),
      "flow.ts": flowOf("1", 'import "polyfill";'),
    });
    expect(code).toContain("polyfill");
    expect(externals.find(({ specifier }) => specifier === "polyfill")?.version).toBe("1.2.3");
  });

  test("a workspace package is code of the project, with its own packages", async () => {
    const { code, sources, externals } = await bundledWorkspace();
    expect(code).toContain("from the workspace");
    expect(sources.map(({ path }) => path)).toContain("packages/lib/index.ts");
    expect(externals.map(({ specifier, version, importer }) => `${importer}: ${specifier}@${version}`)).toEqual([
      "flow.ts: dep@1.0.0",
      "packages/lib/index.ts: dep@2.0.0",
    ]);
  });

  test("sources are stored by paths relative to the project, sorted", async () => {
    const { sources, map } = await bundled({
      "flow.ts": flowOf("b", 'import { b } from "./lib/b.ts";'),
      "lib/b.ts": "export const b = 1;",
    });
    expect(sources.map(({ path }) => path)).toEqual(["flow.ts", "lib/b.ts"]);
    expect((JSON.parse(map) as { sources: string[] }).sources.sort()).toEqual(["flow.ts", "lib/b.ts"]);
  });

  test("neither code nor map names a folder of this machine", async () => {
    using project = new TempProject({ "flow.ts": flowOf("import.meta.dirname") });
    const { code, map } = await bundleWorkflow({ file: project.path("flow.ts") });
    expect(code + map).not.toContain(project.folder);
  });

  test("import() of a computed path is a warning with its place", async () => {
    const { warnings } = await bundled({ "flow.ts": flowOf("import(`./${name}`)", "declare const name: string;") });
    expect(warnings).toEqual([expect.stringMatching(/^flow\.ts:3:54 import\(\) of a computed path/)]);
  });

  test("text() of a computed path is a warning", async () => {
    const { warnings } = await bundled({ "flow.ts": flowOf("text(import.meta, name)", "declare const name: string;") });
    expect(warnings).toEqual([expect.stringContaining("text() needs import.meta and a literal path")]);
  });

  test("a node made by a factory has the workflow's version, marked coarse", async () => {
    const bundle = await bundled({
      "flow.ts": flowOf(
        "[made({}), nodes.inner({})]",
        'const make = (id: string) => node({ id }, () => 1); const made = make("made"); const nodes = { inner: node({ id: "inner" }, () => 2) };',
      ),
    });
    expect(nodeHash(bundle, "made")).toEqual({ hash: bundle.closureHash, coarse: true });
    expect(nodeHash(bundle, "inner")).toEqual({ hash: bundle.closureHash, coarse: true });
  });

  test("an await among a definition's options keeps it where it is", async () => {
    const { code } = await bundled({
      "flow.ts": flowOf("a({})", 'const a = node({ id: "a", title: await Promise.resolve("t") }, () => 1);'),
    });
    expect(code).toContain("await Promise.resolve");
  });
});

function bundledWorkspace(): Promise<Bundle> {
  return bundled({
    "packages/lib/package.json": JSON.stringify({ name: "@me/lib", type: "module", exports: "./index.ts" }),
    "packages/lib/index.ts": 'import { dep } from "dep";\nexport const lib = () => `from the workspace ${dep}`;\n',
    "packages/lib/node_modules/dep/package.json": JSON.stringify({
      name: "dep",
      version: "2.0.0",
      type: "module",
      exports: "./index.js",
    }),
    "packages/lib/node_modules/dep/index.js": "export const dep = 2;",
    "node_modules/@me/lib -> ../../packages/lib": "",
    ...installed("dep", "1.0.0", { code: "export const dep = 1;" }),
    "flow.ts": flowOf("[lib(), dep]", 'import { lib } from "@me/lib"; import { dep } from "dep";'),
  });
}

describe("which workflow", () => {
  const two = `${HEAD}export const one = workflow({ name: "first-one" }, () => 1);\nexport const two = workflow({ name: "second" }, () => 2);\n`;

  test("an export is named by its name or by the workflow's", async () => {
    expect((await bundled({ "flow.ts": two }, "one")).exportName).toBe("one");
    expect((await bundled({ "flow.ts": two }, "second")).exportName).toBe("two");
  });

  test("of several, one must be named", async () => {
    using project = new TempProject({ "flow.ts": two });
    await expect(bundleWorkflow({ file: project.path("flow.ts") })).rejects.toMatchObject({
      code: "WG4004",
      message: expect.stringContaining('exports 2 workflows: "one", "two"'),
      hint: expect.stringContaining("flow.ts#one"),
    });
  });

  test("a mistyped name finds the nearest", async () => {
    await expect(bundled({ "flow.ts": two }, "frist-one")).rejects.toMatchObject({
      code: "WG4004",
      hint: 'Did you mean "first-one"?',
    });
  });

  test("a default export, an alias and a re-export are found", async () => {
    expect(
      (await bundled({ "flow.ts": `${HEAD}export default workflow({ name: "d" }, () => 1);` }, "default")).workflowName,
    ).toBe("d");
    expect(
      (await bundled({ "flow.ts": `${HEAD}const a = workflow({ name: "d" }, () => 1);\nexport { a as b };` }, "b"))
        .workflowName,
    ).toBe("d");
    const through = {
      "flow.ts": 'export * from "./other.ts";',
      "other.ts": `${HEAD}export const x = workflow({ name: "d" }, () => 1);`,
    };
    expect((await bundled(through, "x")).workflowName).toBe("d");
  });

  test("a file without one says how to export one", async () => {
    await expect(bundled({ "flow.ts": "export const a = 1;" })).rejects.toMatchObject({
      code: "WG4004",
      hint: expect.stringContaining("export const"),
    });
  });
});

describe("what cannot be bundled", () => {
  const refused = async (files: ProjectFiles): Promise<unknown> => bundled(files).catch((error: unknown) => error);

  test("a file that does not exist", async () => {
    expect(await refused({})).toMatchObject({ code: "WG4001", message: expect.stringContaining("does not exist") });
  });

  test("a syntax error shows place and line", async () => {
    const files = {
      "flow.ts": flowOf("x", 'import { x } from "./x.ts";'),
      "x.ts": "export const x = 1;\nconst y = ;\n",
    };
    expect(await refused(files)).toMatchObject({
      code: "WG4002",
      message: expect.stringMatching(/x\.ts:2:11" is not valid: Unexpected token\n {2}const y = ;/),
      site: { file: expect.stringMatching(/x\.ts$/), line: 2, column: 11 },
    });
  });

  test.for([
    ["a missing file", './nope.ts"', "nope.ts"],
    ["a missing package", 'nope/sub"', "npm install nope"],
    ["a missing scoped package", '@me/nope/sub"', "npm install @me/nope"],
    ["a name that is not exported", './real.ts"', '"x" is not exported'],
    ["a missing text file", './nope.md" with { type: "text" }', "nope.md"],
  ] as const)("%s shows who imports it", async ([, specifier, text]) => {
    const error = await refused({
      "flow.ts": flowOf("x", `import { x } from "${specifier};`),
      "real.ts": "export const y = 1;",
    });
    expect(error).toMatchObject({ code: "WG4003", site: { file: expect.stringMatching(/flow\.ts$/), line: 2 } });
    const { message, hint } = error as { message: string; hint: string };
    expect(`${message} ${hint}`).toContain(text);
  });
});
