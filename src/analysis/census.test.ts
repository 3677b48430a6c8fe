import { describe, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { foldGraph, graphOf, type GraphCallInput } from "../model/graph.ts";
import { censusOf, type CensusRun } from "./census.ts";

const call = (callNo: number, node: string, line: number, from: readonly number[] = []): GraphCallInput => ({
  call: callNo,
  node,
  kind: "node",
  site: { file: "research.ts", line, column: 3 },
  status: "completed",
  counts: { completed: callNo },
  edges: from.map((source) => ({ from: source, kind: "solid", param: "x" })),
});
const run = (runId: string, calls: readonly GraphCallInput[]): CensusRun => ({
  runId,
  graph: foldGraph(graphOf(calls)),
});

describe("a census", () => {
  const short = [call(1, "load", 10), call(2, "judge", 20, [1])];
  const long = [...short, call(3, "fix", 41, [2])];

  test("groups runs by shape, the commonest first, and says where another first differs", () => {
    const census = censusOf([run("a", long), run("b", short), run("c", short)]);
    expect(census.runs).toBe(3);
    expect(census.shapes.map(({ runs, firstRun, lastRun }) => [runs, firstRun, lastRun])).toEqual([
      [2, "b", "c"],
      [1, "a", "a"],
    ]);
    expect(census.shapes[0]?.differs).toBeUndefined();
    expect(census.shapes[1]?.differs).toEqual({
      how: "more",
      what: "call",
      node: "fix",
      site: { file: "research.ts", line: 41, column: 3 },
    });
  });

  test("tells a call that is missing, and an edge where the calls are the same", () => {
    const without = censusOf([run("a", long), run("b", long), run("c", short)]);
    expect(without.shapes[1]?.differs).toMatchObject({ how: "less", node: "fix" });
    const unlinked = [call(1, "load", 10), call(2, "judge", 20)];
    const edge = censusOf([run("a", short), run("b", unlinked)]);
    expect(edge.shapes[1]?.differs).toMatchObject({
      how: "less",
      what: "edge",
      node: "judge",
      from: "load",
      param: "x",
    });
  });

  test("is blind to how often and with how many items a site was called", () => {
    const often = [...short, call(3, "judge", 20, [1]), call(4, "judge", 20, [1])];
    expect(censusOf([run("a", short), run("b", often)]).shapes).toHaveLength(1);
  });

  test("of no runs has no shapes", () => {
    expect(censusOf([])).toEqual({ runs: 0, shapes: [] });
  });
});

describe("over generated runs", () => {
  /** Runs that each reach some of ten branches: as many shapes as there are different choices. */
  function generated(seed: number): { readonly runs: readonly CensusRun[]; readonly choices: readonly string[] } {
    const random = seededRandom(`census ${seed}`);
    const choices: string[] = [];
    const runs = Array.from({ length: 1 + Math.floor(random() * 30) }, (_, no) => {
      const reached = Array.from({ length: 3 }, (_unused, i) => i).filter(() => random() < 0.6);
      choices.push(reached.join());
      const calls = [call(1, "load", 1)];
      for (const branch of reached)
        for (let times = 0; times < 1 + Math.floor(random() * 3); times++)
          calls.push(call(calls.length + 1, `n${branch}`, 10 + branch, [1]));
      return run(`r${no}`, calls);
    });
    return { runs, choices };
  }

  test("there are as many shapes as different choices, each with its runs, and every other one differs somewhere", () => {
    for (let seed = 0; seed < 100; seed++) {
      const { runs, choices } = generated(seed);
      const { shapes } = censusOf(runs);
      const groups = [...Map.groupBy(choices, (choice) => choice).values()].map((group) => group.length);
      expect(
        shapes.map((shape) => shape.runs),
        `seed ${seed}`,
      ).toEqual(groups.toSorted((a, b) => b - a));
      expect(shapes.slice(1).every((shape) => shape.differs?.site !== undefined)).toBe(true);
    }
  });

  test("a run moved to another line is another shape", () => {
    const { runs, choices } = generated(4);
    const moved = run("moved", [call(1, "load", 2)]);
    expect(censusOf([...runs, moved]).shapes).toHaveLength(new Set(choices).size + 1);
  });
});
