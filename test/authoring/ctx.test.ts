import { describe, expect, test } from "vitest";
import { FakeClock } from "../../src/base/clock.ts";
import { decode } from "../../src/model/codec.ts";
import { node, workflow } from "../../src/index.ts";
import { crash, lifeOf, ofType, rest, resume, run, start, turnUntil } from "./flow.ts";

const list = node({ id: "list", out: "many" }, async ({ count }: { count: number }) =>
  Array.from({ length: count }, (_, i) => i),
);

describe("who and where", () => {
  const who = node({ id: "who", retries: { max: 1, delay: 0 } }, async ({ x }: { x: number }, ctx) => {
    const { runId, workflow: name, nodeId, callId, item, attempt, idempotencyKey, feedback, missing, yielded } = ctx;
    if (attempt === 1 && x === 1) throw new Error(idempotencyKey);
    return { runId, name, nodeId, callId, item, attempt, idempotencyKey, feedback, missing, yielded };
  });
  const flow = workflow({ name: "who-flow" }, () => who({ x: list({ count: 2 }) }));

  test("runId, workflow, nodeId, callId, item, attempt and idempotencyKey name the attempt", async () => {
    const end = await run(flow);
    const common = {
      runId: end.runId,
      name: "who-flow",
      nodeId: "who",
      callId: 2,
      feedback: undefined,
      missing: 0,
      yielded: 0,
    };
    expect(end.value).toEqual([
      { ...common, item: 0, attempt: 1, idempotencyKey: `${end.runId}.2.0` },
      { ...common, item: 1, attempt: 2, idempotencyKey: `${end.runId}.2.1` },
    ]);
  });

  test("idempotencyKey is the same for all attempts", async () => {
    const end = await run(flow);
    expect(ofType(end.events, "item.retrying")[0]?.error.message).toBe(`${end.runId}.2.1`);
  });

  test("idempotencyKey is the same after a crash, while attempts go on", async () => {
    const seen: unknown[] = [];
    const pay = node({ id: "pay" }, async (_: object, ctx) => {
      seen.push([ctx.idempotencyKey, ctx.attempt]);
      await rest();
    });
    const once = workflow({ name: "flow" }, () => pay());
    const at = await crash(once, {}, ({ events }) => events.some(({ event }) => event.type === "item.completed"));
    await (await resume(once, at)).end();
    expect(seen).toEqual([
      [`${at.runId}.1.0`, 1],
      [`${at.runId}.1.0`, 2],
    ]);
  });

  test("members need no this: they can be taken out of ctx", async () => {
    const apart = node(
      { id: "apart", out: "one" },
      async (_: object, { log, progress, stream, emit, once, errors, signal, scratchpad: { set, get } }) => {
        log.info("hello");
        progress(1);
        stream("chunk");
        emit("fact");
        await set("k", 1);
        return [await once("k", () => 1), await get("k"), (await errors()).length, signal.aborted];
      },
    );
    expect((await run(workflow({ name: "flow" }, () => apart()))).value).toEqual([1, 1, 0, false]);
  });
});

test("signal: a cancelled run aborts it", async () => {
  let aborted: unknown;
  const wait = node(
    { id: "wait" },
    async (_: object, ctx) =>
      new Promise((_, reject) =>
        ctx.signal.addEventListener("abort", () => reject((aborted = ctx.signal.reason) as Error)),
      ),
  );
  const started = await start(workflow({ name: "flow" }, () => wait()));
  await rest();
  started.run.cancel("test");
  expect((await started.end()).status).toBe("cancelled");
  expect(aborted).toMatchObject({ name: "AbortError", message: "the run was cancelled" });
});

test("signal: read only after the abort, it is aborted", async () => {
  const clock = new FakeClock();
  let late: unknown;
  const slow = node({ id: "slow", timeout: 100 }, async (_: object, ctx) => {
    await new Promise<void>((resolve) => clock.setTimer(resolve, 200));
    late = ctx.signal.aborted;
  });
  await turnUntil(
    clock,
    run(
      workflow({ name: "flow" }, () => slow()),
      {},
      { clock },
    ),
  );
  expect(late).toBe(true);
});

describe("yielded", () => {
  const produced: number[] = [];
  const stream = (skips: boolean) =>
    node({ id: "stream", retries: { max: 1, delay: 0 } }, async function* (_: object, ctx) {
      for (let i = skips ? ctx.yielded : 0; i < 4; i++) {
        produced.push(i);
        yield i * 10;
        if (i === 1 && ctx.attempt === 1) throw new Error("half way");
      }
    });

  test("lets a retry go on behind what is recorded", async () => {
    produced.length = 0;
    const made = stream(true);
    const end = await run(workflow({ name: "flow" }, () => made()));
    expect(end.value).toEqual([0, 10, 20, 30]);
    expect(produced).toEqual([0, 1, 2, 3]);
    expect(lifeOf(end.events, 1, 0)).toContain("retrying 1");
  });

  test("not asked, the retry starts over and equal yields are dropped", async () => {
    produced.length = 0;
    const made = stream(false);
    expect((await run(workflow({ name: "flow" }, () => made()))).value).toEqual([0, 10, 20, 30]);
    expect(produced).toEqual([0, 1, 0, 1, 2, 3]);
  });

  test("a retry that yields another value is WG2007", async () => {
    const unsteady = node({ id: "unsteady", retries: { max: 1, delay: 0 } }, async function* (_: object, ctx) {
      yield ctx.attempt;
      throw new Error("no");
    });
    const end = await run(workflow({ name: "flow" }, () => unsteady()));
    expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
      code: "WG2007",
      message: expect.stringContaining('generator "unsteady" yielded another value at place 0') as string,
    });
  });
});

describe("emit", () => {
  test("puts a fact of the author's into the event log, with its value", async () => {
    const note = node({ id: "note" }, async (_: object, ctx) => {
      ctx.emit("page.stale", { url: "x", at: new Date(0) });
      ctx.emit("bare");
    });
    const end = await run(workflow({ name: "flow" }, () => note()));
    expect(ofType(end.events, "item.emitted")).toMatchObject([
      { call: 1, item: 0, attempt: 1, name: "page.stale" },
      { name: "bare" },
    ]);
    const stored = end.events.find(({ event }) => event.type === "item.emitted")!;
    expect(decode(stored.value!)).toEqual({ url: "x", at: new Date(0) });
  });

  test("data that cannot be recorded is an error in the node", async () => {
    const note = node({ id: "note" }, async (_: object, ctx) => ctx.emit("fact", { f: () => 1 }));
    const end = await run(workflow({ name: "flow" }, () => note()));
    expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
      code: "WG1007",
      message: expect.stringContaining("$.f") as string,
    });
  });
});

describe("errors", () => {
  test("lists failed attempts of the run, retried ones too, oldest first", async () => {
    const bad = node({ id: "bad", retries: { max: 1, delay: 0 } }, async ({ x }: { x: string }, ctx) => {
      throw new Error(`${x}${ctx.attempt}`);
    });
    const other = node({ id: "other" }, async () => {
      throw new Error("other");
    });
    const look = node({ id: "look" }, async (_: object, ctx) => ({
      all: (await ctx.errors()).map((error) => error.message),
      bad: (await ctx.errors({ node: "bad" })).map((error) => [error.message, error.attempt, error.node, error.path]),
      none: await ctx.errors({ node: "nobody" }),
    }));
    const flow = workflow({ name: "flow" }, async () => {
      await bad({ x: "a" }).settled();
      await other().settled();
      return look();
    });
    expect((await run(flow)).value).toEqual({
      all: ["a1", "a2", "other"],
      bad: [
        ["a1", 1, "bad", "."],
        ["a2", 2, "bad", "."],
      ],
      none: [],
    });
  });

  test("knows of attempts before a resume", async () => {
    const bad = node({ id: "bad", retries: { max: 2, delay: 0 } }, async (_: object, ctx) => {
      await rest();
      if (ctx.attempt < 3) throw new Error(`no ${ctx.attempt}`);
      return (await ctx.errors()).map((error) => error.message).join();
    });
    const flow = workflow({ name: "flow" }, () => bad());
    const at = await crash(flow, {}, ({ events }) => events.some(({ event }) => event.type === "item.completed"));
    expect((await (await resume(flow, at)).end()).value).toBe("no 1,no 2");
  });
});

describe("once", () => {
  test("is repeated by no retry and no resume", async () => {
    const performed: string[] = [];
    const order = node(
      { id: "order", out: "one", retries: { max: 3, delay: 0 } },
      async ({ x }: { x: string }, ctx) => {
        const charged = await ctx.once("charge", async () => {
          performed.push(`charge ${x}`);
          return { receipt: new Date(performed.length) };
        });
        await rest();
        if (ctx.attempt < 3) throw new Error("later");
        return [charged.receipt.getTime(), await ctx.once("mail", () => performed.push(`mail ${x}`))];
      },
    );
    const flow = workflow({ name: "flow" }, () => order({ x: "a" }));
    const at = await crash(flow, {}, ({ events }) => events.some(({ event }) => event.type === "item.completed"));
    expect((await (await resume(flow, at)).end()).value).toEqual([1, 2]);
    expect(performed).toEqual(["charge a", "mail a"]);
  });

  test("belongs to its item and key", async () => {
    const each = node({ id: "each", out: "one" }, async ({ x }: { x: number }, ctx) => [
      await ctx.once("k", () => x),
      await ctx.once("l", () => x + 100),
    ]);
    expect((await run(workflow({ name: "flow" }, () => each({ x: list({ count: 2 }) })))).value).toEqual([
      [0, 100],
      [1, 101],
    ]);
  });

  test("a key asked for twice at once is performed once; each gets a copy of its own", async () => {
    let times = 0;
    const both = node({ id: "both" }, async (_: object, ctx) => {
      const sub = (): Promise<{ n: number }> => ctx.once("k", async () => (await rest(), { n: ++times }));
      const [a, b] = await Promise.all([sub(), sub()]);
      a.n = 99;
      return b.n;
    });
    expect((await run(workflow({ name: "flow" }, () => both()))).value).toBe(1);
    expect(times).toBe(1);
  });

  test("a sub-step that failed is recorded nowhere and runs again", async () => {
    let times = 0;
    const flaky = node({ id: "flaky", retries: { max: 1, delay: 0 } }, async (_: object, ctx) =>
      ctx.once("k", () => {
        if (++times === 1) throw new Error("no");
        return times;
      }),
    );
    expect((await run(workflow({ name: "flow" }, () => flaky()))).value).toBe(2);
  });
});

test.each(["artifact", "openArtifact"] as const)(
  "%s is refused with WG1130 by an engine without a folder for artifacts",
  async (member) => {
    const ask = node({ id: "ask" }, async (_: object, ctx) =>
      (ctx[member] as (of: unknown) => Promise<unknown>)("made"),
    );
    const end = await run(workflow({ name: "flow" }, () => ask()));
    expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
      code: "WG1130",
      message: `ctx.${member} has no folder for artifacts: the engine was made without one`,
    });
  },
);
