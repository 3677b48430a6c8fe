import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeClock } from "../base/clock.ts";
import { TempProject } from "../../test/versions/temp-project.ts";
import { installed } from "../../test/versions/sample-project.ts";
import { bundleWorkflow } from "./bundle.ts";
import { hasherName } from "./hasher.ts";
import { VersionCache } from "./version-cache.ts";

const FILES = {
  "flow.ts":
    'import { workflow } from "agentic-workgraph";\nimport { a } from "./a.js";\nimport { dep } from "dep";\nexport const flow = workflow({ name: "f" }, () => [a, dep]);',
  "a.js": "export const a = 1;",
  "tsconfig.json": '{ "extends": "./base.json" }',
  "base.json": "{}",
  ...installed("dep", "1.0.0", { code: "export const dep = 1;" }),
};

/** Long after the files were written: nothing is fresh. */
const LATER = Date.UTC(2100, 0, 1);

let project: TempProject;
let cache: VersionCache;

beforeEach(() => {
  project = new TempProject(FILES);
  cache = new VersionCache({ path: project.path("data/versions.json"), clock: new FakeClock(LATER) });
});

afterEach(() => project[Symbol.dispose]());

async function remembered(bundledAt: number = cache.now()): Promise<boolean> {
  const bundle = await bundleWorkflow({ file: project.path("flow.ts") });
  return cache.remember(bundle, { manifest: "m".repeat(64), bundledAt, findings: [] });
}

const lookup = (): unknown => cache.lookup(project.path("flow.ts"));

describe("the version cache", () => {
  test("knows nothing before", () => {
    expect(lookup()).toBeUndefined();
  });

  test("gives what was stored while nothing changed, by file alone and by export", async () => {
    expect(await remembered()).toBe(true);
    const known = {
      exportName: "flow",
      manifest: "m".repeat(64),
      closureHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      findings: [],
    };
    expect(lookup()).toEqual(known);
    expect(cache.lookup(project.path("flow.ts"), "flow")).toEqual(known);
    expect(cache.lookup(project.path("flow.ts"), "other")).toBeUndefined();
  });

  test("is kept in the file", async () => {
    await remembered();
    expect(
      new VersionCache({ path: project.path("data/versions.json") }).lookup(project.path("flow.ts")),
    ).toBeDefined();
  });

  test.for(["flow.ts", "a.js", "tsconfig.json", "base.json", "package.json", "node_modules/dep/package.json"])(
    "misses when %s changed",
    async (name) => {
      await remembered();
      writeFileSync(project.path(name), `${readFileSync(project.path(name), "utf8")} `);
      expect(lookup()).toBeUndefined();
    },
  );

  test("misses when a file was replaced by one of the same size and time", async () => {
    await remembered();
    const { atime, mtime } = statSync(project.path("a.js"));
    project.remove("a.js");
    project.write({ "a.js": "export const a = 2;" });
    utimesSync(project.path("a.js"), atime, mtime);
    expect(lookup()).toBeUndefined();
  });

  test.for(["a.ts", "package-lock.json"])("misses when %s came into being", async (name) => {
    await remembered();
    project.write({ [name]: "" });
    expect(lookup()).toBeUndefined();
  });

  test("misses when a file is gone", async () => {
    await remembered();
    project.remove("a.js");
    expect(lookup()).toBeUndefined();
  });

  test("does not remember a file that changed while it was bundled", async () => {
    const { mtimeMs } = statSync(project.path("a.js"));
    expect(await remembered(mtimeMs + 1)).toBe(false);
    expect(lookup()).toBeUndefined();
  });

  test.for(["", "{", "null", '{"schema":1,"entries":[1,null,{"file":"x"}]}', "\u0000\u0001"])(
    "takes a damaged file for an empty one: %j",
    async (text) => {
      project.write({ "data/versions.json": text });
      expect(lookup()).toBeUndefined();
      expect(await remembered()).toBe(true);
      expect(lookup()).toBeDefined();
    },
  );

  test("takes entries of another hasher for none", async () => {
    await remembered();
    const other = new VersionCache({ path: project.path("data/versions.json"), hasher: "rolldown@0.0.1+closure@1" });
    expect(other.lookup(project.path("flow.ts"))).toBeUndefined();
  });

  test("says so when it cannot be written", async () => {
    project.write({ data: "a file where the folder should be" });
    expect(await remembered()).toBe(false);
  });

  test("the hasher names the installed bundler", async () => {
    const { VERSION } = await import("rolldown");
    expect(hasherName()).toMatch(new RegExp(`^rolldown@${VERSION}\\+closure@\\d+$`));
  });
});
