import { describe, expect, test } from "vitest";
import { branchText, closureOfFiles, siteLines } from "./fixtures/closure-lines.ts";
import { breakAt } from "./static-breaks.ts";

const NODES = `import { node, workflow, filter, race, sleep, runSubgraph } from "agentic-workgraph";
const load = node({ id: "load", out: "many" }, async ({ q }: { q: string }) => [q]);
const work = node({ id: "work" }, async ({ x }: { x: string }) => helperOfNodes(x));
async function helperOfNodes(x: string) { await 1; return x; }
`;

describe("call sites that a workflow can reach", () => {
  test("are those of its function and of the functions it names, with their branches", async () => {
    const closure = await closureOfFiles({
      "flow.ts": `${NODES}
function twice(x: string) { return work({ x }); }
const unused = () => work({ x: "never" });
export const main = workflow({ name: "main" }, async ({ q }: { q: string }) => {
  const all = load({ q });
  if (q === "a") { work({ x: "1" }); } else if (q) { twice(q); }
  switch (q) { case "b": work({ x: "2" }); }
  try { await all; } catch { load({ q }); }
  for (const x of [q]) q && work({ x });
});
export const other = workflow({ name: "other" }, () => work({ x: "other" }));`,
    });
    expect(siteLines(closure)).toEqual([
      "6:36 node work in twice",
      "9:15 node load in main",
      '10:20 node work in main; if q === "a" at 10',
      '11:26 node work in main; case "b" at 11',
      "12:30 node load in main; catch at 12",
      "13:29 node work in main; loop [q] at 13; logical q at 13",
    ]);
  });

  test("lie in other files too: named imports, namespaces, re-exports, callbacks", async () => {
    const closure = await closureOfFiles({
      "flow.ts": `import { workflow } from "agentic-workgraph";
import { direct } from "./deep/index.js";
import * as tools from "./tools.ts";
import { each } from "./each.ts";
export { main } from "./main.ts";
export const also = workflow({ name: "also" }, () => [direct({}), tools.pick({}), [1].map(each)]);`,
      "deep/index.ts": `export { inner as direct } from "./inner.ts";`,
      "deep/inner.ts": `import { leaf } from "../nodes.ts";\nexport function inner(_: object) { return leaf({ x: 1 }); }`,
      "tools.ts": `import { leaf } from "./nodes.ts";\nexport const pick = (_: object) => leaf({ x: 2 });\nexport const skip = () => leaf({ x: 3 });`,
      "each.ts": `import { leaf } from "./nodes.ts";\nexport function each(x: number) { return leaf({ x }); }`,
      "nodes.ts": `import { node } from "agentic-workgraph";\nexport const leaf = node({ id: "leaf" }, async ({ x }: { x: number }) => x);`,
      "main.ts": "",
      "": "also",
    });
    expect(siteLines(closure, "paths")).toEqual([
      "deep/inner.ts:2:43 node leaf in inner",
      "each.ts:2:42 node leaf in each",
      "tools.ts:2:36 node leaf in pick",
    ]);
  });

  test("include combinators and child runs, and not what a node's own function does", async () => {
    const closure = await closureOfFiles({
      "flow.ts": `${NODES}
const child = workflow({ name: "child" }, () => work({ x: "in the child" }));
export const main = workflow({ name: "main" }, () => {
  const some = filter(load({ q: "a" }), (x) => x !== "");
  race([work({ x: "b" }), sleep("1s")]);
  return runSubgraph({ workflow: child, input: {} });
});`,
    });
    expect(closure.sites.map((site) => `${site.kind} ${site.node}`)).toEqual([
      "filter filter",
      "node load",
      "race race",
      "node work",
      "sleep sleep",
      "subgraph subgraph",
    ]);
  });

  test("are those of the whole file where the workflow's definition is not found by name", async () => {
    const closure = await closureOfFiles({
      "flow.ts": `${NODES}
const make = () => workflow({ name: "made" }, () => work({ x: "1" }));
export const main = make();`,
    });
    expect(closure.sites.map((site) => site.node)).toContain("work");
  });

  test("keep the branch around a callback, and not that around a function", async () => {
    const closure = await closureOfFiles({
      "flow.ts": `${NODES}
export const main = workflow({ name: "main" }, ({ q }: { q: string[] }) => {
  if (q.length > 1) q.forEach((x) => { work({ x }); });
});`,
    });
    expect(closure.sites.map((site) => site.branches.map(branchText))).toEqual([["if q.length > 1 at 7"]]);
  });
});

describe("places that may wait", () => {
  test("are named by what waits, with what is awaited", async () => {
    const closure = await closureOfFiles({
      "flow.ts": `${NODES}
async function lazy(x: string) { return work({ x }); }
export const main = workflow({ name: "main" }, async ({ q }: { q: string }) => {
  const all = load({ q });
  await all;
  await Promise.all([work({ x: "1" }), load({ q })]);
  for await (const x of load({ q })) work({ x });
  await all.settled();
  await lazy(q);
  await fetch(q);
  return work({ x: q });
});`,
    });
    expect(closure.breaks.map((one) => [one.line, one.kind, one.node ?? one.certainty, one.returned === true])).toEqual(
      [
        [6, "async return", "work", false],
        [9, "await", "load", false],
        [10, "Promise.all", "work, load", false],
        [11, "for await", "load", false],
        [12, "settled", "load", false],
        [13, "await", "unknown", false],
        [14, "await", "unknown", false],
        [15, "async return", "work", true],
      ],
    );
  });

  test("are found again by a position inside, the innermost first, or by where the handle was made", async () => {
    const { breaks } = await closureOfFiles({
      "flow.ts": `${NODES}
export const main = workflow({ name: "main" }, async ({ q }: { q: string }) => {
  const all = load({ q });
  await all;
  await Promise.all([q].map(async (x) => await work({ x })));
});`,
    });
    const lineOf = (line: number, column: number): string | undefined => breakAt(breaks, { line, column })?.kind;
    expect(lineOf(8, 9)).toBe("await");
    expect(breakAt(breaks, { line: 7, column: 15 })?.line).toBe(8);
    expect(lineOf(9, 10)).toBe("Promise.all");
    expect(lineOf(9, 49)).toBe("await");
    expect(lineOf(3, 1)).toBeUndefined();
  });
});
