import { describe, expect, test } from "vitest";
import { foldGraph, graphOf, type GraphCallInput } from "./graph.ts";
import { graphText } from "./graph-text.ts";

function call(callNo: number, node: string, extra: Partial<GraphCallInput> = {}): GraphCallInput {
  const site = { file: "flow.ts", line: node.length, column: 3 };
  return { call: callNo, node, kind: "node", site, status: "completed", counts: { completed: 1 }, edges: [], ...extra };
}

const fanOut = [
  call(1, "fetch_urls"),
  call(2, "scrape_page", { counts: { completed: 38, failed: 2 }, edges: [{ from: 1, kind: "solid", param: "url" }] }),
  call(3, "report", {
    edges: [
      { from: 2, kind: "solid", param: "pages" },
      { from: 1, kind: "dashed" },
    ],
  }),
];

/** draft -> (judge -> improve) three times, by the same two call sites. */
const loop = [
  call(1, "draft"),
  ...[0, 1, 2].flatMap((round) => [
    call(2 + 2 * round, "judge", { edges: [{ from: 1 + 2 * round, kind: "solid", param: "text" }] }),
    call(3 + 2 * round, "improve", {
      edges: [
        { from: 1 + 2 * round, kind: "solid", param: "text" },
        { from: 2 + 2 * round, kind: "dashed" },
      ],
    }),
  ]),
];

describe("the unrolled graph", () => {
  test("has a vertex per call with its counts, and the recorded edges", () => {
    const graph = graphOf(fanOut);
    expect(graph.calls.map(({ id, node, items }) => [id, node, items])).toEqual([
      [1, "fetch_urls", { total: 1, completed: 1 }],
      [2, "scrape_page", { total: 40, completed: 38, failed: 2 }],
      [3, "report", { total: 1, completed: 1 }],
    ]);
    expect(graph.edges).toEqual([
      { from: 1, to: 2, kind: "solid", param: "url" },
      { from: 2, to: 3, kind: "solid", param: "pages" },
      { from: 1, to: 3, kind: "dashed" },
    ]);
  });
});

describe("the folded graph", () => {
  test("has a vertex per call site and says how often a loop went round", () => {
    const graph = foldGraph(graphOf(loop));
    expect(graph.calls.map(({ node, calls, items }) => [node, calls, items.total])).toEqual([
      ["draft", [1], 1],
      ["judge", [2, 4, 6], 3],
      ["improve", [3, 5, 7], 3],
    ]);
    expect(graph.loops).toMatchObject([{ kind: "loop", calls: [2, 3], iterations: 3 }]);
    expect(graph.loops?.[0]?.rounds.map(({ calls, items }) => [calls, items])).toEqual([
      [[2, 3], 2],
      [[4, 5], 2],
      [[6, 7], 2],
    ]);
    expect(graph.edges).toContainEqual({ from: 2, to: 3, kind: "dashed", count: 3 });
  });

  test("keeps two places that call one node apart", () => {
    const twice = [call(1, "greet"), call(2, "greet", { site: { file: "flow.ts", line: 99, column: 1 } })];
    expect(foldGraph(graphOf(twice)).calls).toHaveLength(2);
  });

  test("names the loudest status of a site", () => {
    const twice = [call(1, "greet"), call(2, "greet", { status: "failed" })];
    expect(foldGraph(graphOf(twice)).calls[0]?.status).toBe("failed");
  });

  test("calls no chain a loop, and does not overflow on a long one", () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      call(index + 1, `n${index}`, { edges: index === 0 ? [] : [{ from: index, kind: "solid" }] }),
    );
    expect(foldGraph(graphOf(chain)).loops).toEqual([]);
  });
});

describe("as text", () => {
  test("is a line per call without ids or times", () => {
    expect(graphText(graphOf(fanOut), "text")).toBe(
      [
        "fetch_urls    1 item   completed",
        "scrape_page  40 items  completed  url <- fetch_urls",
        "report        1 item   completed  pages <- scrape_page, after fetch_urls",
        "",
      ].join("\n"),
    );
  });

  test("numbers the calls of one node in the order they were made", () => {
    expect(graphText(graphOf(loop), "text")).toContain(
      "improve#2  1 item  completed  text <- improve#1, after judge#2",
    );
  });

  test("says where a loop is", () => {
    expect(graphText(foldGraph(graphOf(loop)), "text")).toContain("loop: judge -> improve (3 iterations)");
  });
});

describe("hostile titles", () => {
  const graph = graphOf([
    call(1, "a", { title: 'x"]; evil --> y\n<script>`\u001b[2J|%%{init}%%' }),
    call(2, "b", { edges: [{ from: 1, kind: "solid", param: 'p"|q' }] }),
  ]);

  test("end no label in mermaid", () => {
    const text = graphText(graph, "mermaid");
    expect(text.split("\n")).toHaveLength(5);
    expect(text).not.toMatch(/<script>|\u001b|%%|`/);
    expect(text.split('"')).toHaveLength(7);
  });

  test("end no label in dot", () => {
    const text = graphText(graph, "dot");
    expect(text).toContain('label="x\\"]; evil');
    expect(text).not.toContain("\u001b");
    expect(text.split("\n")).toHaveLength(7);
  });

  test("move no cursor in text", () => {
    expect(graphText(graph, "text")).not.toContain("\u001b");
  });
});
