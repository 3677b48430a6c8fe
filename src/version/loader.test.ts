import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TempProject } from "../../test/versions/temp-project.ts";
import { installed } from "../../test/versions/sample-project.ts";
import { bundleWorkflow } from "./bundle.ts";
import type { Bundle } from "./bundle.ts";
import { loadBundle, setPackageEntry } from "./loader.ts";
import { firstPosition, mapStack, originalPosition, sourceLine } from "./origin.ts";

const HEAD = 'import { node, text, workflow } from "agentic-workgraph";\n';

let project: TempProject;

beforeEach(() => {
  project = new TempProject();
  setPackageEntry(project.stubUrl);
});

afterEach(() => project[Symbol.dispose]());

/** Writes `flow.ts`, bundles its export "flow" and calls it. */
async function bundled(source: string): Promise<Bundle> {
  project.write({ "flow.ts": HEAD + source });
  return bundleWorkflow({ file: project.path("flow.ts"), exportName: "flow" });
}

const load = async ({ closureHash, code, map, file, root, sources }: Bundle): Promise<(input?: unknown) => unknown> => {
  const module = await loadBundle({ hash: closureHash, code, map, originFile: file, root, sources });
  return module["flow"] as (input?: unknown) => unknown;
};

async function result(source: string): Promise<unknown> {
  return (await load(await bundled(source)))({});
}

describe("loaded code", () => {
  test("runs, with packages found from the author's file", async () => {
    project.write(installed("dep", "1.0.0", { code: "export const dep = 'installed';" }));
    expect(await result('import { dep } from "dep"; export const flow = workflow({ name: "f" }, () => dep);')).toBe(
      "installed",
    );
  });

  test("is what was recorded, whatever the file says by now", async () => {
    const bundle = await bundled('export const flow = workflow({ name: "f" }, () => "then");');
    project.remove("flow.ts");
    expect((await load(bundle))({})).toBe("then");
  });

  test("is replaced by changed code without a restart", async () => {
    expect(await result('export const flow = workflow({ name: "f" }, () => 1);')).toBe(1);
    expect(await result('export const flow = workflow({ name: "f" }, () => 2);')).toBe(2);
  });

  test("is loaded once while it is equal", async () => {
    const bundle = await bundled(
      "let loads = 0; loads++; const box = { loads }; export const flow = workflow({ name: 'f' }, () => box);",
    );
    expect((await load(bundle))({})).toBe((await load(bundle))({}));
  });

  test("means this running package by its name, also from a package below", async () => {
    project.write(installed("plugin", "1.0.0", { code: 'export { workflow as same } from "agentic-workgraph";' }));
    project.write({ "node_modules/plugin/node_modules/agentic-workgraph/package.json": "{}" });
    expect(
      await result(
        'import { same } from "plugin"; export const flow = workflow({ name: "f" }, () => same === workflow);',
      ),
    ).toBe(true);
  });

  test("two packages of one name keep their importers", async () => {
    project.write({
      "packages/lib/package.json": JSON.stringify({ name: "@me/lib", type: "module", exports: "./index.ts" }),
      "packages/lib/index.ts": 'export { dep as theirs } from "dep";',
      "packages/lib/node_modules/dep/package.json": JSON.stringify({
        name: "dep",
        version: "2.0.0",
        type: "module",
        exports: "./i.js",
      }),
      "packages/lib/node_modules/dep/i.js": "export const dep = 2;",
      "node_modules/@me/lib -> ../../packages/lib": "",
      ...installed("dep", "1.0.0", { code: "export const dep = 1;" }),
    });
    const source =
      'import { theirs } from "@me/lib"; import { dep } from "dep"; export const flow = workflow({ name: "f" }, () => [dep, theirs]);';
    expect(await result(source)).toEqual([1, 2]);
  });

  test("an import for its effect happens", async () => {
    project.write(installed("effect", "1.0.0", { code: "globalThis.effectOfTest = 7;" }));
    expect(
      await result(
        'import "effect"; export const flow = workflow({ name: "f" }, () => (globalThis as any).effectOfTest);',
      ),
    ).toBe(7);
  });

  test("import.meta names the author's file", async () => {
    project.write({
      "lib/where.ts": "export const where = [import.meta.filename, import.meta.dirname, import.meta.url] as const;",
    });
    const [file, folder, url] = (await result(
      'import { where } from "./lib/where.ts"; export const flow = workflow({ name: "f" }, () => where);',
    )) as string[];
    expect(file).toBe(project.path("lib/where.ts"));
    expect(folder).toBe(project.path("lib"));
    expect(url).toMatch(/^file:.*lib\/where\.ts$/);
  });

  test("CommonJS of the project requires packages", async () => {
    project.write(installed("dep", "1.0.0", { code: "" }));
    project.write({
      "node_modules/old/package.json": JSON.stringify({ name: "old", version: "1.0.0" }),
      "node_modules/old/index.js": "module.exports = { old: 1 };",
      "legacy.cjs": 'module.exports = { value: require("old").old + require("node:path").sep.length };',
    });
    expect(
      await result(
        'import legacy from "./legacy.cjs"; export const flow = workflow({ name: "f" }, () => legacy.value);',
      ),
    ).toBe(2);
  });

  test("texts are inside", async () => {
    project.write({ "p.md": "prompt text" });
    const bundle = await bundled(
      'import p from "./p.md" with { type: "text" }; const q = text(import.meta, "./p.md"); export const flow = workflow({ name: "f" }, () => p + q);',
    );
    project.remove("p.md");
    expect((await load(bundle))({})).toBe("prompt textprompt text");
  });
});

describe("positions", () => {
  const FAILING = [
    'import { explode } from "./lib/explode.ts";',
    "interface Input { readonly deep: number }",
    'export const flow = workflow({ name: "f" }, (input: Input) => {',
    "  return explode(input);",
    "});",
  ].join("\n");

  async function stackOfFailure(): Promise<string> {
    project.write({
      "lib/explode.ts":
        "type A = string;\n\nexport function explode(given: unknown): never {\n  throw new Error(`no ${given}`);\n}\n",
    });
    const flow = await load(await bundled(FAILING));
    try {
      flow({});
    } catch (error) {
      return (error as Error).stack ?? "";
    }
    throw new Error("it did not fail");
  }

  test("a stack names the author's files, lines and columns", async () => {
    const mapped = mapStack(await stackOfFailure());
    expect(mapped).toContain(`at explode (${project.path("lib/explode.ts")}:4:9)`);
    expect(mapped).toContain(`${project.path("flow.ts")}:5:10`);
    expect(mapped).not.toContain("workgraph:");
  });

  test("one frame is mapped like a stack, and a foreign one stays", async () => {
    const [, frame = ""] = (await stackOfFailure()).split("\n");
    expect(mapStack(frame)).toContain("explode.ts:4:9");
    expect(mapStack("    at other (file:///elsewhere.js:1:2)")).toBe("    at other (file:///elsewhere.js:1:2)");
  });

  test("the line is read from the version that was loaded", async () => {
    const stack = await stackOfFailure();
    project.write({ "lib/explode.ts": "changed" });
    const at = firstPosition(stack);
    expect(at && sourceLine(at.file, at.line)).toBe("  throw new Error(`no ${given}`);");
  });

  test("an unknown URL has no position", () => {
    expect(originalPosition("workgraph:nothing/flow.mjs", 1, 1)).toBeUndefined();
    expect(sourceLine("/nowhere.ts", 1)).toBeUndefined();
  });

  test("equal versions with other comments keep their own lines", async () => {
    const body = 'export const flow = workflow({ name: "f" }, () => new Error().stack);';
    const first = mapStack((await result(body)) as string);
    const second = mapStack((await result(`// a comment\n\n${body}`)) as string);
    expect(first).toContain("flow.ts:2:");
    expect(second).toContain("flow.ts:4:");
  });

  test("without the root, the map's paths are found from the workflow file", async () => {
    const { closureHash, code, map, file } = await bundled(
      'export const flow = workflow({ name: "f" }, () => new Error().stack);',
    );
    const module = await loadBundle({ hash: `${closureHash}-rootless`, code, map, originFile: file });
    expect(mapStack((module["flow"] as () => string)())).toContain(`${project.path("flow.ts")}:2:`);
  });
});

describe("any text", () => {
  test("before a definition moves no edit and no position", async () => {
    const source = [
      'const sign = "\u{1F600}é";',
      'const a = node({ id: "a" }, () => `${sign}${import.meta.filename.length > 0}`); /* \u{1F680} */ const b = text(import.meta, "./p.md");',
      'export const flow = workflow({ name: "f" }, () => [a({}), b, new Error("\u{1F480}").stack]);',
    ].join("\n");
    project.write({ "p.md": "\u{1F4C4} text" });
    const [made, text, stack] = (await result(source)) as string[];
    expect(made).toBe("\u{1F600}étrue");
    expect(text).toBe("\u{1F4C4} text");
    expect(mapStack(stack ?? "")).toContain(`${project.path("flow.ts")}:4:62`);
  });

  test("may begin with a byte order mark and end lines with a carriage return", async () => {
    project.write({
      "flow.ts":
        `\uFEFF${HEAD}const a = node({ id: "a" }, () => 1);\nexport const flow = workflow({ name: "f" }, () => [a({}), new Error().stack]);\n`.replaceAll(
          "\n",
          "\r\n",
        ),
    });
    const [value, stack] = (await load(await bundleWorkflow({ file: project.path("flow.ts") })))({}) as [
      number,
      string,
    ];
    expect(value).toBe(1);
    expect(mapStack(stack)).toContain(`${project.path("flow.ts")}:3:`);
  });

  test("may be the name of an export", async () => {
    project.write({ "flow.ts": `${HEAD}const a = workflow({ name: "f" }, () => 1);\nexport { a as "any text" };` });
    const { closureHash, code, map, file, exportName } = await bundleWorkflow({ file: project.path("flow.ts") });
    expect(Object.keys(await loadBundle({ hash: closureHash, code, map, originFile: file }))).toEqual([exportName]);
  });

  test("a path through a link is the same file", async () => {
    const bundle = await bundled(
      'import { b } from "./b.ts"; export const flow = workflow({ name: "f" }, () => b);'.replace("b.ts", "lib/b.ts"),
    ).catch((error: unknown) => error);
    expect(bundle).toMatchObject({ code: "WG4003" });
    project.write({
      "lib/b.ts": 'import { dep } from "dep"; export const b = dep;',
      ...installed("dep", "1.0.0", { code: "export const dep = 5;" }),
    });
    project.write({ "linked -> .": "" });
    const linked = await bundleWorkflow({ file: project.path("linked/flow.ts") });
    expect(linked.sources.map(({ path }) => path)).toEqual(["flow.ts", "lib/b.ts"]);
    expect((await load(linked))({})).toBe(5);
  });
});

describe("what fails while it is loaded", () => {
  test("is told with the author's place and line", async () => {
    project.write({ "lib/bad.ts": "const list: string[] = [];\nexport const first = list[0]!.length;\n" });
    const bundle = await bundled(
      'import { first } from "./lib/bad.ts"; export const flow = workflow({ name: "f" }, () => first);',
    );
    await expect(load(bundle)).rejects.toMatchObject({
      code: "WG4005",
      message: expect.stringMatching(
        /lib\/bad\.ts:2:\d+" failed while it was loaded: TypeError: .*\n {2}export const first/,
      ),
      site: { file: project.path("lib/bad.ts"), line: 2 },
      cause: expect.any(TypeError),
    });
  });

  test("may be anything that can be thrown", async () => {
    const bundle = await bundled(
      'if (Date.now() > 0) throw undefined; export const flow = workflow({ name: "f" }, () => 1);',
    );
    await expect(load(bundle)).rejects.toMatchObject({ code: "WG4005", message: expect.stringContaining("undefined") });
  });

  test("a package without the imported name is one of it", async () => {
    project.write(installed("dep", "1.0.0", { code: "export const other = 1;" }));
    const bundle = await bundled('import { dep } from "dep"; export const flow = workflow({ name: "f" }, () => dep);');
    await expect(load(bundle)).rejects.toMatchObject({
      code: "WG4005",
      message: expect.stringContaining("does not provide an export named 'dep'"),
    });
  });
});
