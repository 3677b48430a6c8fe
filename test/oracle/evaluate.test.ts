import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import type { Expected, SettledCell } from "./expected.ts";
import type { Argument, NodeSpec, Program, Statement } from "./program.ts";

const node = (id: string, ports: string, more: Partial<NodeSpec> = {}): NodeSpec => ({
  id,
  out: "one",
  keyed: false,
  ports: ports.split(" ").map((name) => ({ name, port: name.startsWith("x") ? "gather" : "item" })),
  onFailed: "fail",
  failsOn: 0,
  minChildren: 2,
  maxChildren: 2,
  ...more,
});

const nodes: readonly NodeSpec[] = [
  node("src", "a", { out: "many", minChildren: 3, maxChildren: 3 }),
  node("other", "a", { out: "many", minChildren: 2, maxChildren: 2 }),
  node("none", "a", { out: "many", minChildren: 0, maxChildren: 0 }),
  node("f", "a"),
  node("g", "a b"),
  node("kids", "a", { out: "many", failsOn: ["src(s)#1"] }),
  node("named", "a", { out: "many", keyed: true }),
  node("bad", "a", { failsOn: ["src(s)#1", "bad(src(s)#2)"] }),
  node("all", "xs"),
  node("drop", "xs", { onFailed: "drop" }),
  node("settled", "xs", { onFailed: "settled" }),
  node("one", "xs", { onFailed: { tolerate: 1 } }),
  node("third", "xs", { onFailed: { tolerate: 0.3 } }),
  node("beside", "a xs", { onFailed: "drop" }),
];

const value = (text: string): Argument =>
  text.startsWith("v")
    ? { kind: "handle", of: text }
    : text.startsWith("L")
      ? { kind: "array", of: text }
      : { kind: "scalar", text };
const call = (name: string, id: string, ...args: string[]): Statement => ({
  kind: "call",
  name,
  node: id,
  args: args.map(value),
});
const filter = (name: string, of: string, ...keep: string[]): Statement => ({
  kind: "filter",
  name,
  of,
  salt: name,
  sense: "keep",
  chosen: keep,
});
const run = (statements: readonly Statement[], returns?: string): Expected =>
  evaluate({ seed: 0, nodes, statements, returns } satisfies Program);

const short = (cell: SettledCell): string => `${cell.path} ${cell.status === "ok" ? cell.value : cell.status}`;
const cells = (expected: Expected, name: string): string[] => {
  const variable = expected.variables[name];
  if (variable?.kind !== "list") throw new Error(`${name} is ${variable?.kind}`);
  return variable.cells.map(short);
};
const code = (expected: Expected, name: string): unknown => {
  const variable = expected.variables[name];
  return variable?.kind === "list" ? "a list" : [variable?.kind, variable?.code];
};

const source = call("v1", "src", "s");
const kids = call("v2", "kids", "v1");

describe("mapping", () => {
  test("runs a node once per item and broadcasts plain values and single items", () => {
    const expected = run([source, call("v2", "f", "k"), call("v3", "g", "v1", "v2"), call("v4", "g", "v1", "w")]);
    expect(cells(expected, "v2")).toEqual([". f(k)"]);
    expect(cells(expected, "v3")).toEqual([
      "src[0] g(src(s)#0,f(k))",
      "src[1] g(src(s)#1,f(k))",
      "src[2] g(src(s)#2,f(k))",
    ]);
    expect(cells(expected, "v4")[2]).toBe("src[2] g(src(s)#2,w)");
    expect(expected.variables["v2"]).toMatchObject({ one: true });
    expect(expected.variables["v3"]).toMatchObject({ one: false });
    expect(expected.executed).toHaveLength(8);
    expect(expected.executed[2]).toEqual({ node: "g", path: "src[0]", input: "src(s)#0,f(k)" });
  });

  test("of nothing runs nothing", () => {
    const expected = run([call("v1", "none", "s"), call("v2", "f", "v1")]);
    expect(cells(expected, "v2")).toEqual([]);
    expect(expected.executed.map((item) => item.node)).toEqual(["none"]);
  });

  test("gives a parent's value to each of its own children", () => {
    const expected = run([source, call("v2", "named", "v1"), call("v3", "g", "v1", "v2")]);
    expect(cells(expected, "v3").slice(0, 3)).toEqual([
      "src[0]/named[k0] g(src(s)#0,named(src(s)#0)#0)",
      "src[0]/named[k1] g(src(s)#0,named(src(s)#0)#1)",
      "src[1]/named[k0] g(src(s)#1,named(src(s)#1)#0)",
    ]);
  });

  test("aligns one array object with itself and not with its equal", () => {
    const arrays: Statement[] = [
      { kind: "array", name: "L1", elements: ["p", "q"] },
      { kind: "array", name: "L2", elements: ["p", "q"] },
    ];
    const expected = run([
      ...arrays,
      call("v1", "g", "L1", "L1"),
      call("v2", "g", "L1", "L2"),
      call("v3", "f", "L1"),
      call("v4", "g", "v3", "L1"),
    ]);
    expect(cells(expected, "v1")).toEqual(["*[0] g(p,p)", "*[1] g(q,q)"]);
    expect(code(expected, "v2")).toEqual(["refused", "WG1001"]);
    expect(cells(expected, "v4")).toEqual(["*[0] g(f(p),p)", "*[1] g(f(q),q)"]);
  });

  test("refuses unrelated lists, and two expansions of one list", () => {
    const expected = run([
      source,
      call("v2", "other", "s"),
      call("v3", "g", "v1", "v2"),
      call("v4", "named", "v1"),
      call("v5", "named", "v1"),
      call("v6", "g", "v4", "v5"),
    ]);
    expect(code(expected, "v3")).toEqual(["refused", "WG1001"]);
    expect(code(expected, "v6")).toEqual(["refused", "WG1001"]);
    expect(expected.status).toBe("completed");
  });

  test("over an array of handles runs over their concatenation", () => {
    const parts = [
      { kind: "handle", of: "v2" },
      { kind: "text", text: "t" },
      { kind: "handle", of: "v1" },
    ] as const;
    const expected = run([
      call("v1", "other", "s"),
      call("v2", "f", "k"),
      { kind: "call", name: "v3", node: "f", args: [{ kind: "concat", parts }] },
    ]);
    expect(cells(expected, "v3")).toEqual(["*[0] f(f(k))", "*[1] f(t)", "*[2] f(other(s)#0)", "*[3] f(other(s)#1)"]);
  });
});

describe("failures", () => {
  const failing = [source, call("v2", "bad", "v1"), call("v3", "f", "v2")];

  test("keep their place, and items that need them are skipped", () => {
    const expected = run(failing);
    expect(cells(expected, "v2")).toEqual(["src[0] bad(src(s)#0)", "src[1] failed", "src[2] bad(src(s)#2)"]);
    expect(cells(expected, "v3")).toEqual(["src[0] f(bad(src(s)#0))", "src[1] skipped", "src[2] f(bad(src(s)#2))"]);
    expect(expected.executed).toHaveLength(1 + 3 + 2);
    expect([expected.status, expected.statusIfAllSettled]).toEqual(["failed", "completed"]);
  });

  test("of an item with many results leave one tombstone at its path", () => {
    const expected = run([source, kids, call("v3", "g", "v2", "v1")]);
    expect(cells(expected, "v2")).toEqual([
      "src[0]/kids[0] kids(src(s)#0)#0",
      "src[0]/kids[1] kids(src(s)#0)#1",
      "src[1] failed",
      "src[2]/kids[0] kids(src(s)#2)#0",
      "src[2]/kids[1] kids(src(s)#2)#1",
    ]);
    expect(cells(expected, "v3")[2]).toBe("src[1] skipped");
  });

  test.each([
    ["all", ". skipped", "failed"],
    ["drop", ". drop([bad(src(s)#0) bad(src(s)#2)])~1", "completed_partial"],
    ["settled", ". settled([bad(src(s)#0) !failed bad(src(s)#2)])", "completed"],
    ["one", ". one([bad(src(s)#0) bad(src(s)#2)])~1", "completed_partial"],
    ["third", ". skipped", "failed"],
  ])("reach a gather by its onFailed: %s", (id, cell, status) => {
    const expected = run([source, call("v2", "bad", "v1"), call("v3", id, "v2")]);
    expect(cells(expected, "v3")).toEqual([cell]);
    expect(expected.status).toBe(status);
  });

  test("are tolerated up to the number given, and skipped items count", () => {
    const expected = run([source, call("v2", "bad", "v1"), call("v3", "bad", "v2"), call("v4", "one", "v3")]);
    expect(cells(expected, "v3")).toEqual(["src[0] bad(bad(src(s)#0))", "src[1] skipped", "src[2] failed"]);
    expect(cells(expected, "v4")).toEqual([". skipped"]);
    expect(expected.status).toBe("failed");
  });

  test("are handled through an item that was skipped because of them", () => {
    const expected = run([...failing, call("v4", "drop", "v3")]);
    expect(expected.status).toBe("completed_partial");
  });

  test("are handled by settled(), unless the returned list holds them", () => {
    const settle: Statement = { kind: "settle", of: "v3" };
    expect(run([...failing, settle], "v1").status).toBe("completed");
    const expected = run([...failing, settle], "v3");
    expect([expected.status, expected.statusIfAllSettled]).toEqual(["failed", "failed"]);
  });
});

describe("gather", () => {
  test("of nothing runs once with an empty list", () => {
    const expected = run([call("v1", "none", "s"), call("v2", "all", "v1")]);
    expect(cells(expected, "v2")).toEqual([". all([])"]);
  });

  test("beside its ancestors gives each item its own descendants, in path order, counted on their own", () => {
    const expected = run([source, kids, call("v3", "beside", "v1", "v2")]);
    expect(cells(expected, "v3")).toEqual([
      "src[0] beside(src(s)#0,[kids(src(s)#0)#0 kids(src(s)#0)#1])",
      "src[1] beside(src(s)#1,[])~1",
      "src[2] beside(src(s)#2,[kids(src(s)#2)#0 kids(src(s)#2)#1])",
    ]);
    expect(expected.status).toBe("completed_partial");
  });

  test("beside anything else gives each item the whole set", () => {
    const expected = run([
      source,
      call("v2", "other", "s"),
      call("v3", "beside", "v1", "v2"),
      call("v4", "beside", "v1", "v1"),
    ]);
    expect(cells(expected, "v3")[1]).toBe("src[1] beside(src(s)#1,[other(s)#0 other(s)#1])");
    expect(cells(expected, "v4")[1]).toBe("src[1] beside(src(s)#1,[src(s)#0 src(s)#1 src(s)#2])");
  });

  test("beside an item that failed drops nothing", () => {
    const expected = run(
      [source, call("v2", "bad", "v1"), kids, call("v3", "beside", "v2", "v2")].filter((s) => s !== kids),
    );
    expect(cells(expected, "v3")[1]).toBe("src[1] skipped");
    expect(expected.status).toBe("completed_partial");
  });
});

describe("filter", () => {
  const first = filter("v2", "v1", "src(s)#0", "src(s)#1");
  const second = filter("v3", "v1", "src(s)#1", "src(s)#2");

  test("keeps paths and aligns with the list it came from, on its own paths", () => {
    const expected = run([source, second, call("v4", "f", "v3"), call("v5", "g", "v1", "v4")]);
    expect(cells(expected, "v3")).toEqual(["src[1] src(s)#1", "src[2] src(s)#2"]);
    expect(cells(expected, "v5")).toEqual(["src[1] g(src(s)#1,f(src(s)#1))", "src[2] g(src(s)#2,f(src(s)#2))"]);
  });

  test("of a filter aligns with both", () => {
    const expected = run([source, first, filter("v3", "v2", "src(s)#1"), call("v4", "g", "v2", "v3")]);
    expect(cells(expected, "v4")).toEqual(["src[1] g(src(s)#1,src(s)#1)"]);
  });

  test("does not align with another filter of its list, beside it or above its children", () => {
    const expected = run([
      source,
      first,
      second,
      call("v4", "g", "v2", "v3"),
      call("v5", "named", "v1"),
      call("v6", "g", "v2", "v5"),
    ]);
    expect(code(expected, "v4")).toEqual(["refused", "WG1001"]);
    expect(cells(expected, "v6").map((cell) => cell.slice(0, 6))).toEqual(["src[0]", "src[0]", "src[1]", "src[1]"]);
  });

  test("shows a failed item as skipped", () => {
    const expected = run([source, call("v2", "bad", "v1"), filter("v3", "v2", "bad(src(s)#2)")]);
    expect(cells(expected, "v3")).toEqual(["src[1] skipped", "src[2] bad(src(s)#2)"]);
  });
});

describe("merge", () => {
  test("of parts of one list joins them in path order, in the list's own space", () => {
    const expected = run([
      source,
      filter("v2", "v1", "src(s)#1"),
      filter("v3", "v1", "src(s)#0", "src(s)#2"),
      call("v4", "f", "v2"),
      { kind: "merge", name: "v5", of: ["v3", "v4"] },
      call("v6", "g", "v1", "v5"),
      call("v7", "g", "v2", "v5"),
    ]);
    expect(cells(expected, "v5")).toEqual(["src[0] src(s)#0", "src[1] f(src(s)#1)", "src[2] src(s)#2"]);
    expect(cells(expected, "v6")[1]).toBe("src[1] g(src(s)#1,f(src(s)#1))");
    expect(cells(expected, "v7")).toEqual(["src[1] g(src(s)#1,f(src(s)#1))"]);
  });

  test("of both sides of a list with a failure has that failure once", () => {
    const expected = run([
      source,
      call("v2", "bad", "v1"),
      filter("v3", "v2", "bad(src(s)#0)"),
      filter("v4", "v2", "bad(src(s)#2)"),
      { kind: "merge", name: "v5", of: ["v3", "v4"] },
    ]);
    expect(cells(expected, "v5")).toEqual(["src[0] bad(src(s)#0)", "src[1] skipped", "src[2] bad(src(s)#2)"]);
  });

  test("of parts that share a path is WG1003, and the run fails", () => {
    const expected = run([source, filter("v2", "v1", "src(s)#1"), { kind: "merge", name: "v3", of: ["v1", "v2"] }]);
    expect(code(expected, "v3")).toEqual(["broken", "WG1003"]);
    expect([expected.status, expected.statusIfAllSettled]).toEqual(["failed", undefined]);
  });

  test("of unrelated lists is their concatenation in a space of its own", () => {
    const expected = run([
      call("v1", "other", "s"),
      call("v2", "other", "t"),
      { kind: "merge", name: "v3", of: ["v2", "v1"] },
    ]);
    expect(cells(expected, "v3")).toEqual(["*[0] other(t)#0", "*[1] other(t)#1", "*[2] other(s)#0", "*[3] other(s)#1"]);
  });
});

describe("zip, zipBy, cross", () => {
  const lists: Statement[] = [call("v1", "src", "s"), call("v2", "src", "t"), call("v3", "other", "s")];

  test("zip pairs by position in one new space", () => {
    const expected = run([
      ...lists,
      { kind: "zip", names: ["v4", "v5"], of: ["v1", "v2"] },
      call("v6", "g", "v4", "v5"),
    ]);
    expect(cells(expected, "v6")[1]).toBe("*[1] g(src(s)#1,src(t)#1)");
  });

  test("zip of unequal lengths is WG1002", () => {
    const expected = run([...lists, { kind: "zip", names: ["v4", "v5"], of: ["v1", "v3"] }]);
    expect([code(expected, "v4"), code(expected, "v5")]).toEqual([
      ["broken", "WG1002"],
      ["broken", "WG1002"],
    ]);
  });

  test("a pair with a failed member exists, and what needs that member is skipped", () => {
    const pair: Statement = { kind: "zip", names: ["v5", "v6"], of: ["v4", "v2"] };
    const expected = run([...lists, call("v4", "bad", "v1"), pair, call("v7", "g", "v5", "v6"), call("v8", "f", "v6")]);
    expect(cells(expected, "v5")[1]).toBe("*[1] failed");
    expect(cells(expected, "v7")[1]).toBe("*[1] skipped");
    expect(cells(expected, "v8")[1]).toBe("*[1] f(src(t)#1)");
  });

  test("zipBy pairs by key, in the order of the first", () => {
    const arrays: Statement[] = [{ kind: "array", name: "L1", elements: ["p2", "p0", "p1"] }, call("v4", "f", "L1")];
    const expected = run([
      ...lists,
      ...arrays,
      { kind: "zipBy", names: ["v5", "v6"], of: ["v4", "v1"] },
      call("v7", "g", "v5", "v6"),
    ]);
    expect(cells(expected, "v7")).toEqual([
      "*[0] g(f(p2),src(s)#2)",
      "*[1] g(f(p0),src(s)#0)",
      "*[2] g(f(p1),src(s)#1)",
    ]);
  });

  test("cross pairs each with each", () => {
    const expected = run([
      ...lists,
      { kind: "cross", names: ["v4", "v5"], of: ["v1", "v3"] },
      call("v6", "g", "v4", "v5"),
    ]);
    expect(cells(expected, "v6")).toHaveLength(6);
    expect(cells(expected, "v6")[3]).toBe("*[3] g(src(s)#1,other(s)#1)");
  });
});
