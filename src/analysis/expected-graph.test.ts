import { describe, expect, test } from "vitest";
import { expectedGraph, median, type PastCall, type PastRun } from "./expected-graph.ts";
import { possibleGraph, stopsOf } from "./possible-graph.ts";
import type { TracedCall, TraceSample } from "../model/trace-report.ts";

const past = (callNo: number, node: string, of: Partial<PastCall> = {}): PastCall => ({
  call: callNo,
  kind: "node",
  node,
  site: { file: "flow.ts", line: callNo, column: 1 },
  edges: [],
  items: 1,
  createdAt: 0,
  closedAt: 10,
  ...of,
});

describe("the expected graph", () => {
  const loop = (times: number): PastRun => ({
    calls: [
      past(1, "load", { items: 4 * times }),
      ...Array.from({ length: times }, (_, i) =>
        past(2 + i, "work", {
          site: { file: "flow.ts", line: 2, column: 1 },
          edges: [{ from: 1, kind: "solid", param: "x" }],
          closedAt: 100 * times,
        }),
      ),
    ],
  });

  test("says in how many runs a call and an edge was, with medians of what one run had there", () => {
    const graph = expectedGraph([loop(0), loop(1), loop(3), loop(2)]);
    expect(graph?.runs).toBe(4);
    expect(graph?.calls.map(({ node, runs, medianItems, medianMs }) => [node, runs, medianItems, medianMs])).toEqual([
      ["load", 4, 6, 10],
      ["work", 3, 2, 400],
    ]);
    expect(graph?.edges).toEqual([{ from: 0, to: 1, kind: "solid", param: "x", runs: 3 }]);
  });

  test("gives no figure from fewer than three runs, and no time of calls that never closed", () => {
    expect(expectedGraph([loop(1), loop(1)])).toBeUndefined();
    const { closedAt: _closedAt, ...open } = past(1, "load");
    expect(
      expectedGraph([{ calls: [open] }, { calls: [open] }, { calls: [open] }])?.calls[0]?.medianMs,
    ).toBeUndefined();
  });

  test.each([
    [[3], 3],
    [[1, 9], 5],
    [[9, 1, 2], 2],
  ])("takes the median of %j as %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});

describe("the possible graph", () => {
  const traced = (callNo: number, node: string, line: number, from: readonly number[] = []): TracedCall => ({
    call: callNo,
    kind: "node",
    node,
    site: { file: "flow.ts", line, column: 1 },
    many: false,
    edges: from.map((source) => ({ from: source, kind: "dashed" })),
  });
  const sample = (calls: readonly TracedCall[], stops: TraceSample["stops"] = []): TraceSample => ({
    decisions: [],
    end: "stopped",
    stops,
    calls,
  });

  test("is the union of its traces, and says in how many each call and edge was", () => {
    const graph = possibleGraph([
      sample([traced(1, "judge", 1), traced(2, "good", 2, [1])]),
      sample([traced(1, "judge", 1), traced(2, "bad", 3, [1]), traced(3, "bad", 3, [1])]),
      sample([traced(1, "judge", 1)]),
    ]);
    expect(graph.calls.map(({ node, samples, calls }) => [node, samples, calls])).toEqual([
      ["judge", 3, 1],
      ["good", 1, 1],
      ["bad", 1, 2],
    ]);
    expect(graph.edges.map(({ from, to, samples }) => [from, to, samples])).toEqual([
      [1, 2, 1],
      [1, 3, 1],
    ]);
  });

  test("names calls that feed each other, and each stop once with the traces that came to it", () => {
    const stop = { node: "judge", kind: "node", by: "then", why: "nobody knows" } as const;
    const again = [traced(1, "judge", 1), traced(2, "fix", 2, [1]), traced(3, "judge", 1, [2])];
    expect(possibleGraph([sample(again)]).loops).toEqual([{ calls: [1, 2], samples: 1 }]);
    expect(stopsOf([sample(again, [stop]), sample(again, [stop, stop]), sample(again)])).toEqual([
      { ...stop, samples: 2 },
    ]);
  });
});
