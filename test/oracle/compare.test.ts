import { describe, expect, test } from "vitest";
import { compare, samePath } from "./compare.ts";
import { evaluate } from "./evaluate.ts";
import type { Actual, Executed, Expected, SettledCell, Variable } from "./expected.ts";
import { generateProgram } from "./generate.ts";

const watched = { observer: "only watched" } as const;

const actualOf = (expected: Expected): Actual => structuredClone({ ...expected, status: expected.status });

/** Each changes one thing; undefined where the program has nothing to change. */
const faults: Readonly<Record<string, (actual: Actual) => Actual | undefined>> = {
  "a lost cell": (actual) => changeCells(actual, 1, (cells) => cells.slice(1)),
  "a cell too many": (actual) => changeCells(actual, 1, (cells) => [...cells, ...cells.slice(0, 1)]),
  "two cells in the wrong order": (actual) =>
    changeCells(actual, 2, ([a, b, ...rest]) => [b, a, ...rest] as SettledCell[]),
  "values that changed places": (actual) =>
    changeCells(actual, 2, (cells) => {
      const [a, b, ...rest] = cells as [SettledCell, SettledCell];
      if (a.status !== "ok" || b.status !== "ok" || a.value === b.value) return undefined;
      return [{ ...a, value: b.value }, { ...b, value: a.value }, ...rest];
    }),
  "a failure shown as a skip": (actual) =>
    changeCells(actual, 1, (cells) => {
      const at = cells.findIndex((cell) => cell.status === "failed");
      return at < 0 ? undefined : cells.with(at, { path: (cells[at] as SettledCell).path, status: "skipped" });
    }),
  "a failure that is absent": (actual) =>
    changeCells(actual, 1, (cells) => {
      const ok = cells.filter((cell) => cell.status === "ok");
      return ok.length === cells.length ? undefined : ok;
    }),
  "another key": (actual) =>
    changeCells(actual, 1, ([first, ...rest]) => {
      const path = first?.path.replace(/\[(\w+)\]$/, "[$1x]");
      return first === undefined || path === first.path ? undefined : [{ ...first, path: path as string }, ...rest];
    }),
  "one item shown as a list": (actual) =>
    changeVariable(actual, (variable) =>
      variable.kind === "list" && variable.one ? { ...variable, one: false } : undefined,
    ),
  "a refusal that did not come": (actual) =>
    changeVariable(actual, (variable) =>
      variable.kind === "list" ? undefined : { kind: "list", one: false, cells: [] },
    ),
  "another code": (actual) =>
    changeVariable(actual, (variable) => (variable.kind === "list" ? undefined : { ...variable, code: "WG9999" })),
  "a missing variable": (actual) => {
    const [, ...rest] = Object.entries(actual.variables);
    return { ...actual, variables: Object.fromEntries(rest) };
  },
  "an item executed twice": (actual) => changeExecuted(actual, (executed) => [...executed, ...executed.slice(0, 1)]),
  "an item not executed": (actual) => changeExecuted(actual, (executed) => executed.slice(1)),
  "an item executed with another input": (actual) =>
    changeExecuted(actual, ([first, ...rest]) => [{ ...(first as Executed), input: "?" }, ...rest]),
  "an item executed at another path": (actual) =>
    changeExecuted(actual, ([first, ...rest]) => [{ ...(first as Executed), path: "elsewhere[0]/f[9]" }, ...rest]),
  "another status": (actual) => ({ ...actual, status: actual.status === "failed" ? "completed" : "failed" }),
};

const changeVariable = (actual: Actual, change: (variable: Variable) => Variable | undefined): Actual | undefined => {
  for (const [name, variable] of Object.entries(actual.variables)) {
    const changed = change(variable);
    if (changed !== undefined) return { ...actual, variables: { ...actual.variables, [name]: changed } };
  }
  return undefined;
};

const changeCells = (
  actual: Actual,
  least: number,
  change: (cells: readonly SettledCell[]) => readonly SettledCell[] | undefined,
): Actual | undefined =>
  changeVariable(actual, (variable) => {
    if (variable.kind !== "list" || variable.cells.length < least) return undefined;
    const cells = change(variable.cells);
    return cells === undefined ? undefined : { ...variable, cells };
  });

const changeExecuted = (
  actual: Actual,
  change: (executed: readonly Executed[]) => readonly Executed[],
): Actual | undefined => (actual.executed.length === 0 ? undefined : { ...actual, executed: change(actual.executed) });

describe("compare", () => {
  test("says nothing when the run did what was expected", () => {
    for (let seed = 0; seed < 200; seed++) {
      const expected = evaluate(generateProgram(seed));
      expect(compare(expected, actualOf(expected), watched)).toEqual([]);
    }
  });

  test.each(Object.entries(faults))("notices %s, wherever there can be one", (_name, plant) => {
    let planted = 0;
    for (let seed = 0; seed < 200; seed++) {
      const expected = evaluate(generateProgram(seed));
      const actual = plant(actualOf(expected));
      if (actual === undefined) continue;
      planted += 1;
      expect(compare(expected, actual, watched), `seed ${seed}`).not.toEqual([]);
    }
    expect(planted).toBeGreaterThan(20);
  });

  test("reads the status by what the observer did", () => {
    const expected: Expected = { variables: {}, executed: [], status: "failed", statusIfAllSettled: "completed" };
    const actual: Actual = { variables: {}, executed: [], status: "completed" };
    expect(compare(expected, actual, { observer: "settled every list" })).toEqual([]);
    expect(compare(expected, actual, watched)).toEqual(["the run is completed, expected failed"]);
  });

  test("does not need to know where an item stood", () => {
    const expected: Expected = {
      variables: {},
      executed: [{ node: "f", path: "*[0]", input: "p" }],
      status: "completed",
      statusIfAllSettled: "completed",
    };
    const actual: Actual = { variables: {}, executed: [{ node: "f", input: "p" }], status: "completed" };
    expect(compare(expected, actual, watched)).toEqual([]);
  });

  test("takes any label for a star, and nothing else for anything else", () => {
    expect(samePath("*[0]/f[k1]", "page[0]/f[k1]")).toBe(true);
    expect(samePath("*[0]/f[k1]", "page[1]/f[k1]")).toBe(false);
    expect(samePath("*[0]/f[k1]", "page[0]/g[k1]")).toBe(false);
    expect(samePath("*[0]", "page[0]/f[0]")).toBe(false);
    expect(samePath("*[0]", ".")).toBe(false);
    expect(samePath(".", ".")).toBe(true);
  });
});
