/** Chance and clock inside the workflow function, and what nodes may do to globals. */
import nodeCrypto, { getRandomValues, randomBytes, randomFillSync, randomInt, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../../src/base/clock.ts";
import { currentFrame } from "../../src/trace/current.ts";
import { node, now, random, sleep, uuid, workflow, type Settled } from "../../src/index.ts";
import { crash, memoryStore, ofType, resume, run, start, stores, turnUntil } from "./flow.ts";

const draws = {
  "Math.random": () => Math.random(),
  "random()": () => random(),
  "uuid()": () => uuid(),
  "crypto.randomUUID": () => globalThis.crypto.randomUUID(),
  "crypto.getRandomValues": () => [...globalThis.crypto.getRandomValues(new Uint16Array(8))].join(),
  "node:crypto randomUUID": () => nodeCrypto.randomUUID(),
  "node:crypto randomBytes": () => nodeCrypto.randomBytes(16).toString("hex"),
  "node:crypto randomUUIDv7": () =>
    (nodeCrypto as unknown as { randomUUIDv7?: () => string }).randomUUIDv7?.() ?? random(),
  "node:crypto pseudoRandomBytes": () => nodeCrypto.pseudoRandomBytes(8).toString("hex"),
  "named randomUUID": () => randomUUID(),
  "named randomBytes": () => randomBytes(16).toString("hex"),
  "named randomInt": () => randomInt(2 ** 40),
  "named getRandomValues": () => [...getRandomValues(new Uint8Array(16))].join(),
  "named randomFillSync": () => randomFillSync(Buffer.alloc(16)).toString("hex"),
  "randomBytes with a callback": () =>
    new Promise((resolve) => nodeCrypto.randomBytes(16, (_, bytes) => resolve(bytes.toString("hex")))),
  "randomInt with a callback": () =>
    new Promise((resolve) => nodeCrypto.randomInt(0, 2 ** 40, (_, value) => resolve(value))),
  "randomFill with a callback": () =>
    new Promise((resolve) => nodeCrypto.randomFill(Buffer.alloc(16), (_, bytes) => resolve(bytes.toString("hex")))),
} satisfies Record<string, () => unknown>;

const note = node(
  { id: "note", whole: ["values"], out: "one" },
  async ({ values }: { values: unknown }) => values as string,
);

test.each(Object.entries(draws))("%s repeats on replay and differs between runs", async (_, draw) => {
  const seen: unknown[] = [];
  const flow = workflow({ name: "flow" }, async () => {
    const first = await draw();
    const kept = await note({ values: first });
    const second = await draw();
    seen.push([first, second]);
    return note({ values: [kept, second] });
  });
  const at = await crash(flow, {}, ({ events }) =>
    events.some(({ event }) => event.type === "item.completed" && event.call === 2),
  );
  const end = await (await resume(flow, at)).end();
  expect(end.status).toBe("completed");
  expect(seen).toHaveLength(2);
  expect(seen[1]).toEqual(seen[0]);
  expect((seen[0] as unknown[])[1]).not.toEqual((seen[0] as unknown[])[0]);
  expect(end.value).toEqual(seen[0]);
  await run(flow);
  expect(seen[2]).not.toEqual(seen[0]);
});

describe("the clock", () => {
  const clocks = () =>
    [
      Date.now(),
      new Date().getTime(),
      performance.now(),
      now(),
      Date.parse(Date()),
      new Date(Date()).getMilliseconds(),
    ] as const;

  test("is the start of the run, and moves only with a delivery", async () => {
    const clock = new FakeClock();
    const flow = workflow({ name: "flow" }, async () => {
      const before = clocks();
      await Promise.resolve();
      const same = clocks();
      await sleep("5s");
      return { before, same, after: clocks() };
    });
    const end = await turnUntil(clock, run(flow, {}, { clock }));
    const t = Date.UTC(2026, 0, 1);
    expect(end.value).toEqual({
      before: [t, t, t, t, t, 0],
      same: [t, t, t, t, t, 0],
      after: [5000, 5000, 5000, 5000, 5000, 0].map((n, i) => (i < 5 ? t + n : n)),
    });
  });

  test("repeats on replay, whatever time the machine has", async () => {
    const clock = new FakeClock();
    const seen: unknown[] = [];
    const flow = workflow({ name: "flow" }, async () => {
      const before = clocks();
      await sleep("1s");
      seen.push([before, clocks()]);
      await note({ values: 1 });
      await sleep("1h");
      return 1;
    });
    const crashing = crash(
      flow,
      {},
      ({ events }) => events.some(({ event }) => event.type === "item.completed" && event.call === 2),
      { clock },
    );
    const at = await turnUntil(clock, crashing);
    await clock.advance(86_400_000);
    const resumed = await resume(flow, at, { clock });
    await turnUntil(clock, resumed.end());
    expect(seen[1]).toEqual(seen[0]);
  });

  test("leaves dates that are given alone, and classes that extend Date", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      class Day extends Date {
        next(): number {
          return this.getTime() + 1;
        }
      }
      return [
        new Date(5).getTime(),
        new Date(2020, 0).getFullYear(),
        Date.UTC(1970, 0),
        new Day(7).next(),
        new Day() instanceof Date,
        new Date() instanceof Date,
        new Day().getTime() === Date.now(),
      ];
    });
    expect((await run(flow)).value).toEqual([5, 2020, 0, 8, true, true, true]);
  });
});

test("what the originals refuse is refused inside too", async () => {
  const flow = workflow({ name: "flow" }, () =>
    [
      () => randomInt(5, 5),
      () => randomInt(0.5),
      () => randomBytes(-1),
      () => getRandomValues(new Float64Array(2) as never),
      () => randomFillSync("no" as never),
    ].map((use) => {
      try {
        use();
        return "allowed";
      } catch {
        return "refused";
      }
    }),
  );
  expect((await run(flow)).value).toEqual(["refused", "refused", "refused", "refused", "refused"]);
});

test("randomInt stays within its bounds", async () => {
  const flow = workflow({ name: "flow" }, () => Array.from({ length: 200 }, () => randomInt(3, 6)));
  expect(new Set((await run(flow)).value as number[])).toEqual(new Set([3, 4, 5]));
});

test("what the store does on behalf of the run draws nothing from the run's chance", async () => {
  const frames = new Set<unknown>();
  const store = memoryStore();
  const watched = new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (key === "append" || key === "values") frames.add(currentFrame()?.kind);
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  const flow = workflow({ name: "flow" }, async () => {
    const [a] = await Promise.all([note({ values: 1 }), note({ values: "x".repeat(3 << 20) })]);
    await sleep(1);
    for (let i = 0; i < 3; i++) await note({ values: [a, i] });
  });
  expect((await run(flow, {}, { store: watched })).status).toBe("completed");
  expect(frames).toEqual(new Set([undefined]));
});

describe("in a node, and around runs", () => {
  const globals = () => [
    Math.random,
    Date,
    Date.now,
    performance.now,
    Promise.all,
    Promise.race,
    Promise.any,
    Promise.allSettled,
    crypto.randomUUID,
    crypto.getRandomValues,
    nodeCrypto.randomUUID,
    nodeCrypto.randomBytes,
    nodeCrypto.randomInt,
    nodeCrypto.randomFillSync,
    nodeCrypto.randomFill,
    randomUUID,
    randomBytes,
  ];

  test("a node has the real ones", async () => {
    const before = globals();
    let inside: unknown[] = [];
    const look = node({ id: "look" }, async () => {
      inside = globals();
      return [randomUUID(), Date.now()].join();
    });
    const first = await run(workflow({ name: "flow" }, () => look()));
    // Named imports are copies: the last two pass through.
    expect(inside.slice(0, -2)).toEqual(before.slice(0, -2));
    const again = await run(workflow({ name: "flow" }, () => look()));
    expect(again.value).not.toBe(first.value);
    expect(Math.abs(Number((again.value as string).split(",")[1]) - Date.now())).toBeLessThan(60_000);
  });

  test("the originals are back after the last of several runs, own properties as they were", async () => {
    const before = globals();
    const own = [
      Object.hasOwn(performance, "now"),
      Object.hasOwn(crypto, "randomUUID"),
      JSON.stringify(Object.getOwnPropertyDescriptor(globalThis, "Date")),
    ];
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const wait = node({ id: "wait" }, async () => held);
    const long = await start(workflow({ name: "long" }, () => wait()));
    const value = (await run(workflow({ name: "short" }, () => Math.random()))).value;
    expect(value).toBeTypeOf("number");
    release();
    await long.end();
    expect(globals()).toEqual(before);
    expect([
      Object.hasOwn(performance, "now"),
      Object.hasOwn(crypto, "randomUUID"),
      JSON.stringify(Object.getOwnPropertyDescriptor(globalThis, "Date")),
    ]).toEqual(own);
  });

  test("what is assigned outside any run stays, as a test's fake timers do", async () => {
    const real = Math.random;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const wait = node({ id: "wait" }, async () => (await held, Math.random()));
    const started = await start(workflow({ name: "flow" }, () => wait()));
    try {
      Math.random = () => 0.25;
      release();
      expect((await started.end()).value).toBe(0.25);
      expect(Math.random()).toBe(0.25);
    } finally {
      Math.random = real;
    }
  });
});

describe("a node that patches globals", () => {
  const real = { parse: JSON.parse, stringify: JSON.stringify };
  const vandal = node({ id: "vandal" }, async () => {
    Math.random = () => 0.5;
    Date.now = () => 0;
    performance.now = () => 0;
    globalThis.Date = class extends Date {} as DateConstructor;
    const broken = (() => Promise.reject(new Error("patched"))) as never;
    Promise.all = Promise.race = Promise.allSettled = Promise.any = broken;
    nodeCrypto.randomUUID = (() => "patched") as never;
    JSON.parse = () => null;
    JSON.stringify = () => "patched";
    (Object.prototype as Record<string, unknown>)["polluted"] = "yes";
    return [Math.random(), Date.now()].join();
  });
  const restore = (): void => {
    Object.assign(JSON, real);
    delete (Object.prototype as Record<string, unknown>)["polluted"];
  };
  const list = node({ id: "list", out: "many" }, async () => [1, 2, 3]);
  const risky = node({ id: "risky", retries: { max: 1, delay: 0 } }, async ({ x }: { x: number }, ctx) => {
    if (x === 2) throw Object.assign(new Error(`no ${x}`), { code: "E2" });
    ctx.log.info("fine", { x });
    ctx.emit("fact", { x });
    await ctx.scratchpad.set(`k${x}`, { x });
    return { x, at: new Date(x) };
  });
  const gather = node(
    { id: "gather", gather: ["xs"], onFailed: "settled", out: "one" },
    async ({ xs, tag }: { xs: Settled<{ x: number }>[]; tag: string }) => [xs.map(({ status }) => status).join(), tag],
  );

  test.each(stores)("hurts neither the run's records nor what follows, on the %s store", async (_, open) => {
    const store = await open();
    const flow = workflow({ name: "flow" }, async () => {
      const said = await vandal();
      const [a, b] = await Promise.all([
        note({ values: { a: 1 } }),
        note({ values: [Math.random() !== 0.5, Date.now() > 0] }),
      ]);
      return gather({ xs: risky({ x: list() }) as never, tag: `${said} ${String(b)} ${Object.keys(a).join()}` });
    });
    try {
      const end = await run(flow, {}, { store });
      expect(end.error).toBeUndefined();
      expect(end.value).toEqual(["ok,failed,ok", "0.5,0 true,true a"]);
      restore();
      expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
        errorCode: "E2",
        message: "no 2",
        at: expect.stringMatching(/^20\d\d-/) as string,
      });
      expect(real.stringify(end.events)).not.toContain("polluted");
      expect(await end.store.verify(end.runId)).toBeUndefined();
    } finally {
      restore();
    }
  });

  test("is not seen by another run or node, and is undone after the run", async () => {
    const before = [Math.random, Date, Date.now, Promise.all, nodeCrypto.randomUUID];
    const look = node({ id: "look" }, async () =>
      [Math.random() === 0.5, Date.now() === 0, String(nodeCrypto.randomUUID()) === "patched"].join(),
    );
    const other = workflow({ name: "other" }, () => look());
    try {
      const [, seen] = await Promise.all([run(workflow({ name: "flow" }, () => vandal())), run(other)]);
      restore();
      expect(seen.value).toBe("false,false,false");
      expect([Math.random, Date, Date.now, Promise.all, nodeCrypto.randomUUID]).toEqual(before);
    } finally {
      restore();
    }
  });

  test("does not hurt a resume", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      await vandal();
      const draw = Math.random();
      return gather({ xs: risky({ x: list() }) as never, tag: String(draw) });
    });
    try {
      const at = await crash(flow, {}, ({ events }) =>
        events.some(({ event }) => event.type === "item.completed" && event.call === 4),
      );
      const end = await (await resume(flow, at)).end();
      expect(end.status).toBe("completed");
      expect((end.value as string[])[0]).toBe("ok,failed,ok");
    } finally {
      restore();
    }
  });
});
