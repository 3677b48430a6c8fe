import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import { generateProgram } from "./generate.ts";
import { render } from "./render.ts";

const SEEDS = Array.from({ length: 400 }, (_, seed) => seed);

describe("generated programs", () => {
  test("are the same for the same seed and differ between seeds", () => {
    expect(render(generateProgram(7))).toBe(render(generateProgram(7)));
    expect(new Set(SEEDS.map((seed) => render(generateProgram(seed)).replace(/.*\n/, ""))).size).toBeGreaterThan(395);
  });

  test("leave nothing open, and evaluate the same each time", () => {
    for (const seed of SEEDS) {
      const program = generateProgram(seed);
      expect(evaluate(program)).toEqual(evaluate(program));
    }
  });

  test("cover every kind of statement, list, cell and status", () => {
    const seen = new Map<string, number>();
    const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    for (const seed of SEEDS) {
      const program = generateProgram(seed);
      const { variables, status, executed } = evaluate(program);
      count(`status ${status}`);
      for (const statement of program.statements) count(statement.kind);
      for (const node of program.nodes)
        if (node.ports.some(({ port }) => port === "gather")) count(JSON.stringify(node.onFailed));
      for (const node of program.nodes) if (node.keyed) count("keyed");
      for (const { path } of executed) if (path?.includes("/")) count("nested");
      for (const variable of Object.values(variables)) {
        count(variable.kind === "list" ? (variable.cells.length === 0 ? "empty" : "filled") : variable.code);
        if (variable.kind === "list") for (const cell of variable.cells) count(cell.status);
      }
    }
    const all = [
      "array",
      "call",
      "filter",
      "merge",
      "zip",
      "zipBy",
      "cross",
      "settle",
      "empty",
      "filled",
      "ok",
      "failed",
    ];
    all.push("skipped", "nested", "keyed", "WG1001", "WG1002", "WG1003", '"fail"', '"drop"', '"settled"');
    all.push('{"tolerate":1}', '{"tolerate":0.4}', "status completed", "status completed_partial", "status failed");
    expect(all.filter((what) => (seen.get(what) ?? 0) < 15)).toEqual([]);
  });
});

test("the oracle imports nothing from what it judges", () => {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(8);
  for (const name of files) {
    const imports = [
      ...readFileSync(new URL(name, folder), "utf8").matchAll(/^(?:import|export|\}) .*from "([^"]+)";$/gm),
    ].map((match) => match[1] as string);
    for (const from of imports.filter((specifier) => !/^(vitest|node:fs)$/.test(specifier))) {
      expect(from, name).toMatch(/^\.\/[a-z-]+\.ts$/);
    }
  }
});
