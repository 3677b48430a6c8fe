import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { bundleWorkflow, nodeHashes } from "../../src/version/bundle.ts";
import { CHANGING, SILENT } from "./edits.ts";
import type { Edit } from "./edits.ts";
import { SAMPLE, WORKFLOW_FILE, installed } from "./sample-project.ts";
import { TempProject } from "./temp-project.ts";

interface Versions {
  readonly flow: string;
  readonly nodes: ReadonlyMap<string, string>;
}

async function versionsOf(project: TempProject): Promise<Versions> {
  const bundle = await bundleWorkflow({ file: project.path(WORKFLOW_FILE), exportName: "flow" });
  const nodes = await nodeHashes(bundle);
  return { flow: bundle.closureHash, nodes: new Map([...nodes].map(([id, { hash }]) => [id, hash])) };
}

/** Ids whose version is not what it was. */
function changedNodes(before: Versions, after: Versions): readonly string[] {
  return [...before.nodes].filter(([id, hash]) => after.nodes.get(id) !== hash).map(([id]) => id);
}

let project: TempProject;
let before: Versions;

beforeAll(async () => {
  project = new TempProject(SAMPLE);
  before = await versionsOf(project);
});

afterAll(() => project[Symbol.dispose]());

async function edited(edit: Edit): Promise<Versions> {
  const original = readFileSync(project.path(edit.file), "utf8");
  expect(original.split(edit.find), `"${edit.find}" is in ${edit.file} once`).toHaveLength(2);
  project.write({ [edit.file]: original.replace(edit.find, () => edit.replace) });
  try {
    return await versionsOf(project);
  } finally {
    project.write({ [edit.file]: original });
  }
}

describe("the sample", () => {
  test("has more than twenty files of its own", () => {
    expect(Object.keys(SAMPLE).filter((path) => !path.startsWith("node_modules/")).length).toBeGreaterThan(20);
  });

  test("has a version for each node whose id its source shows", () => {
    expect([...before.nodes.keys()]).toEqual(["search", "rate", "summarize", "report"]);
  });
});

describe("an edit that changes the version", () => {
  test.for(CHANGING)("$name", async (edit) => {
    const after = await edited(edit);
    expect(after.flow).not.toBe(before.flow);
    expect(changedNodes(before, after)).toEqual(edit.nodes);
  });
});

describe("an edit that changes no version", () => {
  test.for(SILENT)("$name", async (edit) => {
    const after = await edited(edit);
    expect(changedNodes(before, after)).toEqual([]);
    expect(after.flow).toBe(before.flow);
  });
});

describe("surroundings", () => {
  test("another folder gives the same versions", async () => {
    using moved = project.copy();
    expect(await versionsOf(moved)).toEqual(before);
  });

  test("environment variables give the same versions", async () => {
    const known = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    try {
      expect(await versionsOf(project)).toEqual(before);
    } finally {
      if (known === undefined) delete process.env["NODE_ENV"];
      else process.env["NODE_ENV"] = known;
    }
  });

  test("another working directory gives the same versions", async () => {
    const known = process.cwd();
    process.chdir("/");
    try {
      expect(await versionsOf(project)).toEqual(before);
    } finally {
      process.chdir(known);
    }
  });

  test("without a lockfile the versions below a package are read from its folder", async () => {
    using unlocked = project.copy();
    unlocked.remove("package-lock.json");
    expect(await versionsOf(unlocked)).toEqual(before);
    unlocked.write(installed("deep", "1.0.1", { code: "export const deep = 1;" }));
    const after = await versionsOf(unlocked);
    expect(after.flow).not.toBe(before.flow);
    expect(changedNodes(before, after)).toEqual(["report"]);
  });

  test("a moved helper that behaves as before gives the same versions", async () => {
    using moved = project.copy();
    moved.write({ "src/deep/er/stop.ts": SAMPLE["src/lib/stop-words.ts"] ?? "" });
    moved.write({ "src/lib/stop-words.ts": 'export { isStop } from "../deep/er/stop.ts";' });
    expect(await versionsOf(moved)).toEqual(before);
  });
});
