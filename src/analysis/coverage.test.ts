import { describe, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { coverageOf, ghostsOf } from "./coverage.ts";
import type { KnownSite, ObservedCall } from "./site-table.ts";

const site = (line: number, column: number, node: string | undefined, path = "flows/flow.ts"): KnownSite => ({
  path,
  line,
  column,
  kind: "node",
  node,
});
const call = (line: number, column: number, node: string, file = "/home/ada/flows/flow.ts"): ObservedCall => ({
  kind: "node",
  node,
  site: { file, line, column },
});

describe("coverage", () => {
  const sites = [
    site(3, 5, "load"),
    site(4, 5, "work"),
    site(4, 30, "work"),
    site(9, 1, undefined),
    site(12, 1, "work"),
  ];

  test("counts runs once and calls each time, and lists what nobody reached", () => {
    const covered = coverageOf(sites, [
      { calls: [call(3, 5, "load"), call(4, 5, "work"), call(4, 5, "work"), call(4, 30, "work")] },
      { calls: [call(3, 5, "load"), call(4, 5, "work")] },
    ]);
    expect(covered.sites.map(({ runs, calls }) => [runs, calls])).toEqual([
      [2, 2],
      [2, 3],
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
    expect(covered).toMatchObject({ runs: 2, reached: 3, unplaced: [] });
  });

  test("takes the nearest column of a line, any node where the id is not literal, and the file by its stored path", () => {
    expect(ghostsOf(sites, { calls: [call(4, 28, "work")] }).map(({ column }) => column)).not.toContain(30);
    expect(ghostsOf(sites, { calls: [call(9, 1, "whatever")] }).map(({ line }) => line)).not.toContain(9);
    expect(ghostsOf(sites, { calls: [call(3, 5, "load", "/elsewhere/flow.ts")] })).toHaveLength(sites.length);
    expect(ghostsOf([site(1, 1, "a", "../beside/a.ts")], { calls: [call(1, 1, "a", "/home/beside/a.ts")] })).toEqual(
      [],
    );
  });

  test("says which calls the source does not show, and leaves out arrays of handles", () => {
    const covered = coverageOf(sites, [
      { calls: [call(7, 7, "hidden"), call(7, 7, "hidden"), { ...call(7, 7, "all"), kind: "concat" }] },
      { calls: [call(7, 7, "hidden"), { kind: "node", node: "nowhere" }] },
    ]);
    expect(covered.unplaced.map(({ node, runs, calls }) => [node, runs, calls])).toEqual([
      ["hidden", 2, 3],
      ["nowhere", 1, 1],
    ]);
  });
});

/** Runs whose calls are chosen site by site, with the counts that follow from the choice. */
function generated(seed: number): {
  readonly sites: readonly KnownSite[];
  readonly runs: readonly { readonly calls: readonly ObservedCall[] }[];
  readonly expected: readonly (readonly [runs: number, calls: number])[];
} {
  const random = seededRandom(`coverage ${seed}`);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const sites = Array.from({ length: 1 + upTo(12) }, (_, i) => site(1 + (i >> 1), i % 2 === 0 ? 3 : 40, `n${upTo(3)}`));
  const expected = sites.map(() => [0, 0] as [number, number]);
  const runs = Array.from({ length: upTo(20) }, () => ({
    calls: sites.flatMap((one, index) => {
      const times = random() < 0.5 ? 0 : 1 + upTo(4);
      if (times > 0) expected[index]![0]++;
      expected[index]![1] += times;
      return Array.from({ length: times }, () => call(one.line, one.column, one.node!));
    }),
  }));
  return { sites, runs, expected };
}

describe("over generated runs", () => {
  const countsOf = ({ sites, runs }: Pick<ReturnType<typeof generated>, "sites" | "runs">): unknown =>
    coverageOf(sites, runs).sites.map(({ runs: having, calls }) => [having, calls]);

  test("every count is the one that the runs were made with", () => {
    for (let seed = 0; seed < 200; seed++) {
      const made = generated(seed);
      expect(countsOf(made), `seed ${seed}`).toEqual(made.expected);
    }
  });

  test("a call that is missing, added or made on another line is noticed", () => {
    const faults: readonly ((calls: readonly ObservedCall[]) => readonly ObservedCall[])[] = [
      (calls) => calls.slice(1),
      (calls) => [...calls, calls[0]!],
      ([first, ...rest]) => [{ ...first!, site: { ...first!.site!, line: 99 } }, ...rest],
    ];
    for (const [index, fault] of faults.entries()) {
      const made = generated(3 + index);
      const at = made.runs.findIndex((run) => run.calls.length > 0);
      const runs = made.runs.map((run, i) => (i === at ? { calls: fault(run.calls) } : run));
      expect(countsOf({ sites: made.sites, runs })).not.toEqual(made.expected);
    }
  });
});
