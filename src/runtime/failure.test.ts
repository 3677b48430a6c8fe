/** Rule 9: what a failure does to its neighbours, who handles it, and what the run comes to. */
import { describe, expect, test } from "vitest";
import { filter, ItemsFailed, node, workflow } from "../index.ts";
import type { Settled } from "../index.ts";
import { ofType, rest, run } from "../../test/authoring/flow.ts";

const numbers = node({ id: "numbers", out: "many" }, async () => [0, 1, 2, 3]);
const odd = node({ id: "odd" }, async ({ x }: { x: number }) => {
  if (x === 2) throw new Error("2 is wrong");
  return x;
});
const next = node({ id: "next" }, async ({ x }: { x: number }) => x + 1);
const strict = node({ id: "strict", gather: ["xs"] }, async ({ xs }: { xs: number[] }) => xs.length);
const drop = node({ id: "drop", gather: ["xs"], onFailed: "drop" }, async ({ xs }: { xs: number[] }) => xs.length);
const tolerant = node(
  { id: "tolerant", gather: ["xs"], onFailed: { tolerate: 1 } },
  async ({ xs }: { xs: number[] }, ctx) => xs.length * 10 + ctx.missing,
);
const quarter = node(
  { id: "quarter", gather: ["xs"], onFailed: { tolerate: 0.25 } },
  async ({ xs }: { xs: number[] }) => xs.length,
);
const fifth = node(
  { id: "fifth", gather: ["xs"], onFailed: { tolerate: 0.2 } },
  async ({ xs }: { xs: number[] }) => xs.length,
);
const settled = node(
  { id: "settled", gather: ["xs"], onFailed: "settled" },
  async ({ xs }: { xs: Settled<number>[] }) =>
    xs.map((x) => (x.status === "ok" ? String(x.value) : `${x.status} ${x.error.message}`)).join(" "),
);

const wrong = () => odd({ x: numbers() });
const flowOf = (fn: () => unknown) => workflow({ name: "flow" }, fn as () => never);

describe("the status of a run", () => {
  test.each<readonly [string, () => unknown, string, unknown]>([
    ["no failure", () => strict({ xs: next({ x: numbers() }) }), "completed", 4],
    [
      "a failure that nobody looks at",
      () => {
        wrong();
      },
      "failed",
      undefined,
    ],
    ["a failure in the returned handle", () => wrong(), "failed", undefined],
    ["a failure behind the returned handle", () => next({ x: wrong() }), "failed", undefined],
    ["a failure in a field of what is returned", () => ({ list: wrong(), x: 1 }), "failed", undefined],
    ["a gather that fails by it", () => strict({ xs: wrong() }), "failed", undefined],
    ["dropped", () => drop({ xs: wrong() }), "completed_partial", 3],
    ["dropped, having been skipped", () => drop({ xs: next({ x: wrong() }) }), "completed_partial", 3],
    ["tolerated by count", () => tolerant({ xs: wrong() }), "completed_partial", 31],
    ["tolerated by share", () => quarter({ xs: wrong() }), "completed_partial", 3],
    ["above the tolerated share", () => fifth({ xs: wrong() }), "failed", undefined],
    ["settled by a gather", () => settled({ xs: wrong() }), "completed", "0 1 failed 2 is wrong 3"],
    [
      "settled by a gather, having been skipped",
      () => settled({ xs: next({ x: wrong() }) }),
      "completed",
      "1 2 skipped 2 is wrong 4",
    ],
    ["read by settled()", async () => (await wrong().settled()).length, "completed", 4],
    [
      "read by settled() of what was skipped",
      async () => (await next({ x: wrong() }).settled()).length,
      "completed",
      4,
    ],
    [
      "caught",
      async () => {
        try {
          return await wrong();
        } catch {
          return "caught";
        }
      },
      "completed",
      "caught",
    ],
    ["caught by catch of a promise", async () => Promise.resolve(wrong()).catch(() => "caught"), "completed", "caught"],
    ["awaited and not caught", async () => (await wrong()).length, "failed", undefined],
    [
      "caught and another thrown",
      async () => {
        try {
          await wrong();
        } catch {
          throw new Error("mine");
        }
      },
      "failed",
      undefined,
    ],
    [
      "handled once, though two lists show it",
      async () => {
        const x = wrong();
        next({ x });
        await x.settled();
      },
      "completed",
      undefined,
    ],
    [
      "dropped by one and not by another",
      () => {
        const xs = wrong();
        strict({ xs });
        return drop({ xs });
      },
      "completed_partial",
      3,
    ],
  ])("%s", async (_name, fn, status, value) => {
    const end = await run(flowOf(fn));
    expect([end.status, end.value]).toEqual([status, value]);
  });

  test("a thrown error is the run's error", async () => {
    const end = await run(
      flowOf(async () => {
        throw new TypeError("mine");
      }),
    );
    expect(end.error).toMatchObject({ name: "TypeError", message: "mine" });
  });

  test("an unhandled failure is told with the item, and what to do", async () => {
    const end = await run(
      flowOf(() => {
        wrong();
      }),
    );
    expect(end.error?.code).toBe("WG2006");
    expect(end.error?.message).toContain("numbers[2]");
    expect(ofType(end.events, "run.failed")[0]?.failures).toEqual([[2, 2]]);
  });
});

describe("a failed item", () => {
  test("lets its siblings go on, and what needs it is skipped for that cause", async () => {
    const end = await run(flowOf(async () => (await next({ x: wrong() }).settled()).length));
    expect(ofType(end.events, "items.skipped").map(({ call, items, causes }) => [call, items, causes])).toEqual([
      [3, [2], [[2, 2]]],
    ]);
    expect(ofType(end.events, "call.closed").map(({ call, status }) => [call, status])).toEqual([
      [1, "completed"],
      [2, "partial"],
      [3, "partial"],
    ]);
  });

  test("stays in a filtered list: nobody can ask a value that is not there", async () => {
    let cells: string[] = [];
    await run(
      flowOf(async () => {
        const part = filter(wrong(), (x) => x > 0);
        cells = (await part.settled()).map(({ status, path }) => `${path} ${status}`);
      }),
    );
    expect(cells).toEqual(["numbers[1] ok", "numbers[2] skipped", "numbers[3] ok"]);
  });

  test("of two causes is skipped for both", async () => {
    const add = node({ id: "add" }, async ({ a, b }: { a: number; b: number }) => a + b);
    const bad = node({ id: "bad" }, async ({ x }: { x: number }): Promise<number> => {
      throw new Error(String(x));
    });
    const end = await run(flowOf(async () => (await add({ a: bad({ x: 1 }), b: bad({ x: 2 }) }).settled()).length));
    expect(end.status).toBe("completed");
    expect(ofType(end.events, "items.skipped")[0]?.causes).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  test("is told to a catch by name, node and path", async () => {
    let caught: unknown;
    await run(
      flowOf(async () => {
        await wrong().then(undefined, (error: unknown) => (caught = error));
      }),
    );
    expect(caught).toBeInstanceOf(ItemsFailed);
    expect((caught as ItemsFailed).failures[0]?.error).toMatchObject({
      name: "Error",
      message: "2 is wrong",
      node: "odd",
      path: "numbers[2]",
    });
  });
});

describe("onFailure: abort", () => {
  test("stops siblings at the first failure; the run fails with it", async () => {
    const begun: number[] = [];
    const long = node({ id: "long", concurrency: 2 }, async ({ x }: { x: number }, ctx) => {
      begun.push(x);
      if (x === 0) {
        await rest();
        throw new Error("first");
      }
      await new Promise((_resolve, reject) => {
        ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason as Error));
      });
    });
    const flow = workflow({ name: "flow", onFailure: "abort" }, () => long({ x: numbers() }));
    const end = await run(flow);
    expect(end.status).toBe("failed");
    expect(end.error).toMatchObject({ message: "first", path: "numbers[0]" });
    expect(begun).toEqual([0, 1]);
    expect(ofType(end.events, "item.failed").map(({ item, to }) => [item, to])).toEqual([
      [0, "failed"],
      [1, "cancelled"],
    ]);
  });

  test("under finish, the default, they end", async () => {
    const begun: number[] = [];
    const each = node({ id: "each", concurrency: 1 }, async ({ x }: { x: number }) => {
      begun.push(x);
      if (x === 0) throw new Error("first");
    });
    await run(flowOf(() => each({ x: numbers() })));
    expect(begun).toEqual([0, 1, 2, 3]);
  });
});
