/**
 * Profiles with known answers.
 *
 * WORKGRAPH_PROFILE_RUNS=300 npx vitest run test/telemetry/profile.test.ts checks 300 generated programs; CI checks 12.
 */
import { describe, expect, test } from "vitest";
import { criticalPath } from "../../src/analysis/profile-path.ts";
import { predict } from "../../src/analysis/what-if.ts";
import { profile } from "../../src/app/operations/profile.ts";
import { readTimeline } from "../../src/app/operations/read-timeline.ts";
import { listSpans } from "../../src/app/operations/spans.ts";
import { profileTree } from "../../src/app/profile-tree.ts";
import type { RunEvent } from "../../src/model/events.ts";
import { generateProgram } from "../graph/generate.ts";
import { run } from "../graph/run.ts";
import {
  call,
  closed,
  completed,
  ended,
  gathered,
  mapped,
  recorded,
  retrying,
  started,
  T0,
  workspaceOf,
} from "./log.ts";

/** One list of three, scraped two at a time, gathered. */
const PIPELINE: readonly RunEvent[] = [
  call(1, "list"),
  started(1, [0], 10),
  call(2, "scrape", { inputs: { url: mapped(1) }, space: [1] }),
  call(3, "report", { inputs: { pages: gathered(2) } }),
  completed(1, 0, [10, 30], 3),
  closed(1, 30),
  started(2, [0, 1], 30),
  completed(2, 0, [30, 50]),
  started(2, [2], 50),
  completed(2, 1, [30, 60]),
  completed(2, 2, [50, 90]),
  closed(2, 90),
  started(3, [0], 95),
  completed(3, 0, [95, 105]),
  closed(3, 105),
  ended(110),
];

const asked = async (
  events: readonly RunEvent[],
  input: Omit<Parameters<typeof profile>[1], "run"> = {},
): Promise<Awaited<ReturnType<typeof profile>>> => profile(workspaceOf(await recorded(events)), { run: "R", ...input });

describe("a list, a fan-out and a gather", () => {
  test("an item is ready when what it came from was done, and a gather when its set is whole", async () => {
    const { items } = await asked(PIPELINE);
    const byAddress = Object.fromEntries(items.map((item) => [item.address, item]));
    expect(byAddress["R.2.2"]).toMatchObject({ readyMs: 30, blockedMs: 30, queueMs: 20, runMs: 40, endMs: 90 });
    expect(byAddress["R.2.0"]).toMatchObject({ readyMs: 30, queueMs: 0, runMs: 20 });
    expect(byAddress["R.3.0"]).toMatchObject({ readyMs: 90, blockedMs: 90, queueMs: 5, runMs: 10 });
  });

  test("a node has its sums, its ranks and its share", async () => {
    const { nodes, durationMs } = await asked(PIPELINE);
    expect(durationMs).toBe(110);
    expect(nodes[0]).toMatchObject({
      workflow: "main",
      node: "scrape",
      items: 3,
      attempts: 3,
      totalMs: 90,
      selfMs: 90,
      p50Ms: 30,
      p95Ms: 40,
      maxMs: 40,
      queueMs: 20,
      peak: 2,
      share: 0.75,
    });
  });

  test("the critical path goes from the end to the beginning without a gap", async () => {
    const { criticalPath: path } = await asked(PIPELINE);
    expect(path.parts.map(({ kind, fromMs, toMs, address }) => [kind, fromMs, toMs, address])).toEqual([
      ["queue", 0, 10, "R.1.0"],
      ["run", 10, 30, "R.1.0"],
      ["queue", 30, 50, "R.2.2"],
      ["run", 50, 90, "R.2.2"],
      ["queue", 90, 95, "R.3.0"],
      ["run", 95, 105, "R.3.0"],
      ["function", 105, 110, undefined],
    ]);
    expect(path.byKind).toEqual({ run: 70, queue: 35, retry: 0, sleep: 0, function: 5, runtime: 0, down: 0 });
  });

  test("concurrency over time is the attempts in flight, on average per bucket", async () => {
    const { concurrency } = await asked(PIPELINE);
    const area = concurrency.active.reduce((sum, active) => sum + active * concurrency.ms, 0);
    expect(Math.abs(area - 120)).toBeLessThan(0.5);
    expect(Math.max(...concurrency.active)).toBe(2);
  });

  test("a timeline that tells waits says when each attempt could have started", async () => {
    const workspace = workspaceOf(await recorded(PIPELINE));
    const plain = await readTimeline(workspace, { run: "R" });
    expect(plain.rows.every(({ spans }) => spans?.readyMs === undefined)).toBe(true);
    const { rows } = await readTimeline(workspace, { run: "R", waits: "told" });
    expect(rows.map(({ node, spans }) => [node, spans?.readyMs])).toEqual([
      ["list", [0]],
      ["scrape", [30, 30, 30]],
      ["report", [90]],
    ]);
  });

  test("with three slots the last page does not queue", async () => {
    const { whatIf } = await asked(PIPELINE, { limits: ["scrape=3"] });
    expect(whatIf).toMatchObject({ measuredMs: 110, modelMs: 95, predictedMs: 75 });
    expect(whatIf?.limits).toContainEqual({ node: "scrape", limit: 3, from: "asked" });
    expect((await asked(PIPELINE, { limits: ["scrape=1"] })).whatIf?.predictedMs).toBe(125);
  });

  test("without waiting for its set the report overlaps with the pages", async () => {
    const { whatIf } = await asked(PIPELINE, { withoutGathers: ["report"] });
    expect(whatIf?.predictedMs).toBe(85);
  });

  test("a node that the run does not have is refused with the nearest name", async () => {
    await expect(asked(PIPELINE, { limits: ["scrap=3"] })).rejects.toMatchObject({ code: "WG6110" });
    await expect(asked(PIPELINE, { limits: ["scrape"] })).rejects.toMatchObject({ code: "WG6111" });
  });
});

describe("graph breaks", () => {
  const BREAK: readonly RunEvent[] = [
    call(1, "fetch"),
    started(1, [0], 0),
    completed(1, 0, [0, 10], 2),
    closed(1, 10),
    call(2, "first", { ms: 10, inputs: { x: mapped(1) }, space: [1] }),
    started(2, [0, 1], 10),
    completed(2, 0, [10, 20]),
    completed(2, 1, [10, 60]),
    closed(2, 60),
    // The function awaited them, and passes the list on unchanged.
    call(3, "second", { ms: 64, inputs: { x: mapped(2) }, space: [1], segment: 1, after: [2] }),
    started(3, [0, 1], 64),
    completed(3, 1, [64, 74]),
    completed(3, 0, [64, 104]),
    closed(3, 104),
    ended(104),
  ];

  test("the path leads through the delivery that let the call be made", async () => {
    const { criticalPath: path } = await asked(BREAK);
    expect(path.parts.map(({ kind, fromMs, toMs, address }) => [kind, fromMs, toMs, address])).toEqual([
      ["run", 0, 10, "R.1.0"],
      ["run", 10, 60, "R.2.1"],
      ["function", 60, 64, "R.3"],
      ["run", 64, 104, "R.3.0"],
    ]);
  });

  test("without the break each item goes on when it is done itself", async () => {
    const { whatIf } = await asked(BREAK, { withoutBreaks: ["first"] });
    expect(whatIf).toMatchObject({ modelMs: 104, predictedMs: 70 });
  });
});

test("a retry is a wait that was asked for; what is longer than that was queued", async () => {
  const {
    items,
    nodes,
    criticalPath: path,
  } = await asked([
    call(1, "flaky"),
    started(1, [0], 0),
    retrying(1, 0, [0, 10], 20),
    started(1, [0], 35, 2),
    completed(1, 0, [35, 45]),
    closed(1, 45),
    ended(45),
  ]);
  expect(items[0]).toMatchObject({ attempts: 2, runMs: 20, retryMs: 20, queueMs: 5, blockedMs: 0 });
  expect(nodes[0]).toMatchObject({ failed: 1, retryMs: 20 });
  expect(path.parts.map(({ kind, fromMs, toMs }) => [kind, fromMs, toMs])).toEqual([
    ["run", 0, 10],
    ["retry", 10, 30],
    ["queue", 30, 35],
    ["run", 35, 45],
  ]);
});

test("time in which nobody ran the run is no wait of anything", async () => {
  const resumed: RunEvent = {
    type: "run.resumed",
    at: T0 + 500,
    epoch: 2,
    owner: "o",
    reason: "recovery",
    reopened: [],
  };
  const { items, criticalPath: path } = await asked([
    call(1, "load"),
    started(1, [0], 10),
    call(2, "other", { ms: 20 }),
    resumed,
    started(1, [0], 510, 2),
    completed(1, 0, [510, 520]),
    closed(1, 520),
    ended(520),
  ]);
  expect(items[0]).toMatchObject({ runMs: 20, queueMs: 20, retryMs: 0 });
  expect(path.byKind).toMatchObject({ down: 480, run: 20 });
});

test("a child run is told on the clock of the run above it, and its own time is not counted twice", async () => {
  const store = await recorded([
    call(1, "sub", { kind: "subgraph" }),
    { type: "child.created", at: T0 + 5, call: 1, item: 0, child: "C", workflow: "child", version: "unversioned" },
    started(1, [0], 5),
    completed(1, 0, [5, 100]),
    closed(1, 100),
    ended(100),
  ]);
  const later = (events: readonly RunEvent[]): readonly RunEvent[] =>
    events.map((one) => ({ ...one, at: one.at + 20 }));
  await recorded(later([call(1, "work"), started(1, [0], 10), completed(1, 0, [10, 60]), closed(1, 60), ended(60)]), {
    store,
    runId: "C",
    parent: { run: "R", call: 1, item: 0 },
    atMs: 20,
  });
  const workspace = workspaceOf(store);
  const below = (await listSpans(workspace, { run: "R.1.0" })).spans;
  expect(below.map(({ kind, address }) => `${kind} ${address}`)).toEqual([
    "item R.1.0",
    "attempt R.1.0",
    "run C",
    "call C.1",
    "item C.1.0",
    "attempt C.1.0",
  ]);
  const { nodes, criticalPath: path, runs, flame } = await profile(workspace, { run: "R" });
  expect(runs).toBe(2);
  const frame = { kind: "run", count: 1, selfMs: 0 } as const;
  const work = { kind: "node", name: "work", count: 1, totalMs: 50, selfMs: 50, children: [] };
  const child = { ...frame, name: "child", totalMs: 50, children: [work] };
  const sub = { kind: "node", name: "sub", count: 1, totalMs: 85, selfMs: 35, children: [child] };
  expect(flame).toEqual({ ...frame, name: "main", totalMs: 85, children: [sub] });
  expect(nodes.map(({ workflow, node, totalMs, selfMs }) => [workflow, node, totalMs, selfMs])).toEqual([
    ["child", "work", 50, 50],
    ["main", "sub", 95, 35],
  ]);
  expect(path.parts.map(({ kind, fromMs, toMs, runId }) => [kind, fromMs, toMs, runId])).toEqual([
    ["queue", 0, 5, "R"],
    ["runtime", 5, 20, "R"],
    ["queue", 20, 30, "C"],
    ["run", 30, 80, "C"],
    ["runtime", 80, 100, "R"],
  ]);
});

const RUNS = Number(process.env["WORKGRAPH_PROFILE_RUNS"] ?? 12);

test(`of ${RUNS} generated programs every path covers the run, and every simulation comes to its end`, async () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const { store, runId } = await run(generateProgram(seed), seed);
    const { tree } = await profileTree(store, (await store.run(runId))!);
    const top = tree[0]!;
    const parts = criticalPath(top);
    let at = 0;
    for (const part of parts) {
      expect(part.fromMs, `seed ${seed}`).toBeCloseTo(at, 6);
      expect(part.toMs, `seed ${seed}`).toBeGreaterThan(part.fromMs);
      at = part.toMs;
    }
    expect(at, `seed ${seed}`).toBeCloseTo(top.endMs, 6);
    for (const items of top.items.values())
      for (const times of items.values())
        expect(top.ready(times).atMs).toBeLessThanOrEqual(times.attempts[0]?.startMs ?? Infinity);
    const nothing = { limits: new Map(), withoutBreaks: new Set<string>(), withoutGathers: new Set<string>() };
    const prediction = predict(top, nothing);
    // Attempts of a few turns: starts and commits, which are not simulated, are most of the time.
    expect(prediction.modelMs, `seed ${seed}`).toBeLessThanOrEqual(top.endMs * 1.05 + 5);
    expect(prediction.unfinished, `seed ${seed}`).toEqual([]);
    await store.close();
  }
});
