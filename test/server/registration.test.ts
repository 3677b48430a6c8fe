/** What files register: read elsewhere, again when they change, and each on its own. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findProject } from "../../src/app/project.ts";
import { Registration, type Registered } from "../../src/app/registration.ts";
import { openWorkspace } from "../../src/app/workspace.ts";
import { openRunner } from "../../src/runner/runner.ts";
import { Place, WORDS } from "./place.ts";

let place: Place;
let registration: Registration;
beforeEach(() => {
  place = new Place();
});
afterEach(async () => {
  registration.close();
  await place.remove();
});

async function open(options?: ConstructorParameters<typeof Registration>[1]): Promise<Registration> {
  registration = new Registration(await findProject({ from: place.dir }), options);
  return registration;
}

const names = ({ workflows }: Registered): readonly string[] => workflows.map(({ name }) => name);
const one = (name: string, body = "1"): string =>
  `import { workflow } from "agentic-workgraph";\nexport const main = workflow({ name: "${name}" }, () => ${body});\n`;

test("definitions, schemas and call sites are read", async () => {
  place.write("words.workflow.ts", WORDS);
  const { workflows, problems, files } = await (await open()).current();
  expect([problems, files]).toEqual([[], 1]);
  expect(workflows).toMatchObject([
    {
      name: "loud",
      title: "Loud words",
      file: "words.workflow.ts",
      line: 8,
      version: expect.stringMatching(/^[0-9a-f]{64}$/),
      inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
      callSites: [
        { node: "shout", file: "words.workflow.ts", line: 9, functionName: "loud" },
        { node: "split", file: "words.workflow.ts", line: 9 },
      ],
    },
  ]);
});

test("who writes a file and asks at once is told what stands in it, with freshMs 0", async () => {
  place.write("words.workflow.ts", one("before"));
  const found = await open({ freshMs: 0 });
  expect(names(await found.current())).toEqual(["before"]);
  place.write("words.workflow.ts", one("after"));
  expect(names(await found.current())).toEqual(["after"]);
});

test("no code of a workflow is loaded in this process", async () => {
  place.write("loads.workflow.ts", `globalThis.loadedHere = true;\n${one("loads")}`);
  expect(names(await (await open()).current())).toEqual(["loads"]);
  expect("loadedHere" in globalThis).toBe(false);
});

describe("a file that", () => {
  test.each([
    ["is not valid", "export const x = (", "WG4002", { line: 1 }],
    [
      "throws while it is loaded",
      `${one("throws")}\nexport const y = (globalThis.missing as any).part;`,
      "WG4005",
      { line: 4 },
    ],
    ["imports what is not there", `import "./nothing.ts";\n${one("imports")}`, "WG4003", {}],
    ["ends its process", `process.exit(3);\n${one("ends")}`, "WG6022", {}],
  ])("%s is an entry with its error, and the others are there", async (_, text, code, at) => {
    place.write("good.workflow.ts", one("good"));
    place.write("broken.workflow.ts", text);
    const found = await (await open()).current();
    expect(names(found)).toContain("good");
    const problems = found.problems.filter(({ file }) => file === "broken.workflow.ts");
    expect(problems).toMatchObject([{ code, ...at }]);
  });

  test("does not end is given up on, by name", async () => {
    place.write(
      "a.workflow.ts",
      `globalThis.spin = () => { for (;;); };\n(globalThis as any).spin();\n${one("spins")}`,
    );
    place.write("b.workflow.ts", one("good"));
    const found = await (await open({ readWithinMs: 1_500 })).current();
    expect(names(found)).toEqual(["good"]);
    expect(found.problems).toMatchObject([{ file: "a.workflow.ts", code: "WG6021" }]);
  });
});

test("a name given twice is a problem, and means nothing", async () => {
  place.write("a.workflow.ts", one("same"));
  place.write("b.workflow.ts", one("same"));
  const { problems } = await (await open()).current();
  expect(problems).toMatchObject([{ code: "WG4012", file: "b.workflow.ts", line: 2 }]);
  await expect(registration.find("same")).rejects.toThrow("WG4012");
});

describe("watching", () => {
  async function changed(act: () => void): Promise<{ readonly found: Registered; readonly ms: number }> {
    const told = Promise.withResolvers<void>();
    const off = registration.onChange(() => told.resolve());
    const since = performance.now();
    act();
    await told.promise;
    off();
    return { found: registration.registered(), ms: performance.now() - since };
  }

  test("notices edits, new files, files that go, and what files import", async () => {
    place.write("a.workflow.ts", `import { text } from "./part.ts";\n${one("first", "text")}`);
    place.write("part.ts", 'export const text = "one";\n');
    await (await open()).watch();
    const before = registration.registered().workflows[0]!.version;
    const imported = await changed(() => place.write("part.ts", 'export const text = "two";\n'));
    expect(imported.found.workflows[0]!.version).not.toBe(before);
    const edited = await changed(() => place.write("a.workflow.ts", one("renamed")));
    expect(names(edited.found)).toEqual(["renamed"]);
    const added = await changed(() => place.write("b.workflow.ts", one("second")));
    expect(names(added.found)).toEqual(["renamed", "second"]);
    const gone = await changed(() => rmSync(join(place.dir, "b.workflow.ts")));
    expect(names(gone.found)).toEqual(["renamed"]);
    // On an idle machine 0.1 to 0.2 s (2 cores, Node 24, 2026-11-22); the bar is a second.
    expect(Math.min(imported.ms, edited.ms, added.ms, gone.ms)).toBeLessThan(1_000);
  });

  test("notices folders that come later", async () => {
    place.write("workflows/a.ts", one("first"));
    await (await open()).watch();
    const deep = await changed(() => place.write("workflows/deep/b.ts", one("second")));
    expect(names(deep.found)).toEqual(["first", "second"]);
  });

  test("reads a file that was broken again when it is mended", async () => {
    place.write("a.workflow.ts", "export const x = (");
    await (await open()).watch();
    expect(registration.registered().problems).toHaveLength(1);
    const { found } = await changed(() => place.write("a.workflow.ts", one("mended")));
    expect([names(found), found.problems]).toEqual([["mended"], []]);
  });
});

test("a launch executes what was bundled for the list, and an edit in between", async () => {
  place.write("early.workflow.ts", one("early", '"first"'));
  const project = await findProject({ from: place.dir });
  const workspace = await openWorkspace(project, "write");
  const runner = await openRunner({ store: workspace.store, project });
  const prepared = (): readonly string[] => readdirSync(join(project.dataDir, "prepared"));
  const launched = async (): Promise<unknown> =>
    (await (await runner.launch({ target: "early", input: {}, from: place.dir })).result()).output;
  try {
    const [listed] = (await (await open()).current()).workflows;
    expect(prepared()).toHaveLength(1);
    expect(await launched()).toBe("first");
    const { runs } = await workspace.store.runs({});
    expect(runs[0]).toMatchObject({ version: listed!.version });
    expect(prepared()).toEqual([]);
    place.write("early.workflow.ts", one("early", '"second"'));
    await registration.refresh();
    place.write("early.workflow.ts", one("early", '"third"'));
    expect(await launched()).toBe("third");
  } finally {
    await runner.close();
    await workspace.close();
  }
});
