import { describe, expect, test } from "vitest";
import { cross, filter, merge, node, workflow, zip, zipBy } from "../index.ts";
import { crash, ofType, resume, run } from "../../test/authoring/flow.ts";

const list = node({ id: "list", out: "many" }, async ({ n }: { n: number }) => Array.from({ length: n }, (_, i) => i));
const odd = node({ id: "odd" }, async ({ x }: { x: number }) => {
  if (x === 1) throw new Error("1 is wrong");
  return x;
});
const next = node({ id: "next" }, async ({ x }: { x: number }) => x + 1);
const pair = node({ id: "pair", out: "one" }, async ({ a, b }: { a: number; b: number }) => `${a}-${b}`);
const isBig = (x: number): boolean => x > 1;
const flowOf = (fn: () => unknown) => workflow({ name: "flow" }, fn as () => never);
const cellsOf = async (fn: () => { settled(): Promise<readonly { status: string; path: string }[]> }) => {
  let cells: string[] = [];
  const end = await run(
    flowOf(async () => {
      cells = (await fn().settled()).map(({ status, path }) => `${path} ${status}`);
    }),
  );
  return { cells, end };
};

describe("merge", () => {
  test("joins parts of one list in its order, and keeps paths", async () => {
    const { cells, end } = await cellsOf(() => {
      const all = list({ n: 4 });
      return merge(
        filter(all, isBig),
        filter(all, (x) => !isBig(x)),
      );
    });
    expect(cells).toEqual(["list[0] ok", "list[1] ok", "list[2] ok", "list[3] ok"]);
    expect(end.status).toBe("completed");
  });

  test("joins what was done to the parts, and aligns with the list they are parts of", async () => {
    const end = await run(
      flowOf(() => {
        const all = list({ n: 4 });
        const joined = merge(
          next({ x: filter(all, isBig) }),
          filter(all, (x) => !isBig(x)),
        );
        return pair({ a: all, b: joined });
      }),
    );
    expect(end.value).toEqual(["0-0", "1-1", "2-3", "3-4"]);
  });

  test("of complementary filters of a list with a failed item has that item once, as not there", async () => {
    const { cells, end } = await cellsOf(() => {
      const all = odd({ x: list({ n: 4 }) });
      return merge(
        filter(all, isBig),
        filter(all, (x) => !isBig(x)),
      );
    });
    expect(cells).toEqual(["list[0] ok", "list[1] skipped", "list[2] ok", "list[3] ok"]);
    expect(end.status).toBe("completed");
  });

  test("with a path in two parts fails at that path when it happens (WG1003), and only there", async () => {
    const { cells, end } = await cellsOf(() => {
      const all = list({ n: 4 });
      return merge(
        filter(all, isBig),
        filter(all, (x) => x < 3),
      );
    });
    expect(cells).toEqual(["list[0] ok", "list[1] ok", "list[2] failed", "list[3] ok"]);
    const [failed] = ofType(end.events, "item.failed");
    expect(failed?.error.code).toBe("WG1003");
    expect(failed?.error.message).toContain("list[2]");
  });

  test("a value beside a failed item of the same path is a conflict too", async () => {
    const { cells } = await cellsOf(() => {
      const all = list({ n: 2 });
      return merge(odd({ x: all }), all);
    });
    expect(cells).toEqual(["list[0] failed", "list[1] failed"]);
  });

  test("of unrelated lists puts one after the other, in a space of its own", async () => {
    const { cells } = await cellsOf(() => merge(list({ n: 2 }), list({ n: 1 })));
    expect(cells).toEqual(["merge[0] ok", "merge[1] ok", "merge[2] ok"]);
  });

  test("of one list is that list", async () => {
    expect((await run(flowOf(() => merge(list({ n: 2 }))))).value).toEqual([0, 1]);
  });
});

describe("zip", () => {
  test("is strict: other lengths fail with both (WG1002), and what hangs on it is skipped", async () => {
    const { cells, end } = await cellsOf(() => {
      const [a, b] = zip(list({ n: 2 }), list({ n: 3 }));
      return pair({ a, b });
    });
    expect(cells).toEqual([". skipped"]);
    const [failed] = ofType(end.events, "item.failed");
    expect(failed?.error.code).toBe("WG1002");
    expect(failed?.error.message).toMatch(/2 and 3.*zipBy/);
    expect(end.status, "settled() has handled it").toBe("completed");
  });

  test("pairs failed items with their partners", async () => {
    const { cells } = await cellsOf(() => {
      const [a, b] = zip(odd({ x: list({ n: 3 }) }), list({ n: 3 }));
      return pair({ a, b });
    });
    expect(cells).toEqual(["zip[0] ok", "zip[1] skipped", "zip[2] ok"]);
  });

  test("of nothing with nothing is empty", async () => {
    const end = await run(
      flowOf(() => {
        const [a, b] = zip(list({ n: 0 }), []);
        return pair({ a, b: b as never });
      }),
    );
    expect([end.value, end.status]).toEqual([[], "completed"]);
    expect(ofType(end.events, "call.closed").map(({ status }) => status)).toEqual(["completed", "empty", "empty"]);
  });
});

describe("zipBy", () => {
  const by = (x: number): number => x % 10;
  const keyed = (a: number[], b: number[], key: (x: number) => string | number = by) =>
    cellsOf(() => {
      const [left, right] = zipBy(a, b, key);
      return pair({ a: left, b: right });
    });

  test("pairs by key in the order of the first", async () => {
    const end = await run(
      flowOf(() => {
        const [a, b] = zipBy([1, 2, 3], [13, 11, 12], by);
        return pair({ a, b });
      }),
    );
    expect(end.value).toEqual(["1-11", "2-12", "3-13"]);
  });

  test.each<readonly [string, number[], number[], RegExp]>([
    ["a key without a partner in the second", [1, 2], [1], /"2" of the first list has no partner in the second/],
    ["a key without a partner in the first", [1], [1, 2], /"2" of the second list has no partner in the first/],
    ["a key twice in the first", [1, 11], [1, 2], /"1" stands twice in the first/],
    ["a key twice in the second", [1, 2], [1, 11], /"1" stands twice in the second/],
  ])("refuses %s (WG1002)", async (_name, a, b, message) => {
    const { end } = await keyed(a, b);
    const [failed] = ofType(end.events, "item.failed");
    expect(failed?.error.code).toBe("WG1002");
    expect(failed?.error.message).toMatch(message);
  });

  test("tells what the key function threw", async () => {
    const { end } = await keyed([1], [1], () => {
      throw new Error("no key here");
    });
    expect(ofType(end.events, "item.failed")[0]?.error.message).toContain("the key function threw: no key here");
  });

  test("names the failed item that has no key", async () => {
    const { end } = await cellsOf(() => zipBy(odd({ x: list({ n: 2 }) }), list({ n: 2 }), by)[0]);
    const message = ofType(end.events, "item.failed").find(({ call }) => call === 4)?.error.message;
    expect(message).toContain("the item at list[1] failed, so it has no key");
    expect(message).not.toContain("threw");
  });

  test("pairs the same again after a crash, also for what was not yet begun", async () => {
    const executed: string[] = [];
    const flow = () => {
      const seen = node({ id: "seen", concurrency: 1 }, async ({ a, b }: { a: number; b: number }) => {
        executed.push(`${a}-${b}`);
        for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
        return a + b;
      });
      return flowOf(() => {
        const [a, b] = zipBy([1, 2, 3], [13, 11, 12], by);
        return seen({ a, b });
      });
    };
    const at = await crash(flow(), {}, ({ events }) =>
      events.some(({ event }) => event.type === "item.completed" && event.item === 1),
    );
    executed.length = 0;
    const end = await (await resume(flow(), at)).end();
    expect(end.value).toEqual([12, 14, 16]);
    expect(executed).toEqual(["2-12", "3-13"]);
  });
});

test("cross gives each with each, the second running fastest", async () => {
  const end = await run(
    flowOf(() => {
      const [a, b] = cross(list({ n: 2 }), [7, 8]);
      return pair({ a, b });
    }),
  );
  expect(end.value).toEqual(["0-7", "0-8", "1-7", "1-8"]);
});

describe("filter", () => {
  test("runs its predicate once per item, and not again after a crash", async () => {
    const asked: number[] = [];
    const flow = () => flowOf(() => next({ x: next({ x: filter(list({ n: 4 }), (x) => (asked.push(x), isBig(x))) }) }));
    const at = await crash(flow(), {}, ({ events }) =>
      events.some(({ event }) => event.type === "item.completed" && event.call === 4),
    );
    const end = await (await resume(flow(), at)).end();
    expect(end.value).toEqual([4, 5]);
    expect(asked).toEqual([0, 1, 2, 3]);
  });

  test("that throws fails that item with the place of its path (WG2011), the others go on", async () => {
    const { cells, end } = await cellsOf(() =>
      filter(list({ n: 3 }), (x) => {
        if (x === 1) throw new TypeError("cannot say");
        return true;
      }),
    );
    expect(cells).toEqual(["list[0] ok", "list[1] failed", "list[2] ok"]);
    expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
      code: "WG2011",
      path: "list[1]",
      message: "cannot say",
    });
  });

  test("that keeps nothing is an empty list, and so is what hangs on it", async () => {
    const end = await run(flowOf(() => next({ x: filter(list({ n: 3 }), () => false) })));
    expect([end.value, end.status]).toEqual([[], "completed"]);
    expect(ofType(end.events, "call.closed").at(-1)?.status).toBe("empty");
  });

  test("breaks no graph: what it keeps goes on while others are still to come", async () => {
    const order: string[] = [];
    const slow = node({ id: "slow", concurrency: 1 }, async ({ x }: { x: number }) => {
      for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
      order.push(`slow ${x}`);
      return x;
    });
    const seen = node({ id: "seen" }, async ({ x }: { x: number }) => void order.push(`seen ${x}`));
    await run(flowOf(() => seen({ x: filter(slow({ x: list({ n: 3 }) }), () => true) })));
    expect(order.indexOf("seen 0")).toBeLessThan(order.indexOf("slow 2"));
  });
});
