import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import { TempProject } from "../../test/versions/temp-project.ts";
import { installed } from "../../test/versions/sample-project.ts";
import { bundleWorkflow, type Bundle } from "./bundle.ts";
import { PreparedVersions } from "./prepared-versions.ts";
import { storeVersion } from "./stored-version.ts";

const FILES = {
  "flow.ts":
    'import { workflow } from "agentic-workgraph";\nimport { a } from "./a.js";\nimport { dep } from "dep";\nimport { readFileSync } from "node:fs";\nexport const flow = workflow({ name: "f" }, () => [a, dep, readFileSync]);\nexport const other = workflow({ name: "g" }, () => a);',
  "a.js": "export const a = '\u2028 \\ud800';",
  ...installed("dep", "1.0.0", { code: "export const dep = 1;" }),
};

/** Long after the files were written: nothing is fresh. */
const LATER = Date.UTC(2100, 0, 1);

let project: TempProject;
let prepared: PreparedVersions;
let bundle: Bundle;
beforeEach(async () => {
  project = new TempProject(FILES);
  mkdirSync(project.path("data"));
  prepared = new PreparedVersions(project.path("data"));
  bundle = await bundleWorkflow({ file: project.path("flow.ts"), exportName: "flow" });
});
afterEach(() => project[Symbol.dispose]());

const keep = (bundledAt: number = LATER): boolean => prepared.keep({ bundle, findings: [], bundledAt });
const find = (): Bundle | undefined => prepared.find(project.path("flow.ts"), "flow")?.bundle;

test("a launch stores what bundling itself would have stored", async () => {
  expect(find()).toBeUndefined();
  expect(keep()).toBe(true);
  const store = openMemoryStore();
  expect(await storeVersion(store, find()!)).toBe(await storeVersion(store, bundle));
  expect(prepared.find(project.path("flow.ts"), "other")).toBeUndefined();
  prepared.forget(bundle);
  expect(find()).toBeUndefined();
});

test("an edit in between is noticed, whatever it is", () => {
  const edits: readonly (() => void)[] = [
    () => project.write({ "a.js": "export const a = 2;" }),
    () => {
      // As long as before, and as old.
      const { atimeMs, mtimeMs } = statSync(project.path("flow.ts"));
      writeFileSync(project.path("flow.ts"), FILES["flow.ts"].replace('"f"', '"h"'));
      utimesSync(project.path("flow.ts"), atimeMs / 1_000, mtimeMs / 1_000);
    },
    () => project.write({ "a.ts": "export const a = 3;" }),
    () => project.write({ "tsconfig.json": "{}" }),
    () => project.write(installed("dep", "1.0.1", { code: "export const dep = 1;" })),
  ];
  for (const edit of edits) {
    keep();
    edit();
    expect(find()).toBeUndefined();
  }
});

test("what was edited only just before it was bundled is not kept", () => {
  expect(keep(statSync(project.path("a.js")).mtimeMs)).toBe(false);
  expect(find()).toBeUndefined();
});

test("a damaged file is no bundle, and a folder that is not there is not made", () => {
  keep();
  const [name] = readdirSync(project.path("data/prepared"));
  const path = join(project.path("data/prepared"), name!);
  writeFileSync(path, readFileSync(path, "utf8").replace("export", "import"));
  expect(find()).toBeUndefined();
  expect(new PreparedVersions(project.path("gone")).keep({ bundle, findings: [], bundledAt: LATER })).toBe(false);
  expect(statSync(project.path("gone"), { throwIfNoEntry: false })).toBeUndefined();
});
