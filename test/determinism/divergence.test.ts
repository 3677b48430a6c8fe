/** A function that asks for something else than its log has: what is said, and that nothing is executed and nothing lost. */
import { beforeEach, describe, expect, test } from "vitest";
import { filter, node, random, workflow } from "../../src/index.ts";
import type { DivergenceReport } from "../../src/model/divergence-report.ts";
import type { Append } from "../../src/store/store.ts";
import { crash, ofType, resume, run, type Ended, type Flow } from "../authoring/flow.ts";

let executed: string[] = [];
/** What the functions below decide by, behind the run's back. */
let outside = { mode: "a", broken: true };
beforeEach(() => {
  executed = [];
  outside = { mode: "a", broken: true };
});

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

const nodeOf = (id: string) =>
  node({ id, whole: ["x"] }, async ({ x }: { x: unknown }) => {
    executed.push(id);
    // A call and its outcome are commits of their own.
    await turns(3);
    return `${id} ${JSON.stringify(x)}`;
  });
const first = nodeOf("first");
const left = nodeOf("left");
const right = nodeOf("right");
const last = nodeOf("last");
const breaks = node({ id: "breaks" }, async ({ x }: { x: number }) => {
  executed.push("breaks");
  if (outside.broken) throw new Error("broken");
  return x;
});

/** Before the outcome of this node is recorded. */
const before = (id: string) => {
  let call = 0;
  return ({ events }: Append): boolean => {
    for (const { event } of events) if (event.type === "call.created" && event.node === id) call = event.call;
    return events.some(({ event }) => event.type === "item.completed" && event.call === call);
  };
};

async function diverge(
  flow: Flow,
  at: (append: Append) => boolean,
  change: () => void,
): Promise<Ended & { report: DivergenceReport }> {
  const crashed = await crash(flow, {}, at);
  const seen = executed.length;
  change();
  const end = await (await resume(flow, crashed)).end();
  expect(end.status).toBe("diverged");
  expect(executed.slice(seen), "nothing is executed").toEqual([]);
  const report = end.diverged!;
  expect(ofType(end.events, "run.diverged").map((event) => event.report)).toEqual([report]);
  expect(report.waysOn).toHaveLength(3);
  expect(report.causes.length).toBeGreaterThan(0);
  return { ...end, report };
}

const branching = workflow({ name: "branching" }, async () => {
  const one = await first({ x: 1 });
  const two = outside.mode === "a" ? await left({ x: one }) : await right({ x: one });
  return last({ x: two });
});

describe("a divergence", () => {
  test("names what was recorded, what is asked now, and the last call that matched", async () => {
    const { report, error } = await diverge(branching, before("last"), () => (outside.mode = "b"));
    expect(report.recorded).toMatchObject({ what: "call", node: "left", call: 2, args: '{"x":"first 1"}' });
    expect(report.now).toMatchObject({ what: "call", node: "right", args: '{"x":"first 1"}' });
    expect(report.lastMatching).toMatchObject({ node: "first", call: 1 });
    expect(report.site?.file).toBe(import.meta.filename);
    expect(error?.code).toBe("WG4020");
  });

  test("is noticed where the last recorded call was made, before another one starts", async () => {
    const { report } = await diverge(branching, before("left"), () => (outside.mode = "b"));
    expect([report.recorded, report.now]).toMatchObject([{ node: "left" }, { node: "right" }]);
  });

  test("can be gone on with when what differed is as it was, and nothing runs again", async () => {
    const { runId, store, status } = await diverge(branching, before("last"), () => (outside.mode = "b"));
    expect(status).toBe("diverged");
    outside.mode = "a";
    const end = await (await resume(branching, { runId, store })).end();
    expect([end.status, end.value]).toEqual(["completed", (await run(branching)).value]);
    expect(executed.slice(0, 4)).toEqual(["first", "left", "last", "last"]);
    expect(await store.verify(runId)).toBeUndefined();
  });

  test("is a call less", async () => {
    const flow = workflow({ name: "less" }, async () => {
      const one = first({ x: 1 });
      if (outside.mode === "a") left({ x: 2 });
      return last({ x: await one });
    });
    const { report } = await diverge(flow, before("last"), () => (outside.mode = "b"));
    expect([report.recorded, report.now]).toMatchObject([{ node: "left" }, { what: "nothing" }]);
  });

  test("is an end that comes early, by return or by throw", async () => {
    const flow = workflow({ name: "early" }, async () => {
      const one = await first({ x: 1 });
      if (outside.mode === "b") return "early";
      if (outside.mode === "c") throw new Error("early");
      return last({ x: await left({ x: one }) });
    });
    const returned = await diverge(flow, before("last"), () => (outside.mode = "b"));
    expect(returned.report.now).toEqual({ what: "returned" });
    outside.mode = "a";
    const threw = await diverge(flow, before("last"), () => (outside.mode = "c"));
    expect(threw.report.now).toEqual({ what: "threw", text: "Error: early" });
  });

  test("is no error that the function could catch away", async () => {
    const flow = workflow({ name: "catching" }, async () => {
      const one = await first({ x: 1 });
      try {
        return await (outside.mode === "a" ? left({ x: one }) : right({ x: one }));
      } catch {
        return last({ x: "caught" });
      }
    });
    const { value } = await diverge(flow, before("left"), () => (outside.mode = "b"));
    expect(value).toBeUndefined();
  });

  test("is said when nothing can settle what the function waits for at that moment", async () => {
    const slow = node({ id: "slow" }, async () => {
      executed.push("slow");
      await turns(30);
      return "slow";
    });
    const flow = workflow({ name: "waiting" }, async () => {
      const [one, two] = [first({ x: 1 }), slow({})];
      return last({ x: await (outside.mode === "a" ? one : two) });
    });
    const crashed = await crash(flow, {}, before("last"));
    executed = [];
    outside.mode = "b";
    const started = await resume(flow, crashed);
    await turns(20);
    started.run.starve();
    const end = await started.end();
    expect([end.status, executed]).toEqual(["diverged", []]);
  });

  test.each([
    ["clock", () => 1_790_000_000_000, () => 1_790_000_005_000],
    ["clock", () => "2026-11-22T10:00:00.000Z", () => "2026-11-22T10:00:07.000Z"],
    ["chance", () => 0.25, () => 0.75],
    ["chance", () => "0b0f7a3c-58d1-4d9a-8a55-3f8a1a2f9e10", () => "7c0f7a3c-58d1-4d9a-8a55-3f8a1a2f9e11"],
    ["iteration-order", () => ({ all: ["a", "b"] }), () => ({ all: ["b", "a"] })],
  ])("of another argument is put down to %s by what the argument is", async (kind, then, now) => {
    let value: () => unknown = then;
    const flow = workflow({ name: "given" }, async () => last({ x: await left({ x: value() }) }));
    const { report } = await diverge(flow, before("last"), () => (value = now));
    expect(report.causes[0]?.kind).toBe(kind);
  });

  test("is put down to the environment where the function reads it", async () => {
    const flow = workflow({ name: "reading" }, async () => {
      const one = await first({ x: 1 });
      return last({ x: await (process.env["WORKGRAPH_TEST_MODE"] ? right({ x: one }) : left({ x: one })) });
    });
    try {
      const { report } = await diverge(flow, before("last"), () => (process.env["WORKGRAPH_TEST_MODE"] = "b"));
      expect(report.causes).toContainEqual({ kind: "environment", text: "it reads process.env.WORKGRAPH_TEST_MODE" });
    } finally {
      delete process.env["WORKGRAPH_TEST_MODE"];
    }
  });
});

describe("after a failure was reopened", () => {
  const flow = workflow({ name: "reopened" }, async () => {
    const one = await (outside.mode === "a" ? left({ x: 1 }) : right({ x: 1 }));
    try {
      return await breaks({ x: 2 });
    } catch (error) {
      await last({ x: "cleaning up" });
      throw error;
    } finally {
      void one;
    }
  });

  test("what the function asks for behind it may differ", async () => {
    const failed = await run(flow);
    expect(failed.status).toBe("failed");
    outside.broken = false;
    const end = await (await resume(flow, failed)).end();
    expect([end.status, end.value]).toEqual(["completed", 2]);
    expect(ofType(end.events, "calls.superseded")).toHaveLength(1);
  });

  test("what it asked for before is compared", async () => {
    const failed = await run(flow);
    executed = [];
    outside = { mode: "b", broken: false };
    const end = await (await resume(flow, failed)).end();
    expect([end.status, executed]).toEqual(["diverged", []]);
  });
});

test("what a predicate draws moves nothing that the function draws", async () => {
  const flow = workflow({ name: "drawing" }, async () => {
    const kept = filter(many({ n: 5 }), () => Math.random() < 2);
    const count = (await kept).length;
    return [count, await last({ x: random() }), await last({ x: random() })];
  });
  const crashed = await crash(flow, {}, before("last"));
  const end = await (await resume(flow, crashed)).end();
  expect(end.status).toBe("completed");
});
const many = node({ id: "many", out: "many" }, async ({ n }: { n: number }) => Array.from({ length: n }, (_, i) => i));

describe("replayed at every graph break", () => {
  const always = { replayEach: "graph break" } as const;

  test("a run with hidden chance ends as diverged at its first graph break, with the line", async () => {
    let calls = 0;
    const flow = workflow({ name: "hidden" }, async () => {
      const one = await first({ x: ++calls });
      return last({ x: one });
    });
    const end = await run(flow, {}, always);
    expect([end.status, end.diverged?.foundBy]).toEqual(["diverged", "always-replay"]);
    expect([end.diverged?.recorded, end.diverged?.now]).toMatchObject([
      { node: "first", args: '{"x":1}' },
      { node: "first", args: '{"x":2}' },
    ]);
    expect(end.diverged?.site?.file).toBe(import.meta.filename);
    expect(executed).toEqual(["first"]);
  });

  test("calls in another order are a difference too", async () => {
    let ring = ["a", "b"];
    const flow = workflow({ name: "turning" }, async () => {
      ring = ring.toReversed();
      const all = ring.map((x) => first({ x }));
      return Promise.all(all);
    });
    const end = await run(flow, {}, always);
    expect([end.status, end.diverged?.causes[0]?.kind]).toEqual(["diverged", "iteration-order"]);
  });

  test("a run without is as it would have been, and prints once", async () => {
    const printed: string[] = [];
    const flow = workflow({ name: "clean" }, async () => {
      for (let i = 0; i < 5; i++) {
        process.stderr.write("");
        printed.push(String(await first({ x: Math.random() + Date.now() + i })));
      }
      return printed.length > 0;
    });
    const end = await run(flow, {}, always);
    expect([end.status, executed.length]).toEqual(["completed", 5]);
  });

  test("is asked for by WORKGRAPH_ALWAYS_REPLAY", async () => {
    let calls = 0;
    const flow = workflow({ name: "asked" }, async () => last({ x: await first({ x: ++calls }) }));
    process.env["WORKGRAPH_ALWAYS_REPLAY"] = "1";
    try {
      expect((await run(flow)).status).toBe("diverged");
    } finally {
      delete process.env["WORKGRAPH_ALWAYS_REPLAY"];
    }
  });
});

test("a function that waits for a raw timer is not taken to have diverged", async () => {
  const flow = workflow({ name: "raw" }, async () => {
    const one = first({ x: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const two = await left({ x: await one });
    return last({ x: two });
  });
  const crashed = await crash(flow, {}, before("last"));
  const end = await (await resume(flow, crashed)).end();
  expect(end.status).toBe("completed");
});
