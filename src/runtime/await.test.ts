import { describe, expect, test } from "vitest";
import { systemClock } from "../base/clock.ts";
import { filter, ItemsFailed, node, workflow, WorkgraphError, zip } from "../index.ts";
import { LocalEngine } from "../engines/local/local-engine.ts";
import { encode } from "../model/codec.ts";
import { crash, memoryStore, resume, run } from "../../test/authoring/flow.ts";
import { RateLimiter } from "./rate-limit.ts";
import { startRun } from "./start.ts";

const numbers = node({ id: "numbers", out: "many" }, async ({ n }: { n: number }) =>
  Array.from({ length: n }, (_, i) => i),
);
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};
/** The later in the list, the earlier done. */
const slow = node({ id: "slow" }, async ({ x, of }: { x: number; of: number }) => {
  await turns((of - x) * 4);
  return x * 10;
});
const odd = node({ id: "odd" }, async ({ x }: { x: number }) => {
  if (x % 2 === 0) throw new Error(`${x} is even`);
  return x;
});
const after = node({ id: "after" }, async ({ x }: { x: number }) => x + 0.5);

describe("await", () => {
  test("gives values in input order, whatever finishes first", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      const values = await slow({ x: numbers({ n: 5 }), of: 5 });
      return values;
    });
    expect((await run(flow)).value).toEqual([0, 10, 20, 30, 40]);
  });

  test("gives one value for an Item", async () => {
    const flow = workflow({ name: "flow" }, async () => [await odd({ x: 3 })]);
    expect((await run(flow)).value).toEqual([3]);
  });

  test("gives everybody values of their own", async () => {
    const make = node({ id: "make" }, async () => ({ list: [1] }));
    const flow = workflow({ name: "flow" }, async () => {
      const made = make();
      (await made).list.push(2);
      return (await made).list;
    });
    expect((await run(flow)).value).toEqual([1]);
  });

  test("rejects with the items that failed, by path, and how many there are", async () => {
    let caught: unknown;
    const flow = workflow({ name: "flow" }, async () => {
      try {
        await odd({ x: numbers({ n: 4 }) });
      } catch (error) {
        caught = error;
      }
    });
    expect((await run(flow)).status).toBe("completed");
    expect(caught).toBeInstanceOf(ItemsFailed);
    const { message, failures, code } = caught as ItemsFailed;
    expect(code).toBe("WG2001");
    expect(message).toContain('2 of 4 items of "odd" failed: numbers[0]: 0 is even; numbers[2]: 2 is even');
    expect(failures.map(({ status, path }) => [status, path])).toEqual([
      ["failed", "numbers[0]"],
      ["failed", "numbers[2]"],
    ]);
  });
});

describe("settled()", () => {
  test("tells ok, failed and skipped items, with value or error and path", async () => {
    let cells: unknown[] = [];
    const flow = workflow({ name: "flow" }, async () => {
      cells = await after({ x: odd({ x: numbers({ n: 3 }) }) }).settled();
    });
    const end = await run(flow);
    expect(end.status).toBe("completed");
    expect(cells).toEqual([
      { status: "skipped", path: "numbers[0]", error: expect.objectContaining({ message: "0 is even", node: "odd" }) },
      { status: "ok", path: "numbers[1]", value: 1.5 },
      { status: "skipped", path: "numbers[2]", error: expect.objectContaining({ message: "2 is even", node: "odd" }) },
    ]);
  });

  test("of a single Item is an array of one at the path of the run", async () => {
    let cells: unknown[] = [];
    const flow = workflow({ name: "flow" }, async () => {
      cells = [...(await odd({ x: 2 }).settled()), ...(await odd({ x: 1 }).settled())];
    });
    await run(flow);
    expect(cells).toEqual([
      { status: "failed", path: ".", error: expect.objectContaining({ kind: "thrown", attempt: 1, path: "." }) },
      { status: "ok", path: ".", value: 1 },
    ]);
  });
});

describe("for await", () => {
  test("gives items in input order, as they finish", async () => {
    const seen: number[] = [];
    const done: number[] = [];
    const doneBefore: number[] = [];
    const step = node({ id: "step", concurrency: 1 }, async ({ x }: { x: number }) => {
      done.push(x);
      await turns(10);
      return x;
    });
    const flow = workflow({ name: "flow" }, async () => {
      for await (const x of step({ x: numbers({ n: 4 }) })) {
        seen.push(x);
        doneBefore.push(done.length);
      }
    });
    const end = await run(flow);
    expect(end.error).toBeUndefined();
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(doneBefore[0], "the first comes while others still run").toBeLessThan(4);
  });

  test("waits for the first item, though later ones are done", async () => {
    const seen: number[] = [];
    const flow = workflow({ name: "flow" }, async () => {
      for await (const x of slow({ x: numbers({ n: 4 }), of: 4 })) seen.push(x);
    });
    await run(flow);
    expect(seen).toEqual([0, 10, 20, 30]);
  });

  test("gives deep lists in path order, though a later parent expands first", async () => {
    const split = node({ id: "split", out: "many" }, async ({ x }: { x: number }) => {
      await turns((3 - x) * 5);
      return [x * 10, x * 10 + 1];
    });
    const seen: number[] = [];
    const flow = workflow({ name: "flow" }, async () => {
      for await (const x of after({ x: split({ x: numbers({ n: 3 }) }) })) seen.push(x);
    });
    await run(flow);
    expect(seen).toEqual([0.5, 1.5, 10.5, 11.5, 20.5, 21.5]);
  });

  test("leaves out what a filter left out, and takes pairs", async () => {
    const seen: number[] = [];
    const flow = workflow({ name: "flow" }, async () => {
      const all = numbers({ n: 4 });
      for await (const x of filter(all, (value) => value > 1)) seen.push(x);
      const [a] = zip(all, all);
      for await (const x of a) seen.push(x);
    });
    await run(flow);
    expect(seen).toEqual([2, 3, 0, 1, 2, 3]);
  });

  test("throws at the item that failed, after those before it", async () => {
    const seen: number[] = [];
    const paths: string[] = [];
    const even = node({ id: "even" }, async ({ x }: { x: number }) => {
      if (x % 2 === 0) throw new Error(`${x} is even`);
      return x;
    });
    const from1 = node({ id: "numbers", out: "many" }, async () => [1, 2, 3, 4]);
    const flow = workflow({ name: "flow" }, async () => {
      try {
        for await (const x of even({ x: from1() })) seen.push(x);
      } catch (error) {
        paths.push(...(error as ItemsFailed).failures.map(({ path }) => path));
      }
    });
    const end = await run(flow);
    expect(seen).toEqual([1]);
    expect(paths).toEqual(["numbers[1]"]);
    expect(end.status, "the failure of item 3 nobody saw").toBe("failed");
  });

  test("of nothing ends at once", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      let count = 0;
      for await (const x of after({ x: numbers({ n: 0 }) })) count += x;
      return count;
    });
    expect((await run(flow)).value).toBe(0);
  });

  test("may be left early", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      for await (const x of slow({ x: numbers({ n: 3 }), of: 3 })) return x;
      return undefined;
    });
    const end = await run(flow);
    expect([end.value, end.status]).toEqual([0, "completed"]);
  });

  test("beside another await repeats its order after a crash", async () => {
    const trace = (order: string[]) =>
      workflow({ name: "flow" }, async () => {
        const split = node2;
        const loop = async (): Promise<void> => {
          for await (const x of after({ x: split({ x: numbers({ n: 3 }) }) })) order.push(`loop ${x}`);
        };
        const other = async (): Promise<void> => {
          for (let i = 0; i < 6; i++) order.push(`other ${await slow({ x: 0, of: 1 + (i % 2) })}`);
        };
        await Promise.all([loop(), other()]);
        await after({ x: 100 });
      });
    const node2 = node({ id: "split", out: "many" }, async ({ x }: { x: number }) => {
      await turns((3 - x) * 6);
      return x === 1 ? [] : [x, x];
    });
    const before: string[] = [];
    const at = await crash(trace(before), {}, ({ events }) =>
      events.some(({ event }) => event.type === "item.completed" && event.call > 9),
    );
    const again: string[] = [];
    const end = await (await resume(trace(again), at)).end();
    expect(end.status).toBe("completed");
    expect(before.length).toBe(10);
    expect(again).toEqual(before);
  });
});

describe("limits", () => {
  const limited = async (
    flow: { readonly definition: Parameters<typeof startRun>[0] },
    limits: { readonly maxCalls?: number; readonly maxAwaitBytes?: number },
  ) => {
    const clock = systemClock;
    const environment = {
      store: memoryStore(),
      clock,
      engine: new LocalEngine({ clock }),
      limiter: new RateLimiter(clock),
    };
    const made = await startRun(
      flow.definition,
      { version: "unversioned", input: encode({}) },
      { ...environment, ...limits },
    );
    if (!made.created) throw new Error("not created");
    return made.run.ended;
  };

  test("an await of more bytes than allowed is refused, naming the node and for await (WG3006)", async () => {
    let caught: unknown;
    const flow = workflow({ name: "flow" }, async () => {
      const all = numbers({ n: 50 });
      let sum = 0;
      for await (const x of all) sum += x;
      try {
        await filter(all, () => true);
      } catch (error) {
        caught = error;
      }
      return sum;
    });
    const end = await limited(flow, { maxAwaitBytes: 60 });
    expect(end.output).toBe("1225");
    expect(caught).toBeInstanceOf(WorkgraphError);
    expect((caught as WorkgraphError).code).toBe("WG3006");
    const { message, hint } = caught as WorkgraphError;
    expect(`${message}; ${hint}`).toMatch(/awaiting "filter".*60 bytes.*for await/s);
  });

  test("a call beyond the number allowed fails the run, naming the place (WG3007)", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      for (;;) await after({ x: 1 });
    });
    const end = await limited(flow, { maxCalls: 20 });
    expect(end.status).toBe("failed");
    expect(end.error?.code).toBe("WG3007");
    expect(end.error?.message).toContain("20 calls");
    expect(end.error?.site?.file).toContain("await.test.ts");
  });
});
