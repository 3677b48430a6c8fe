import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TempProject } from "../../test/versions/temp-project.ts";
import { check } from "./check.ts";

let project: TempProject;

beforeEach(() => {
  project = new TempProject();
});

afterEach(() => project[Symbol.dispose]());

const HEAD = [
  'import { node, workflow, sleep } from "agentic-workgraph";',
  'import { readFileSync } from "node:fs";',
  'import * as files from "node:fs/promises";',
  'import { setTimeout as pause } from "node:timers/promises";',
  'const load = node({ id: "load" }, async ({ n }: { n: number }) => (await fetch(`http://x/${n}`)).status);',
].join("\n");

async function codes(body: string, top = ""): Promise<readonly string[]> {
  const source = `${HEAD}\n${top}\nexport const flow = workflow({ name: "flow" }, async ({ n }: { n: number }) => {\n${body}\n});`;
  project.write({ "flow.ts": source });
  return (await check(project.path("flow.ts"))).map(({ code, line }) => `${code} ${line}`);
}

describe("what a workflow function does untracked", () => {
  test.for([
    ["await fetch('http://x');"],
    ["await globalThis.fetch('http://x');"],
    ["await new Promise((r) => setTimeout(r, 5));"],
    ["setInterval(() => n, 5);"],
    ["await pause(5);"],
    ["readFileSync('a');"],
    ["await files.readFile('a');"],
    ["await [1].map(async () => fetch('x'))[0];"],
  ])("is told: %s", async ([body]) => {
    expect(await codes(body!)).toEqual(["WG3030 8"]);
  });

  test("is told in a helper that it calls, at the helper's line", async () => {
    expect(await codes("return helper();", "const helper = async () => { await pause(5); };")).toEqual(["WG3030 6"]);
  });

  test("is told of the environment", async () => {
    expect(await codes('return process.env["HOME"];')).toEqual(["WG3031 8"]);
  });

  test.for([
    ["return load({ n });", ""],
    ["await sleep(5); return load({ n });", ""],
    ["return n;", "export const helper = async () => { await pause(5); };"],
    [
      "return use({ n });",
      "const helper = () => readFileSync('a');\nconst use = node({ id: 'use' }, async ({ n }: { n: number }) => { helper(); return n; });",
    ],
    ["const fetch = (x: number) => x; return fetch(n);", ""],
    ["const process = { env: 1 }; return process.env;", ""],
  ])("is not seen in: %s", async ([body, top]) => {
    expect(await codes(body!, top)).toEqual([]);
  });
});

describe("an array-typed parameter", () => {
  const withNode = (options: string, type: string, more = ""): Promise<readonly string[]> =>
    codes(
      "return take({ xs: [] as never });",
      `${more}\nconst take = node({ id: "take"${options} }, async ({ xs }: ${type}) => String(xs));`,
    );

  test.for([
    ["{ xs: string[] }", ""],
    ["{ xs: readonly number[] }", ""],
    ["{ xs: Array<string> }", ""],
    ["{ xs: ReadonlyArray<{ a: 1 }> }", ""],
    ["{ xs: [number, number] }", ""],
    ["{ xs: string | string[] }", ""],
    ["{ xs?: string[] }", ""],
    ["{ xs: Names }", "type Names = string[];"],
    ["Input", "interface Input { xs: string[] }"],
    ["Input", "type Input = { a: 1 } & { xs: (string)[] };"],
  ])("that nothing declares is refused: %s", async ([type, more]) => {
    expect((await withNode("", type!, more)).map((one) => one.slice(0, 6))).toEqual(["WG1016"]);
  });

  test.for([
    [', gather: ["xs"]', "{ xs: string[] }"],
    [', whole: ["xs"]', "{ xs: readonly number[] }"],
    ["", "{ xs: string }"],
    ["", "{ xs: { list: string[] } }"],
    ["", "{ xs: Set<string> }"],
    ["", "{ xs: Elsewhere }"],
    ["", "any"],
  ])("is right with %s as %s", async ([options, type]) => {
    expect(await withNode(options!, type!)).toEqual([]);
  });
});
