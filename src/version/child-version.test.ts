import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { isWorkflow } from "../define/brand.ts";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import { TempProject } from "../../test/versions/temp-project.ts";
import { bundleWorkflow } from "./bundle.ts";
import { childVersion } from "./child-version.ts";
import { holderOf } from "./held-workflow.ts";
import { loadBundle } from "./loader.ts";
import { originalPosition } from "./origin.ts";
import { loadVersion, storeFacts, storeVersion, type StoredVersion } from "./stored-version.ts";

const projects: TempProject[] = [];
afterEach(() => {
  for (const project of projects.splice(0)) project[Symbol.dispose]();
});

function projectOf(files: Readonly<Record<string, string>>): TempProject {
  const project = new TempProject(files);
  projects.push(project);
  return project;
}

const HEAD = 'import { node, runSubgraph, workflow } from "agentic-workgraph";\n';

/** The child as it is taken out of its parent, stored and read back; and as it is bundled alone. */
async function both(
  files: Readonly<Record<string, string>>,
  of: { readonly parent: string; readonly child: string; readonly name: string },
): Promise<{ readonly taken: StoredVersion; readonly alone: StoredVersion; readonly project: TempProject }> {
  const project = projectOf(files);
  const store = openMemoryStore();
  const parent = await loadVersion(
    store,
    await storeVersion(store, await bundleWorkflow({ file: join(project.folder, of.parent) })),
  );
  const [file = "", exportName] = of.child.split("#");
  const request = { file: join(project.folder, file), ...(exportName === undefined ? {} : { exportName }) };
  const alone = await loadVersion(store, await storeVersion(store, await bundleWorkflow(request)));
  const taken = await childVersion(parent, placeOf(parent.code, of.name));
  if (!taken) throw new Error("it was not found in its parent");
  return { taken: await loadVersion(store, await storeFacts(store, taken)), alone, project };
}

/** Where the workflow of this name is made; without one, where a function makes them. */
function placeOf(code: string, name: string | undefined): { readonly line: number; readonly column: number } {
  const made = name === undefined ? "workflow({ name }" : `workflow({ name: "${name}"`;
  const lines = code.slice(0, code.indexOf(made)).split("\n");
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

const CHILD = `${HEAD}
import { basename } from "node:path";
import { suffix } from "../lib/words.ts";
import prompt from "./prompt.md" with { type: "text" };
const shout = node({ id: "shout" }, async ({ word }: { word: string }) => basename(word) + suffix + prompt);
const unused = node({ id: "unused" }, async () => 1);
export const child = workflow({ name: "child" }, ({ word, times = 2 }: { word: string; times?: number }) => shout({ word }));
`;
const FILES = {
  "stages/child.ts": CHILD,
  "stages/prompt.md": "shout it",
  "lib/words.ts": 'export const suffix = "!";\nexport const other = "?";\n',
  "parent.ts": `${HEAD}
import { child } from "./stages/child.ts";
import { other } from "./lib/words.ts";
const suffix = "its own";
const join = node({ id: "join", gather: ["xs"] }, async ({ xs }: { xs: string[] }) => xs.join(suffix + other));
export const parent = workflow({ name: "parent" }, () => join({ xs: runSubgraph({ workflow: child, input: { word: ["a"] } }) }));
`,
};
const NAMES = { parent: "parent.ts", child: "stages/child.ts", name: "child" };

describe("a child taken out of the code of its parent", () => {
  test("has the version, nodes, name and parameters that it has alone", async () => {
    const { taken, alone } = await both(FILES, NAMES);
    expect(taken.closureHash).toBe(alone.closureHash);
    expect(taken.nodes).toEqual(alone.nodes);
    expect(taken).toMatchObject({
      path: "stages/child.ts",
      base: "parent.ts",
      exportName: "child",
      workflowName: "child",
    });
    expect(taken.signature).toEqual(alone.signature);
    expect(taken.signature).toHaveLength(2);
  });

  test("loads nothing of its parent, and its positions are those of its source", async () => {
    const { taken, project } = await both(FILES, NAMES);
    expect(taken.code).not.toContain("join");
    const module = await loadBundle({
      hash: taken.closureHash,
      code: taken.code,
      map: taken.map,
      originFile: join(project.folder, "parent.ts"),
      root: project.folder,
      sources: taken.sources,
    });
    const { child } = module as { child: unknown };
    if (!isWorkflow(child)) throw new Error("it is no workflow");
    const { site } = child.definition;
    expect(originalPosition(site!.file, site!.line, site!.column)).toMatchObject({
      file: join(project.folder, "stages/child.ts"),
      line: CHILD.split("\n").findIndex((line) => line.includes("export const child")) + 1,
    });
  });

  test("needs no file any more", async () => {
    const project = projectOf(FILES);
    const store = openMemoryStore();
    const bundle = await bundleWorkflow({ file: join(project.folder, "parent.ts") });
    const parent = await loadVersion(store, await storeVersion(store, bundle));
    const place = placeOf(parent.code, "child");
    const before = await childVersion(parent, place);
    rmSync(project.folder, { recursive: true });
    expect(await childVersion(parent, place)).toEqual(before);
  });

  test("is taken out of a child as well", async () => {
    const files = {
      ...FILES,
      "top.ts": `${HEAD}
import { parent } from "./parent.ts";
export const top = workflow({ name: "top" }, () => runSubgraph({ workflow: parent }));
`,
    };
    const { taken: parent } = await both(files, { parent: "top.ts", child: "parent.ts", name: "parent" });
    const child = await childVersion(parent, placeOf(parent.code, "child"));
    const { alone } = await both(FILES, NAMES);
    expect(child).toMatchObject({ closureHash: alone.closureHash, path: "stages/child.ts", base: "top.ts" });
  });

  test("counts packages in the versions that its parent was bundled with", async () => {
    const files = {
      "node_modules/words/package.json": '{"name": "words", "version": "1.2.3", "main": "index.js"}',
      "node_modules/words/index.js": "module.exports = { shout: (word) => word };\n",
      "child.ts": `${HEAD}import { shout } from "words";
const say = node({ id: "say" }, async ({ word }: { word: string }) => shout(word));
export const child = workflow({ name: "child" }, ({ word }: { word: string }) => say({ word }));
`,
      "parent.ts": `${HEAD}import { child } from "./child.ts";
export const parent = workflow({ name: "parent" }, () => runSubgraph({ workflow: child, input: { word: "a" } }));
`,
    };
    const { taken, alone } = await both(files, { parent: "parent.ts", child: "child.ts", name: "child" });
    expect(taken.closureHash).toBe(alone.closureHash);
    expect(taken.externals).toEqual(alone.externals);
    expect(taken.externals).toMatchObject([{ package: "words", version: "1.2.3" }]);
  });

  test("may stand in one declaration with others, be a default export, or none", async () => {
    const files = {
      "all.ts": `${HEAD}
const [low, high] = [1, 2];
const a = node({ id: "a" }, async () => low), b = node({ id: "b" }, async () => high);
const one = workflow({ name: "one" }, () => a()), two = workflow({ name: "two" }, () => b());
export default workflow({ name: "dflt" }, () => b());
export { one, two as second };
`,
      "parent.ts": `${HEAD}import dflt, { one, second } from "./all.ts";
const hidden = workflow({ name: "hidden" }, () => 1);
export const parent = workflow({ name: "parent" }, () => [runSubgraph({ workflow: one }), runSubgraph({ workflow: second }), runSubgraph({ workflow: dflt }), runSubgraph({ workflow: hidden })]);
`,
    };
    for (const [name, child] of [
      ["one", "one"],
      ["two", "second"],
      ["dflt", "default"],
    ] as const) {
      const { taken, alone } = await both(files, { parent: "parent.ts", child: `all.ts#${child}`, name });
      expect([name, taken.closureHash, taken.exportName]).toEqual([name, alone.closureHash, child]);
      const loaded = {
        hash: `${name}-${taken.closureHash}`,
        code: taken.code,
        map: taken.map,
        originFile: "/nowhere/parent.ts",
      };
      expect(isWorkflow((await loadBundle(loaded))[child])).toBe(true);
    }
    const store = openMemoryStore();
    const bundle = await bundleWorkflow({ file: join(projectOf(files).folder, "parent.ts") });
    const parent = await loadVersion(store, await storeVersion(store, bundle));
    expect(await childVersion(parent, placeOf(parent.code, "hidden"))).toMatchObject({
      exportName: "hidden",
      path: "parent.ts",
    });
  });

  test("that a function makes is found by the variable that holds it, with the closure of that", async () => {
    const project = projectOf({
      "parent.ts": `${HEAD}
const low = node({ id: "low" }, async () => 1);
const high = node({ id: "high" }, async () => 2);
const make = (name: string, part: typeof low) => workflow({ name }, () => part());
const a = make("made-a", low);
const stages = { b: make("made-b", high) };
const hidden = ((inside) => () => inside)(make("made-c", low));
export const parent = workflow({ name: "parent" }, () => [a, stages.b, hidden()].map((one) => runSubgraph({ workflow: one })));
`,
    });
    const store = openMemoryStore();
    const bundle = await bundleWorkflow({ file: project.path("parent.ts") });
    const parent = await loadVersion(store, await storeVersion(store, bundle));
    const place = placeOf(parent.code, undefined);
    expect(await childVersion(parent, place), "it has no place of its own").toBeUndefined();
    const find = (name: string): ReturnType<typeof holderOf> =>
      holderOf(parent, {
        originFile: project.path("parent.ts"),
        root: project.folder,
        isIt: (value) => isWorkflow(value) && value.definition.name === name,
      });
    expect(await find("made-a")).toEqual({ variable: "a", path: [] });
    expect(await find("made-b")).toEqual({ variable: "stages", path: ["b"] });
    expect(await find("made-c")).toBeUndefined();
    const version = await childVersion(parent, place, { variable: "stages", path: ["b"] });
    expect(version).toMatchObject({ exportName: "stages_b", nodes: [{ id: "high" }] });
    expect(version!.code).not.toContain('"low"');
    const loaded = { hash: "held-b", code: version!.code, map: version!.map, originFile: project.path("parent.ts") };
    expect(isWorkflow((await loadBundle(loaded))["stages_b"])).toBe(true);
  });
});
