import { describe, expect, test } from "vitest";
import { FakeClock } from "../../src/base/clock.ts";
import { RateLimiter } from "../../src/runtime/rate-limit.ts";
import { node, workflow } from "../../src/index.ts";
import { memoryStore, ofType, rest, run, start, turnUntil } from "./flow.ts";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const list = node({ id: "list", out: "many" }, async ({ count }: { count: number }) => numbers(count));

describe("concurrency", () => {
  async function peak(options: { readonly concurrency?: number }): Promise<number> {
    let inFlight = 0;
    let most = 0;
    const work = node({ id: "work", ...options }, async ({ x }: { x: number }) => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      inFlight--;
      return x;
    });
    const end = await run(workflow({ name: "flow" }, () => work({ x: list({ count: 100 }) })));
    expect(end.value).toEqual(numbers(100));
    return most;
  }

  test.each([1, 3, 64])("%i: that many items are in flight, and never more", async (concurrency) => {
    expect(await peak({ concurrency })).toBe(concurrency);
  });

  test("the default is 16", async () => {
    expect(await peak({})).toBe(16);
  });

  test("it counts per call of a node, and calls do not wait for each other", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = node({ id: "slow", concurrency: 1 }, async (_input: { x: number }) => held);
    const quick = node({ id: "quick", concurrency: 1 }, async (_input: { x: number }) => "done");
    const flow = workflow({ name: "flow" }, async () => {
      const waiting = slow({ x: 1 });
      const done = await quick({ x: 1 });
      release();
      await waiting;
      return done;
    });
    expect((await run(flow)).value).toBe("done");
  });
});

describe("out", () => {
  test('"many" makes each element an item', async () => {
    const double = node({ id: "double" }, async ({ x }: { x: number }) => x * 2);
    const end = await run(workflow({ name: "flow" }, () => double({ x: list({ count: 3 }) })));
    expect(end.value).toEqual([0, 2, 4]);
  });

  test('"one" keeps an array as one value', async () => {
    const pair = node({ id: "pair", out: "one" }, async () => [1, 2]);
    const sum = node({ id: "sum", whole: ["xs"] }, async ({ xs }: { xs: number[] }) => xs[0]! + xs[1]!);
    expect((await run(workflow({ name: "flow" }, () => sum({ xs: pair() })))).value).toBe(3);
  });

  test.each([
    ["an object", { length: 0 }],
    ["a string", "abc"],
    ["undefined", undefined],
    ["null", null],
  ])('"many" that returned %s is WG1008 and no retry changes that', async (what, value) => {
    const wrong = node({ id: "wrong", out: "many", retries: 3 }, async () => value as never);
    const end = await run(workflow({ name: "flow" }, () => wrong()));
    expect(end.status).toBe("failed");
    const [failed] = ofType(end.events, "item.failed");
    expect(failed?.error).toMatchObject({ code: "WG1008", node: "wrong", attempt: 1 });
    expect(failed?.error.message).toContain(
      `"wrong" declares out: "many" but returned ${what === "a string" ? "a string" : what}`,
    );
  });

  test("an array of an undeclared result is WG1009, which says what to declare", async () => {
    const open = node({ id: "open" }, (async () => [1]) as unknown as () => Promise<number>);
    const end = await run(workflow({ name: "flow" }, () => open()));
    expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
      code: "WG1009",
      message: expect.stringMatching(/^node "open" returned an array/) as unknown,
    });
    expect(ofType(end.events, "call.created")[0]?.undeclared).toEqual(["out"]);
  });
});

test("whole takes one value that happens to be an array, and the node runs once", async () => {
  let times = 0;
  const norm = node({ id: "norm", whole: ["vector"] }, async ({ vector }: { vector: number[] }) => {
    times++;
    return vector.length;
  });
  expect((await run(workflow({ name: "flow" }, () => norm({ vector: [1, 2, 3] })))).value).toBe(3);
  expect(times).toBe(1);
});

test("title and description are in the call's event", async () => {
  const titled = node({ id: "titled", title: "A title", description: "What it does" }, async () => 1);
  const end = await run(workflow({ name: "flow" }, () => titled()));
  expect(ofType(end.events, "call.created")[0]).toMatchObject({ title: "A title", description: "What it does" });
});

describe("key", () => {
  const keyed = node(
    { id: "keyed", out: "many", key: (x: { readonly k: unknown }) => x.k as string },
    async ({ keys }: { keys: string }) =>
      (JSON.parse(keys) as unknown[]).map((k) => ({ k: k === "NaN" ? Number.NaN : k })),
  );
  const look = node({ id: "look" }, async ({ x }: { x: { readonly k: unknown } }) => {
    if (x.k === "bad") throw new Error("no");
    return 1;
  });
  const flow = workflow({ name: "flow" }, async ({ keys }: { keys: string }) => {
    const outcomes = await look({ x: keyed({ keys }) }).settled();
    return outcomes.map(({ path, status }) => `${path} ${status}`);
  });

  test("stands in the paths of items, and of errors", async () => {
    const end = await run(flow, { keys: '["b", "bad", 7]' });
    expect(end.value).toEqual(["keyed[b] ok", "keyed[bad] failed", "keyed[7] ok"]);
    expect(ofType(end.events, "item.failed")[0]?.error.path).toBe("keyed[bad]");
  });

  test("the same key twice is WG1013, naming both elements", async () => {
    const end = await run(flow, { keys: '["a", "b", "a"]' });
    expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
      code: "WG1013",
      message: expect.stringContaining('the key "a" to element 0 and to element 2') as string,
    });
  });

  test("a number and a text that read the same are the same key", async () => {
    const end = await run(flow, { keys: '[1, "1"]' });
    expect(ofType(end.events, "item.failed")[0]?.error.code).toBe("WG1013");
  });

  test.each([["null"], ["{}"], ['""'], ['"NaN"'], [JSON.stringify("x".repeat(257))]])(
    "%s is no key: WG1012",
    async (key) => {
      const end = await run(flow, { keys: `["a", ${key}]` });
      expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
        code: "WG1012",
        message: expect.stringMatching(/"keyed" gave .* for element 1/) as string,
      });
    },
  );

  test("a key that a generator yields twice in one attempt is WG1013, not a lost value", async () => {
    const twice = node(
      { id: "twice", key: (x: { readonly k: string; readonly n: number }) => x.k },
      async function* () {
        yield { k: "a", n: 1 };
        yield { k: "a", n: 2 };
      },
    );
    const end = await run(workflow({ name: "generated" }, () => twice()));
    expect(end.status).toBe("failed");
    expect(ofType(end.events, "item.failed")[0]?.error.code).toBe("WG1013");
  });
});

describe("rateLimit", () => {
  const starts = (clock: FakeClock, id = "limited") => {
    const at: number[] = [];
    const limited = node({ id, rateLimit: { limit: 3, per: "1s" }, concurrency: 50 }, async ({ x }: { x: number }) => {
      at.push(clock.perf());
      return x;
    });
    return { at, limited };
  };
  const mostInWindow = (at: readonly number[], perMs: number): number =>
    Math.max(...at.map((from) => at.filter((each) => each >= from && each < from + perMs).length));

  test("at most the limit starts in any window, and a window is used up", async () => {
    const clock = new FakeClock();
    const { at, limited } = starts(clock);
    const end = await turnUntil(
      clock,
      run(
        workflow({ name: "flow" }, () => limited({ x: list({ count: 20 }) })),
        {},
        { clock },
      ),
    );
    expect(end.value).toEqual(numbers(20));
    expect(mostInWindow(at, 1000)).toBe(3);
    expect(at).toHaveLength(20);
    expect(at.at(-1)).toBe(6000);
  });

  test("holds in windows after a pause and an uneven burst too", async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter(clock);
    const at: number[] = [];
    const take = (): void => {
      const limit = { limit: 3, perMs: 1000 };
      if (!limiter.ready("n", limit, take)) return;
      limiter.start("n", limit);
      at.push(clock.perf());
    };
    for (const pause of [0, 0, 400, 0, 0, 3000, 0, 100, 200, 0, 0, 0]) {
      await clock.advance(pause);
      take();
    }
    await clock.advance(20_000);
    expect(mostInWindow(at, 1000)).toBe(3);
  });

  test("is shared by two runs", async () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter(clock);
    const store = memoryStore(clock);
    const { at, limited } = starts(clock);
    const flow = workflow({ name: "flow" }, () => limited({ x: list({ count: 6 }) }));
    const both = Promise.all([run(flow, {}, { clock, limiter, store }), run(flow, {}, { clock, limiter, store })]);
    await turnUntil(clock, both);
    expect(at).toHaveLength(12);
    expect(mostInWindow(at, 1000)).toBe(3);
  });

  test("counts retries", async () => {
    const clock = new FakeClock();
    const at: number[] = [];
    const bad = node({ id: "bad", retries: { max: 4, delay: 0 }, rateLimit: { limit: 1, per: "1s" } }, async () => {
      at.push(clock.perf());
      throw new Error("no");
    });
    await turnUntil(
      clock,
      run(
        workflow({ name: "flow" }, () => bad()),
        {},
        { clock },
      ),
    );
    expect(at).toEqual([0, 1000, 2000, 3000, 4000]);
  });

  test("a run that is interrupted or cancelled leaves no timer behind", async () => {
    for (const stop of ["interrupt", "cancel"] as const) {
      const clock = new FakeClock();
      const { limited } = starts(clock);
      const started = await start(
        workflow({ name: "flow" }, () => limited({ x: list({ count: 9 }) })),
        {},
        { clock },
      );
      await rest();
      expect(clock.waiting).toBe(1);
      if (stop === "cancel") started.run.cancel("test");
      else await started.run.interrupt();
      await started.end();
      expect(clock.waiting).toBe(0);
    }
  });
});
