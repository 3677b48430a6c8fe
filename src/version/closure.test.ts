import { describe, expect, test } from "vitest";
import { closureOf } from "./closure.ts";
import type { Closure } from "./closure.ts";
import { scopesOf } from "./scope.ts";
import { parseSource } from "./syntax.ts";
import { unitsOf } from "./units.ts";

/** The closure of the export `root` of one bundled module. */
async function closure(
  code: string,
  identity: (specifier: string) => string | undefined = () => undefined,
): Promise<Closure> {
  const program = await parseSource(code, "bundle.mjs");
  const scopes = scopesOf(program);
  const bundle = unitsOf(program, scopes);
  const binding = bundle.exports.get("root");
  const unit = binding && bundle.unitOf.get(binding);
  if (!unit) throw new Error("no root");
  return closureOf(unit, { bundle, scopes, identity });
}

async function equal(left: string, right: string): Promise<boolean> {
  return (await closure(left)).hash === (await closure(right)).hash;
}

const ROOT = "const root = () => [a]; export { root };";

describe("the hash of a closure", () => {
  test("has no names of variables in it", async () => {
    expect(
      await equal(
        "const a = (p) => p + 1; " + ROOT,
        "const a$1 = (q) => q + 1; const root = () => [a$1]; export { root };",
      ),
    ).toBe(true);
  });

  test("tells two variables apart", async () => {
    const base = "const a = 1; const b = 2; export { root };";
    expect(await equal(`${base} const root = () => a - b;`, `${base} const root = () => b - a;`)).toBe(false);
    expect(await equal(`${base} const root = (p, q) => p - q;`, `${base} const root = (p, q) => q - p;`)).toBe(false);
  });

  test("tells a local variable from the top-level one of its name", async () => {
    const base = "const a = 1; export { root };";
    expect(await equal(`${base} const root = (b) => a;`, `${base} const root = (a) => a;`)).toBe(false);
  });

  test("tells a private member from a public one", async () => {
    const members = (name: string): string =>
      `class A { ${name} = 1; m() { return this.${name}; } } const root = A; export { root };`;
    expect(await equal(members("x"), members("#x"))).toBe(false);
  });

  test("tells where an optional chain ends", async () => {
    expect(
      await equal("const root = (a) => (a?.b).c; export { root };", "const root = (a) => a?.b.c; export { root };"),
    ).toBe(false);
  });

  test("does not depend on the place of what it needs", async () => {
    expect(
      await equal(
        "const b = 1; const a = 2; const root = () => a + b; export { root };",
        "const root = () => a + b; const a = 2; const b = 1; export { root };",
      ),
    ).toBe(true);
  });

  test("follows functions that call each other", async () => {
    const pair = (limit: number): string =>
      `const even = (n) => n === 0 || odd(n - 1); const odd = (n) => n > ${limit} && even(n - 1); const root = even; export { root };`;
    expect(await equal(pair(0), pair(0))).toBe(true);
    expect(await equal(pair(0), pair(1))).toBe(false);
  });

  test("stands a chain of ten thousand helpers", async () => {
    const chain = Array.from({ length: 10_000 }, (_, index) => `const f${index} = () => f${index + 1}();`).join("\n");
    const code = `${chain} const f10000 = () => 1; const root = f0; export { root };`;
    expect((await closure(code)).units).toHaveLength(10_002);
  });
});

describe("a statement that runs on loading", () => {
  const counts = async (statement: string): Promise<boolean> => {
    const base = `import { z } from "zed"; import { q } from "other"; const a = new Map(); const b = new Map(); const size = 1;`;
    return !(await equal(`${base} ${ROOT}`, `${base} ${statement} ${ROOT}`));
  };

  test.for([
    "a.set(1, 2);",
    "a.x = 1;",
    "delete a.x;",
    "Object.assign(a, { x: 1 });",
    "for (const one of [a]) one.clear();",
    "const fill = (map) => map.set(1, 2); fill(a);",
    "const fill = (map) => map.set(1, 2); const filled = fill(a);",
    "const fill = () => a.set(1, 2); fill();",
    "function fill() { inner(); } function inner() { a.set(1, 2); } const done = fill();",
    "[1, 2].forEach((n) => a.set(n, n));",
    "class Filler { constructor() { a.set(1, 2); } } new Filler();",
    "class Filler { constructor() { a.set(1, 2); } } class Sub extends Filler {} const made = new Sub();",
    "(() => { a.set(1, 2); return 1; })();",
    "const alias = a; alias.set(1, 2);",
    "const proto = Array.prototype; proto.extra = 1;",
    "globalThis.extra = 1;",
    "process.env.EXTRA = '1';",
    "process.on('exit', () => 1);",
    "setInterval(() => 1, 10);",
    "await 1;",
    'import "side-effect";',
    "if (b) a.clear();",
    "try { a.clear(); } catch {}",
  ])("counts when it may change what is used: %s", async (statement) => {
    expect(await counts(statement)).toBe(true);
  });

  test.for([
    "b.set(1, 2);",
    "b.x = 1;",
    "const schema = z.object({ x: z.string() });",
    "(() => z.object({ x: 1 }))();",
    "const sizes = [1, 2].map((n) => n + 1);",
    "const names = b.keys();",
    "const fill = (map) => map.set(1, 2); const filled = fill(b);",
    "const make = (n) => ({ n }); const made = make(size);",
    "class Counter { n = 0; constructor() { this.n = 1; } } const counter = new Counter();",
    "const never = () => a.clear();",
    "z.extend(1);",
    "const parsed = JSON.parse('[]');",
  ])("does not count when it cannot: %s", async (statement) => {
    expect(await counts(statement)).toBe(false);
  });

  test("concerns whoever uses the package it changes", async () => {
    const base = 'import { z, y } from "zed"; export { root };';
    expect(await equal(`${base} const root = () => y;`, `${base} z.extend(1); const root = () => y;`)).toBe(false);
  });

  test("has an order", async () => {
    const base = "let n = 0; const next = () => { globalThis.n = n; return ++n; }; export { root };";
    const root = "const root = () => [first, second];";
    expect(
      await equal(
        `${base} const first = next(); const second = next(); ${root}`,
        `${base} const second = next(); const first = next(); ${root}`,
      ),
    ).toBe(false);
  });
});

describe("packages", () => {
  const code = 'import { z } from "zed"; import { unused } from "unused"; const root = () => z; export { root };';

  test("count by version where they are used", async () => {
    const at = async (version: string): Promise<string> => (await closure(code, (name) => `${name}@${version}`)).hash;
    expect(await at("1")).not.toBe(await at("2"));
  });

  test("do not count where they are not", async () => {
    const at = async (version: string): Promise<Closure> =>
      closure(code, (name) => (name === "unused" ? version : "1"));
    expect((await at("1")).hash).toBe((await at("2")).hash);
    expect((await at("1")).specifiers).toEqual(["zed"]);
  });

  test("count in import() and require() as well", async () => {
    const lazy = "const root = async () => [await import('lazy'), __require('old')]; export { root };";
    expect((await closure(lazy)).specifiers).toEqual(["lazy", "old"]);
  });

  test("the imported name counts", async () => {
    expect(
      await equal(
        'import { x } from "p"; const root = x; export { root };',
        'import { y as x } from "p"; const root = x; export { root };',
      ),
    ).toBe(false);
    expect(
      await equal(
        'import x from "p"; const root = x; export { root };',
        'import * as x from "p"; const root = x; export { root };',
      ),
    ).toBe(false);
  });
});

describe("tuning options", () => {
  const at = (options: string): string =>
    `import { node as n } from "agentic-workgraph"; const MAX = 2; const root = n({ id: "a"${options} }, () => 1); export { root };`;

  test.for([
    ", retries: 3",
    ", concurrency: 2 * 4",
    ", timeout: `5s`",
    ", tags: ['a', 'b']",
    ", retries: { max: 3, jitter: false }",
    ", timeout: -1",
    ", cache: undefined",
  ])("are left out where literal: %s", async (option) => {
    expect(await equal(at(""), at(option))).toBe(true);
  });

  test.for([
    ", retries: MAX",
    ", timeout: limit()",
    ", ...MAX",
    ", ['retries']: 3",
    ", retries() {}",
    ", out: 'many'",
    ", onFailed: 'drop'",
    ", effect: true",
  ])("stay otherwise: %s", async (option) => {
    expect(await equal(at(""), at(option))).toBe(false);
  });

  test("of a function that only looks like node() stay", async () => {
    const other = (options: string): string =>
      `import { node } from "elsewhere"; const root = node({ id: "a"${options} }, () => 1); export { root };`;
    expect(await equal(other(""), other(", retries: 3"))).toBe(false);
  });

  test("are recognised behind a namespace", async () => {
    const whole = (options: string): string =>
      `import * as wg from "agentic-workgraph"; const root = wg.node({ id: "a"${options} }, () => 1); export { root };`;
    expect(await equal(whole(""), whole(", retries: 3"))).toBe(true);
  });
});
