/**
 * Every form in which a handle is tested, and as many that look alike and are right.
 *
 * `h` is what a node call gave; `load` a node; `n` an ordinary value. The number of findings stands after a form that has several.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TempProject } from "../../test/versions/temp-project.ts";
import { check } from "./check.ts";

let project: TempProject;

beforeEach(() => {
  project = new TempProject();
});

afterEach(() => project[Symbol.dispose]());

const IMPORTS = [
  'import { node, workflow, merge, zip, zipBy, cross, filter, race, sleep } from "agentic-workgraph";',
  'import assert, { ok } from "node:assert";',
  'const load = node({ id: "load" }, async ({ n }: { n: number }) => n);',
  'const all = node({ id: "all", out: "many" }, async ({ n }: { n: number }) => [n]);',
].join("\n");

/** Number of WG3010 in a file whose workflow has this body; `top` stands before it. */
async function refusals(body: string, top = ""): Promise<number> {
  project.write({
    "flow.ts": `${IMPORTS}\n${top}\nexport const flow = workflow({ name: "flow" }, async ({ n }: { n: number }) => {\nconst h = load({ n });\n${body}\n});`,
  });
  const found = await check(project.path("flow.ts"));
  const others = found.filter(({ code }) => code !== "WG3010" && code !== "WG3011");
  expect(others).toEqual([]);
  return found.filter(({ code }) => code === "WG3010").length;
}

const REFUSED: readonly (readonly [form: string, top?: string])[] = [
  ["if (h) return 1;"],
  ["if (!h) return 1;"],
  ["if (!!h) return 1;"],
  ["while (h) break;"],
  ["do {} while (h);"],
  ["for (; h; ) break;"],
  ["return h ? 1 : 2;"],
  ["return h && 1;"],
  ["return h || 1;"],
  ["return Boolean(h);"],
  ["let x: unknown = h; x &&= 1; return x;"],
  ["const o: any = { h }; o.h ||= 1; return 0;"],
  ["switch (true) { case h as never: return 1; }"],
  ["switch (false) { case h as never: return 1; }"],
  ["switch (h as unknown) { case 1: return 1; }"],
  ["assert(h);"],
  ["assert.ok(h);"],
  ["ok(h);"],
  ["console.assert(h);"],
  ["if (n > 1 && h) return 1;"],
  ["if (n > 1 || h) return 1;"],
  ["if ((n, h)) return 1;"],
  ["if (h as unknown) return 1;"],
  ["if (h!) return 1;"],
  ["if ((h satisfies unknown)) return 1;"],
  ["if (load({ n })) return 1;"],
  ["if (merge(h as never, h as never)) return 1;"],
  ["if (race([h])) return 1;"],
  ["if (sleep(1)) return 1;"],
  ["const a = h; if (a) return 1;"],
  ["const a = h; const b = a; if (b) return 1;"],
  ["let a; a = h; const b = load({ n }); if (b) return a;"],
  ["const { x } = { x: h }; if (x) return 1;"],
  ["const { x: y } = { x: h }; if (y) return 1;"],
  ["const { a: { b } } = { a: { b: h } }; if (b) return 1;"],
  ["const { z, ...rest } = { z: 1, x: h }; if (rest.x) return z;"],
  ["const [x] = [h]; if (x) return 1;"],
  ["const [, y] = [1, h]; if (y) return 1;"],
  ["const [a, b] = zip(all({ n }), all({ n })); if (b) return a;"],
  ["const [a] = zipBy(all({ n }), all({ n }), (v) => v); if (a) return 1;"],
  ["const [, b] = cross(all({ n }), all({ n })); if (b) return 1;"],
  ["const o = { h }; if (o.h) return 1;"],
  ['const o = { h }; if (o["h"]) return 1;'],
  ["const o = { in: { h } }; if (o.in.h) return 1;"],
  ["const o: any = {}; o.h = load({ n }); const p = { ...{ q: h } }; if (p.q) return o;"],
  ["const hs = [load({ n }), load({ n })]; for (const one of hs) if (one) return 1;"],
  ["const hs = [h]; if (hs[0]) return 1;"],
  ["const hs = [1, 2].map((k) => load({ n: k })); for (const one of hs) if (one) return 1;"],
  ["const hs = [h]; return hs.filter((one) => one);"],
  ["const hs = [h]; return hs.some((one) => !one);"],
  ["const hs = [h]; return hs.filter(Boolean);"],
  ["const hs: any[] = []; hs.push(load({ n })); return hs.every((one) => one);"],
  ["[h].forEach((one) => { if (one) n.toFixed(); });"],
  ["return filter(all({ n }), () => load({ n }) as never);"],
  ["const inner = () => (h ? 1 : 2); return inner();"],
  ["const give = () => load({ n }); if (give()) return 1;"],
  ["function give() { return load({ n }); } if (give()) return 1;"],
  ["const take = (x: unknown) => (x ? 1 : 2); return take(h);"],
  ["const take = ({ x }: { x: unknown }) => (x ? 1 : 2); return take({ x: h });"],
  ["const take = (...xs: unknown[]) => xs.filter((x) => x); return take(h);"],
  ["const both = (f: () => unknown) => (f() ? 1 : 2); return both(() => load({ n }));"],
  ["const o = { get h() { return load({ n }); } }; if (o.h) return 1;"],
  ["const o = { make() { return load({ n }); } }; if (o.make()) return 1;"],
  ["const nodes = { load }; if (nodes.load({ n })) return 1;"],
  ["for (const one of [load, all]) if (one({ n })) return 1;"],
  ["const [first] = [load]; if (first({ n })) return 1;"],
  ["class Box { h = load({ n: 1 }); test() { return this.h ? 1 : 2; } } return new Box().test();"],
  ["return pick(h);", "function pick(x: unknown) { return x ? 1 : 2; }"],
  ["return outer(n);", "const inner = (x: unknown) => !x; const outer = (m: number) => inner(load({ n: m }));"],
  ["let x: unknown; if ((x = load({ n }))) return x;"],
  [
    "const held = await Promise.all([1].map(async () => [load({ n })] as const)); for (const [x] of held) if (x) return 1;",
  ],
  ["const f = filter(all({ n }), () => true); return f ? 1 : 2;"],
  ["return (n > 1 ? h : load({ n })) ? 1 : 2;"],
  ["return [h].find((one) => one) === undefined;"],
  ["const same = Object.freeze({ h }); if (same.h) return 1;"],
  ["for (const one of Object.values({ h })) if (one) return 1;"],
];

const ACCEPTED: readonly (readonly [form: string, top?: string])[] = [
  ["if (await h) return 1;"],
  ["const v = await h; if (v) return 1;"],
  ["let v: unknown = h; v = await h; if (v) return 1;"],
  ["if (!(await h)) return 1;"],
  ["return (await h) ? 1 : 2;"],
  ["return (await h) && 1;"],
  ["while (await load({ n })) break;"],
  ["if (h === undefined) return 1;"],
  ["if (h == null) return 1;"],
  ["if (h !== load({ n })) return 1;"],
  ['if (typeof h === "object") return 1;'],
  ["if (h instanceof Object) return 1;"],
  ["return h ?? 1;"],
  ["let x: unknown; x ??= h; return x;"],
  ["let x; if (n) x = load({ n }); if (x) return 1;"],
  ["let x = undefined; if (n) x = load({ n }) as never; return x ? 1 : 2;"],
  ["const x = n > 1 ? h : undefined; if (x) return 1;"],
  ["const x = n > 1 && h; if (x) return 1;"],
  ["const x: any = null; if (x || n) return h;"],
  ["const inner = (h: number) => (h ? 1 : 2); return inner(n);"],
  ["if (n) return h;"],
  ["{ const h = n; if (h) return 1; }"],
  ["const o: { h?: unknown } = {}; if (n) o.h = h; if (o.h) return 1;"],
  ["const o = { h, n }; if (o.n) return 1;"],
  ["const o = { h }; if (o) return 1;"],
  ["const { h: x, n: m } = { h, n }; if (m) return x;"],
  ["const hs = [h]; if (hs.length) return 1;"],
  ["const hs = [h]; if (hs) return 1;"],
  ["const hs = [h]; if (hs[n]) return 1;"],
  ["const hs = [h]; const last = hs.pop(); if (last) return 1;"],
  ["const hs = [h]; if (hs.at(-1)) return 1;"],
  ["const hs = [h]; if (hs.includes(h)) return 1;"],
  ["const found = [h].find((one) => one === h); if (found) return 1;"],
  ["const m = new Map([[n, h]]); if (m.get(n)) return 1;"],
  ["const m = new Map([[n, h]]); if (m.has(n)) return 1;"],
  ["const s = new Set([h]); if (s.has(h)) return 1;"],
  ["const s = new Set([h]); if (s.size) return 1;"],
  ["const vs = await Promise.all([h, load({ n })]); if (vs[0]) return 1;"],
  ["const [v] = await Promise.all([h]); if (v) return 1;"],
  ["for (const v of await Promise.all([h])) if (v) return 1;"],
  ["for await (const v of all({ n })) if (v) return 1;"],
  ["const vs = await all({ n }); return vs.filter((v) => v);"],
  ["const vs = await all({ n }); return vs.filter(Boolean);"],
  ["const vs = await all({ n }); if (vs.some((v) => !v)) return 1;"],
  ["return filter(all({ n }), (v) => Boolean(v));"],
  ["return filter(all({ n }), (v) => (v ? true : false));"],
  ["const s = await h.settled(); if (s) return 1;"],
  ["const give = async () => await load({ n }); if (await give()) return 1;"],
  ["const give = async () => load({ n }); if (await give()) return 1;"],
  ["const give = () => n; if (give()) return h;"],
  ["const take = (x: unknown) => (x ? 1 : 2); return take(await h);"],
  ["const take = (x?: unknown) => (x ? 1 : 2); take(h); return take();"],
  ["const take = (x: unknown) => (x ? 1 : 2); take(h); return take(n);"],
  ["const take = ({ x }: { x?: unknown }) => (x ? 1 : 2); take({ x: h }); return take({});"],
  ["return pick(h) && pick(undefined);", "function pick(x: unknown) { return x ? 1 : 2; }"],
  ["const give = (m: number) => { if (m) return load({ n: m }); }; if (give(n)) return 1;"],
  ["const give = (m: number) => (m ? load({ n: m }) : null); return give(n) ? 1 : 2;"],
  ["const v = await h.then((x) => x); if (v) return 1;"],
  ["return h.then((v) => (v ? 1 : 2));"],
  ["assert(await h);"],
  ["assert.equal(h, h);"],
  ["console.log(h);"],
  ["switch (true) { case n > 1: return 1; }"],
  ["switch (await h) { case 1: return 1; }"],
  ["switch (n) { case 1: return h; }"],
  ["const Boolean = (x: unknown) => x; return Boolean(h);"],
  ["const assert = (x: unknown) => x; return assert(h);"],
  ["class Box { h?: unknown; test() { return this.h ? 1 : 2; } } const b = new Box(); b.h = h; return b.test();"],
  ["try { await h; } catch (e) { if (e) return 1; }"],
  ["const o = JSON.parse('{}'); o.h = h; if (o.h) return 1;"],
  ["const { h: x } = await (async () => ({ h: n }))(); if (x) return 1;"],
  ["setTimeout.call(null, (x: unknown) => (x ? 1 : 2), 1, h);"],
  ["const keep = [h, undefined]; return keep.filter(Boolean);"],
  ["const keep: unknown[] = [h]; keep.push(n); return keep.filter((x) => x);"],
  ["if (load.run) return 1;"],
  ["if (load) return 1;"],
];

describe("a handle that is tested", () => {
  test("comes in at least 60 forms", () => {
    expect(REFUSED.length).toBeGreaterThanOrEqual(60);
    expect(ACCEPTED.length).toBeGreaterThanOrEqual(60);
  });

  test.for(REFUSED)("is refused: %s", async ([form, top]) => {
    expect(await refusals(form, top)).toBe(1);
  });

  test.for(ACCEPTED)("is not seen in: %s", async ([form, top]) => {
    expect(await refusals(form, top)).toBe(0);
  });
});

describe("a handle that is used as its value", () => {
  const USED: readonly string[] = [
    "return `about ${h}`;",
    "return h + 1;",
    "return 2 * (h as never);",
    "return h > 3;",
    "return (h as any).url;",
    'return (h as any)["url"];',
    "const { url } = h as any; return url;",
    "const [first] = all({ n }) as any; return first;",
    "return (all({ n }) as any).map((v: number) => load({ n: v }));",
    "return (all({ n }) as any).length;",
    "const out = []; for (const v of all({ n }) as any) out.push(v); return out;",
    "return [...(all({ n }) as any), 1];",
    "return load({ ...(h as any) });",
    "return JSON.stringify(h);",
    "return String(h);",
    "return await Promise.all(all({ n }) as any);",
    "return Object.keys(h);",
    "const say = (x: unknown) => `about ${x}`; return say(h);",
  ];
  const LIKE: readonly string[] = [
    "return `about ${await h}`;",
    "return (await h) + 1;",
    "return h.settled();",
    "return h.then((v) => v + 1);",
    "return [h, load({ n })];",
    "return { ...{ h } };",
    "const [a, b] = zip(all({ n }), all({ n })); return [a, b];",
    "for (const one of [h]) await one; return 1;",
    "return Promise.all([h]);",
    "let v: any = h; v = await h; return `${v}`;",
    "console.log(h); return h === undefined;",
    "const say = (x: unknown) => `about ${x}`; say(h); return say(n);",
    "return h instanceof Object ? typeof h : 1;",
  ];

  async function codes(body: string): Promise<readonly string[]> {
    project.write({
      "flow.ts": `${IMPORTS}\nexport const flow = workflow({ name: "flow" }, async ({ n }: { n: number }) => {\nconst h = load({ n });\n${body}\n});`,
    });
    return (await check(project.path("flow.ts"))).map(({ code, line }) => `${code} ${line}`);
  }

  test.for(USED)("is refused: %s", async (form) => {
    expect(await codes(form)).toEqual(["WG3002 7"]);
  });

  test.for(LIKE)("is not seen in: %s", async (form) => {
    expect(await codes(form)).toEqual([]);
  });
});

describe("across files", () => {
  const NODES = 'import { node } from "agentic-workgraph";\nexport const load = node({ id: "load" }, async () => 1);\n';

  async function found(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
    project.write({ "nodes.ts": NODES, ...files });
    const findings = await check(project.path("flow.ts"));
    return findings.map(({ code, file, line }) => `${code} ${file.slice(file.lastIndexOf("/") + 1)}:${line}`);
  }

  const flow = (imports: string, body: string): string =>
    `import { workflow } from "agentic-workgraph";\n${imports}\nexport const flow = workflow({ name: "f" }, async () => {\n${body}\n});`;

  test.for([
    ["a helper gives a handle", 'import { load } from "./nodes.ts";\nexport const give = () => load({});', "give"],
    ["a default export", 'import { load } from "./nodes.ts";\nexport default () => load({});', "default as give"],
    [
      "a re-export",
      'export { give } from "./deep.ts";',
      "give",
      'import { load } from "./nodes.ts";\nexport function give() { return load({}); }',
    ],
    [
      "a re-export of everything",
      'export * from "./deep.ts";',
      "give",
      'import { load } from "./nodes.ts";\nexport function give() { return load({}); }',
    ],
    [
      "an object of helpers",
      'import { load } from "./nodes.ts";\nexport const made = { give: () => load({}) };\nexport const give = () => made.give();',
      "give",
    ],
  ])("%s", async ([, helper, name, deep]) => {
    const files = {
      "helper.ts": helper!,
      "deep.ts": deep ?? "export const nothing = 0;",
      "flow.ts": flow(`import { ${name} } from "./helper.ts";`, "return give() ? 1 : 2;"),
    };
    expect(await found(files)).toEqual(["WG3010 flow.ts:4"]);
  });

  test("a node of a namespace", async () => {
    const files = { "flow.ts": flow('import * as nodes from "./nodes.ts";', "if (nodes.load({})) return 1;") };
    expect(await found(files)).toEqual(["WG3010 flow.ts:4"]);
  });

  test("a handle given to a helper of another file", async () => {
    const files = {
      "helper.ts": "export function pick(x: unknown) {\n  return x ? 1 : 2;\n}",
      "flow.ts": flow(
        'import { load } from "./nodes.ts";\nimport { pick } from "./helper.ts";',
        "return pick(load({}));",
      ),
    };
    expect(await found(files)).toEqual(["WG3010 helper.ts:2"]);
  });

  test("but not where another call gives it something else", async () => {
    const files = {
      "helper.ts": "export function pick(x: unknown) {\n  return x ? 1 : 2;\n}",
      "flow.ts": flow(
        'import { load } from "./nodes.ts";\nimport { pick } from "./helper.ts";',
        "return pick(load({})) + pick(await load({}));",
      ),
    };
    expect(await found(files)).toEqual([]);
  });
});
