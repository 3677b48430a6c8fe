import { describe, expect, test } from "vitest";
import { scopesOf } from "./scope.ts";
import { parseSource, walk } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

/** For each mention of `x`: the kind of variable it means, "global", or nothing where it is a name of a property. */
async function meanings(code: string, file = "a.ts"): Promise<readonly string[]> {
  const program = await parseSource(code, file);
  const scopes = scopesOf(program);
  // Of a shorthand property the key comes first; the variable is its value, at the same place.
  const found = new Map<number, SyntaxNode>();
  walk(program, (node) => {
    if (node.type === "Identifier" && node["name"] === "x") found.set(node.start, node);
  });
  return [...found.values()]
    .sort((left, right) => left.start - right.start)
    .map((node) => {
      const binding = scopes.bindingOf(node);
      return binding ? `${binding.top ? "top " : ""}${binding.kind}` : "none";
    });
}

describe("scopes", () => {
  test.for([
    ["a use before the declaration", "f(x); const x = 1;", ["top const", "top const"]],
    [
      "a parameter hides what is outside",
      "const x = 1; const f = (x: number) => x;",
      ["top const", "parameter", "parameter"],
    ],
    ["a default sees parameters", "const x = 1; function f(x = 2, y = x) {}", ["top const", "parameter", "parameter"]],
    ["a block has its own", "const x = 1; { let x = 2; x; } x;", ["top const", "let", "let", "top const"]],
    ["var leaves the block", "if (a) { var x = 1; } x;", ["top var", "top var"]],
    ["var stays in the function", "function f() { { var x = 1; } x; } x;", ["var", "var", "none"]],
    ["a function is known in its whole block", "x(); function x() {}", ["top function", "top function"]],
    [
      "names of properties are no variables",
      "const x = 1; a.x; ({ x: 1 }); class A { x = 1 }",
      ["top const", "none", "none", "none"],
    ],
    ["a computed name is one", "const x = 1; a[x]; ({ [x]: 1 });", ["top const", "top const", "top const"]],
    ["a destructured name is a variable", "const { a: x, ...r } = b; x;", ["top const", "top const"]],
    ["a shorthand declares", "const { x = 1 } = b; x;", ["top const", "top const"]],
    ["catch has its own", "try {} catch (x) { x; } x;", ["catch", "catch", "none"]],
    ["a loop variable ends with the loop", "for (const x of a) x; x;", ["const", "const", "none"]],
    ["a switch is one block", "switch (a) { case 1: let x = 1; case 2: x; } x;", ["let", "let", "none"]],
    ["a named function expression knows itself", "const f = function x() { x; }; x;", ["function", "function", "none"]],
    ["a named class expression knows itself", "const f = class x { m() { x; } }; x;", ["class", "class", "none"]],
    ["an import is a variable", 'import { y as x } from "a"; x;', ["top import", "top import"]],
    ["a label is no variable", "const x = 1; x: for (;;) break x;", ["top const", "none", "none"]],
    ["an enum is a variable", "enum x { A } x.A;", ["top enum", "top enum"]],
  ] as const)("%s", async ([, code, expected]) => {
    expect(await meanings(code)).toEqual(expected);
  });

  test("a type is not looked at", async () => {
    const program = await parseSource("const x = 1; type T = typeof x; let y: x;", "a.ts");
    expect([...scopesOf(program).top.keys()]).toEqual(["x", "y"]);
  });
});
