import { describe, expect, test } from "vitest";
import { node, workflow } from "../index.ts";
import { crash, ofType, resume, run } from "../../test/authoring/flow.ts";

const numbers = node({ id: "numbers", out: "many" }, async () => [0, 1, 2]);
const double = node({ id: "double" }, async ({ x }: { x: number }) => x * 2);
const sum = node({ id: "sum", gather: ["xs"] }, async ({ xs }: { xs: number[] }) => xs.reduce((a, b) => a + b, 0));
const tried = { max: 2, delay: 0 };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a generator", () => {
  test("makes each yield an item, which goes on before the generator is done", async () => {
    const order: string[] = [];
    const stream = node({ id: "stream" }, async function* () {
      for (let i = 0; i < 3; i++) {
        order.push(`yield ${i}`);
        yield i;
        for (let j = 0; j < 20; j++) await turn();
      }
      order.push("done");
    });
    const seen = node({ id: "seen" }, async ({ x }: { x: number }) => {
      order.push(`seen ${x}`);
      return x;
    });
    const end = await run(workflow({ name: "flow" }, () => seen({ x: stream() })));
    expect(end.value).toEqual([0, 1, 2]);
    expect(order.indexOf("seen 0")).toBeLessThan(order.indexOf("done"));
    expect(ofType(end.events, "item.yielded").reduce((count, event) => count + event.count, 0)).toBe(3);
  });

  test("in a list gives each parent's items at their paths, in path order", async () => {
    const split = node({ id: "split" }, async function* ({ x }: { x: number }) {
      for (let i = 0; i < x; i++) {
        for (let j = 0; j < (3 - x) * 4; j++) await turn();
        yield x * 10 + i;
      }
    });
    let paths: string[] = [];
    const flow = workflow({ name: "flow" }, async () => {
      const cells = await double({ x: split({ x: numbers() }) }).settled();
      paths = cells.map((cell) => cell.path);
      return cells.map((cell) => (cell.status === "ok" ? cell.value : -1));
    });
    expect((await run(flow)).value).toEqual([20, 40, 42]);
    expect(paths).toEqual(["numbers[1]/split[0]", "numbers[2]/split[0]", "numbers[2]/split[1]"]);
  });

  test("that yields nothing makes an empty list", async () => {
    const none = node({ id: "none" }, async function* (): AsyncGenerator<number> {});
    const end = await run(workflow({ name: "flow" }, () => sum({ xs: double({ x: none() }) })));
    expect([end.value, end.status]).toEqual([0, "completed"]);
  });

  test("that is retried yields the same again, and those are not recorded twice", async () => {
    let attempts = 0;
    const stream = node({ id: "stream", retries: tried }, async function* () {
      attempts++;
      yield 1;
      yield 2;
      await turn();
      await turn();
      if (attempts === 1) throw new Error("broken off");
      yield 3;
    });
    const end = await run(workflow({ name: "flow" }, () => double({ x: stream() })));
    expect([attempts, end.value, end.status]).toEqual([2, [2, 4, 6], "completed"]);
    const yields = ofType(end.events, "item.yielded").map(({ first, count }) => [first, count]);
    expect(yields.at(-1)).toEqual([2, 1]);
  });

  test("that yields another value for a recorded place fails (WG2007), and is not tried again", async () => {
    let attempts = 0;
    const stream = node({ id: "stream", retries: tried }, async function* () {
      attempts++;
      yield attempts;
      await turn();
      await turn();
      throw new Error("broken off");
    });
    const end = await run(workflow({ name: "flow" }, () => stream()));
    expect(attempts).toBe(2);
    const [failed] = ofType(end.events, "item.failed");
    expect(failed?.error.code).toBe("WG2007");
    expect(failed?.error.message).toContain('"stream"');
  });

  test("with keys may yield in another order, equal by key", async () => {
    let attempts = 0;
    const stream = node({ id: "stream", retries: tried, key: (x: number) => `k${x}` }, async function* () {
      attempts++;
      for (const x of attempts === 1 ? [1, 2] : [2, 1, 3]) yield x;
      await turn();
      await turn();
      if (attempts === 1) throw new Error("broken off");
    });
    const end = await run(workflow({ name: "flow" }, () => stream()));
    expect(end.value).toEqual([1, 2, 3]);
  });

  test("skips ahead by ctx.yielded", async () => {
    const from: number[] = [];
    const stream = node({ id: "stream", retries: tried }, async function* (_: object, ctx) {
      from.push(ctx.yielded);
      for (let i = ctx.yielded; i < 4; i++) {
        yield i;
        await turn();
        await turn();
        if (i === 1 && ctx.attempt === 1) throw new Error("broken off");
      }
    });
    const end = await run(workflow({ name: "flow" }, () => stream()));
    expect(from).toEqual([0, 2]);
    expect(end.value).toEqual([0, 1, 2, 3]);
  });

  test("that fails for good leaves its items and one tombstone after them", async () => {
    const stream = node({ id: "stream" }, async function* () {
      yield 1;
      yield 2;
      await turn();
      await turn();
      throw new Error("broken off");
    });
    let cells: (readonly [string, string])[] = [];
    const flow = workflow({ name: "flow" }, async () => {
      cells = (await double({ x: stream() }).settled()).map(({ status, path }) => [status, path] as const);
    });
    expect((await run(flow)).status).toBe("completed");
    expect(cells).toEqual([
      ["ok", "stream[0]"],
      ["ok", "stream[1]"],
      ["skipped", "."],
    ]);
  });

  test("goes on after a crash from what was recorded", async () => {
    const attempts: number[] = [];
    const flow = () => {
      const stream = node({ id: "stream" }, async function* (_: object, ctx) {
        attempts.push(ctx.attempt);
        for (let i = 0; i < 4; i++) {
          yield i;
          await turn();
          await turn();
        }
      });
      return workflow({ name: "flow" }, () => sum({ xs: double({ x: stream() }) }));
    };
    const at = await crash(
      flow(),
      {},
      ({ events }) => events.some(({ event }) => event.type === "item.yielded" && event.first >= 2),
      { graceMs: 20 },
    );
    const end = await (await resume(flow(), at)).end();
    expect([end.value, attempts]).toEqual([12, [1, 2]]);
    const places = ofType(end.events, "item.yielded").flatMap(({ first, count }) =>
      Array.from({ length: count }, (_, i) => first + i),
    );
    expect(places).toEqual([0, 1, 2, 3]);
  });
});

describe("retries inside a list", () => {
  test("concern the item alone: its siblings run once, order stays", async () => {
    const counts = new Map<number, number>();
    const flaky = node({ id: "flaky", retries: { max: 3, delay: 0 } }, async ({ x }: { x: number }) => {
      const count = (counts.get(x) ?? 0) + 1;
      counts.set(x, count);
      if (x === 1 && count < 3) throw new Error("not yet");
      return x;
    });
    const end = await run(workflow({ name: "flow" }, () => sum({ xs: flaky({ x: numbers() }) })));
    expect([end.value, end.status]).toEqual([3, "completed"]);
    expect([...counts]).toEqual([
      [0, 1],
      [1, 3],
      [2, 1],
    ]);
    expect(ofType(end.events, "item.retrying").map(({ item, attempt }) => [item, attempt])).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  test("that are used up leave one tombstone; what hangs on the others goes on", async () => {
    const flaky = node({ id: "flaky", retries: { max: 1, delay: 0 } }, async ({ x }: { x: number }) => {
      if (x === 1) throw new Error("never");
      return x;
    });
    let statuses: string[] = [];
    const flow = workflow({ name: "flow" }, async () => {
      statuses = (await double({ x: flaky({ x: numbers() }) }).settled()).map(({ status }) => status);
    });
    const end = await run(flow);
    expect(statuses).toEqual(["ok", "skipped", "ok"]);
    expect(ofType(end.events, "item.failed").map(({ attempt, error }) => [attempt, error.path])).toEqual([
      [2, "numbers[1]"],
    ]);
  });

  test("go on counting after a crash; the budget is neither spent nor given anew by it", async () => {
    const attempts: number[] = [];
    const flow = () => {
      const flaky = node({ id: "flaky", retries: { max: 2, delay: 0 } }, async (_: object, ctx) => {
        attempts.push(ctx.attempt);
        await turn();
        throw new Error(`attempt ${ctx.attempt}`);
      });
      return workflow({ name: "flow" }, () => flaky());
    };
    const at = await crash(flow(), {}, ({ events }) =>
      events.some(({ event }) => event.type === "item.retrying" && event.attempt === 2),
    );
    attempts.length = 0;
    const end = await (await resume(flow(), at)).end();
    expect(end.status).toBe("failed");
    // The second attempt's outcome was lost with its owner: it is made again under a number of its own.
    expect(attempts).toEqual([3, 4]);
    expect(ofType(end.events, "item.retrying").length).toBe(2);
  });
});
