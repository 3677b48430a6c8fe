import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TempProject } from "../../test/versions/temp-project.ts";
import { staticCallSites } from "./call-sites.ts";
import { check } from "./check.ts";

const HEAD = [
  'import { node, workflow, merge, zip, filter } from "agentic-workgraph";',
  'const load = node({ id: "load" }, async ({ n }: { n: number }) => n);',
].join("\n");

let project: TempProject;

beforeEach(() => {
  project = new TempProject();
});

afterEach(() => project[Symbol.dispose]());

/** Findings of a file, each as "code line: message". */
async function findings(source: string): Promise<readonly string[]> {
  project.write({ "flow.ts": source });
  return (await check(project.path("flow.ts"))).map(({ code, line, message }) => `${code} ${line}: ${message}`);
}

/** Codes found in the body of a workflow. */
async function codesIn(body: string): Promise<readonly string[]> {
  const source = `${HEAD}\nexport const flow = workflow({ name: "flow" }, async ({ n }: { n: number }) => {\n${body}\n});`;
  return (await findings(source)).map((text) => text.slice(0, 6));
}

test("a workflow that no name can start is told, one that another one uses is not", async () => {
  const made = 'workflow({ name: "flow" }, () => load({ n: 1 }));';
  expect(await findings(`${HEAD}\nconst flow = ${made}`)).toEqual([
    'WG4004 3: workflow "flow" is not exported, and nothing uses it: no name starts it',
  ]);
  for (const rest of [`export const flow = ${made}`, `const flow = ${made}\nexport { flow };`])
    expect(await findings(`${HEAD}\n${rest}`)).toEqual([]);
  const parent =
    'import { runSubgraph } from "agentic-workgraph";\nexport const top = workflow({ name: "top" }, () => ';
  expect(await findings(`${HEAD}\nconst flow = ${made}\n${parent}runSubgraph({ workflow: flow }));`)).toEqual([]);
});

describe("a handle used as a condition", () => {
  test.for([
    "if (h) return 1;",
    "while (h) break;",
    "do {} while (h);",
    "for (; h; ) break;",
    "return h ? 1 : 2;",
    "return !h;",
    "return h && 1;",
    "return h || 1;",
    "return Boolean(h);",
    "if (n > 1 && h) return 1;",
    "if ((h as unknown) !== 1 || h!) return 1;",
    "if (load({ n })) return 1;",
    "const m = merge(h, h); if (m) return 1;",
    "const [a, b] = zip(h, h); if (b) return a;",
    "const f = filter(h, () => true); return f ? 1 : 2;",
    "const inner = () => (h ? 1 : 2); return inner();",
  ])("is refused: %s", async (body) => {
    expect(await codesIn(`const h = load({ n }); ${body}`)).toEqual(["WG3010"]);
  });

  test.for([
    "if (await h) return 1;",
    "const v = await h; if (v) return 1;",
    "if (h === undefined) return 1;",
    "return h ?? 1;",
    "const inner = (h: number) => (h ? 1 : 2); return inner(n);",
    "if (n) return h;",
    "{ const h = n; if (h) return 1; }",
  ])("is not found where there is none: %s", async (body) => {
    expect(await codesIn(`const h = load({ n }); ${body}`)).toEqual([]);
  });

  test("names the place and what to write", async () => {
    project.write({
      "flow.ts": `${HEAD}\nexport const flow = workflow({ name: "f" }, () => {\n  const page = load({ n: 1 });\n  if (page) return 1;\n});`,
    });
    expect(await check(project.path("flow.ts"))).toEqual([
      {
        code: "WG3010",
        severity: "error",
        message: '"page" is a handle and always true; its value is not known here',
        file: project.path("flow.ts"),
        line: 5,
        column: 7,
        hint: 'Write "await page" to test the value, or use filter(items, predicate) to choose items.',
      },
    ]);
  });

  test("is found in an imported helper as well", async () => {
    project.write({
      "nodes.ts":
        'import { node } from "agentic-workgraph";\nexport const fetchPage = node({ id: "fetch" }, async () => 1);',
      "helper.ts":
        'import { fetchPage } from "./nodes.ts";\nexport function both() {\n  const page = fetchPage({});\n  return page ? 1 : 2;\n}',
      "flow.ts":
        'import { workflow } from "agentic-workgraph";\nimport { both } from "./helper.ts";\nexport const flow = workflow({ name: "f" }, () => both());',
    });
    expect(await check(project.path("flow.ts"))).toMatchObject([
      { code: "WG3010", file: project.path("helper.ts"), line: 4 },
    ]);
  });
});

describe("an async helper that returns a handle", () => {
  test("is a warning", async () => {
    const helper = "async function both(n: number) {\n  return load({ n });\n}";
    const source = `${HEAD}\n${helper}\nexport const flow = workflow({ name: "f" }, () => both(1));`;
    expect(await findings(source)).toEqual([
      expect.stringMatching(/^WG3011 4: an async function that returns a handle waits/),
    ]);
  });

  test("is none for the workflow's own function, a node's, or a plain helper", async () => {
    const source = [
      HEAD,
      "const plain = (n: number) => load({ n });",
      'const other = node({ id: "other" }, async () => load.run({ n: 1 }));',
      'export const flow = workflow({ name: "f" }, async () => { const h = plain(1); other({}); return h; });',
    ].join("\n");
    expect(await findings(source)).toEqual([]);
  });
});

describe("definitions", () => {
  test("inside the workflow function are refused", async () => {
    expect(await codesIn('const late = node({ id: "late" }, () => 1); return late({});')).toEqual(["WG3004"]);
  });

  test("with one id in one closure are refused, at the second", async () => {
    const source = `${HEAD}\nconst again = node({ id: "load" }, () => 1);\nexport const flow = workflow({ name: "f" }, () => [load({ n: 1 }), again({})]);`;
    expect(await findings(source)).toEqual([
      expect.stringMatching(/^WG1004 3: two nodes have the id "load"; the other is at ".*flow\.ts:2:14"/),
    ]);
  });

  test("with one id in two closures are allowed", async () => {
    const source = [
      HEAD,
      'const again = node({ id: "load" }, () => 1);',
      'export const one = workflow({ name: "one" }, () => load({ n: 1 }));',
      'export const two = workflow({ name: "two" }, () => again({}));',
    ].join("\n");
    expect(await findings(source)).toEqual([]);
  });

  test("of two workflows with one name are refused", async () => {
    const source = `${HEAD}\nexport const one = workflow({ name: "same" }, () => 1);\nexport const two = workflow({ name: "same" }, () => 2);`;
    expect(await findings(source)).toEqual([expect.stringMatching(/^WG4012 4: two workflows have the name "same"/)]);
  });
});

describe("what cannot be read", () => {
  test("is a finding", async () => {
    expect(await findings("export const flow = ;")).toEqual([expect.stringMatching(/^WG4002 1: /)]);
    expect((await check(project.path("absent.ts"))).map(({ code }) => code)).toEqual(["WG4001"]);
  });

  test("in an import does not hide what is wrong with the file itself", async () => {
    const body = "const h = load({ n: 1 }); return h ? 1 : 2;";
    const source = `${HEAD}\nimport { x } from "./absent.ts";\nexport const flow = workflow({ name: "f" }, () => { ${body} });\nexport { x };`;
    expect((await findings(source)).map((text) => text.slice(0, 8))).toEqual(["WG4003 3", "WG3010 4"]);
  });

  test("is said once for two workflows of a file", async () => {
    const source = `${HEAD}\nconst bad = (h = load({ n: 1 })) => !load({ n: 2 });\nexport const one = workflow({ name: "one" }, () => bad());\nexport const two = workflow({ name: "two" }, () => bad());`;
    expect(await findings(source)).toHaveLength(1);
  });

  test("is a warning where a path is computed", async () => {
    const source = `${HEAD}\nexport const flow = workflow({ name: "f" }, async ({ n }: { n: number }) => import(\`./\${n}.ts\`));`;
    expect(await findings(source)).toEqual([expect.stringMatching(/^WG4014 3: import\(\) of a computed path/)]);
  });
});

describe("static call sites", () => {
  test("name node, place, function and branches", async () => {
    const text = [
      HEAD,
      'export const flow = workflow({ name: "f" }, async ({ n }: { n: number }) => {',
      "  const first = load({ n });",
      "  if (n > 1) {",
      "    for (const one of [1]) load({ n: one });",
      "  } else helper();",
      "  function helper() {",
      "    return n === 3 ? load({ n }) : 1;",
      "  }",
      "  return (await first) && load({ n: 2 });",
      "});",
    ].join("\n");
    expect(await staticCallSites(text, "flow.ts")).toEqual([
      { nodeId: "load", name: "load", line: 4, column: 17, functionName: "flow", branches: [] },
      {
        nodeId: "load",
        name: "load",
        line: 6,
        column: 28,
        functionName: "flow",
        branches: [
          { kind: "if", condition: "n > 1", line: 5 },
          { kind: "loop", condition: "[1]", line: 6 },
        ],
      },
      {
        nodeId: "load",
        name: "load",
        line: 9,
        column: 22,
        functionName: "helper",
        branches: [{ kind: "if", condition: "n === 3", line: 9 }],
      },
      {
        nodeId: "load",
        name: "load",
        line: 11,
        column: 27,
        functionName: "flow",
        branches: [{ kind: "logical", condition: "await first", line: 11 }],
      },
    ]);
  });

  test("follow a node imported from the project", async () => {
    project.write({
      "nodes.ts":
        'import { node } from "agentic-workgraph";\nconst inner = node({ id: "x" }, () => 1);\nexport { inner as outer };',
    });
    const sites = await staticCallSites('import { outer as o } from "./nodes.ts";\no({});', project.path("flow.ts"));
    expect(sites).toMatchObject([{ nodeId: "x", name: "o", line: 2 }]);
  });

  test("tell a case and a catch", async () => {
    const text = `${HEAD}\nexport function f(n: number) { switch (n) { case 1: load({ n }); } try {} catch { load({ n }); } }`;
    const kinds = (await staticCallSites(text, "flow.ts")).map(({ branches }) =>
      branches.map(({ kind, condition }) => `${kind} ${condition}`),
    );
    expect(kinds).toEqual([["case 1"], ["catch "]]);
  });
});
