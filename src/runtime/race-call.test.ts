import { describe, expect, test } from "vitest";
import { FakeClock } from "../base/clock.ts";
import { node, race, sleep, workflow } from "../index.ts";
import { crash, memoryStore, ofType, rest, resume, run, start, turnUntil } from "../../test/authoring/flow.ts";

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};
const after = node({ id: "after" }, async ({ x, wait }: { x: string; wait: number }) => {
  await turns(wait);
  return x;
});
const fails = node({ id: "fails" }, async ({ wait }: { wait: number }): Promise<string> => {
  await turns(wait);
  throw new Error("no");
});
/** Ends when its signal aborts. */
const endless = node({ id: "endless" }, async (_: object, ctx): Promise<string> => {
  await new Promise((_resolve, reject) => {
    ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason as Error));
  });
  return "never";
});

describe("race", () => {
  test("cancels a loser whose end was lost in a crash", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      const first = await race([after({ x: "fast", wait: 1 }), endless({})]);
      return [first, await after({ x: "then", wait: 1 })];
    });
    const isLost = (event: { readonly type: string; readonly to?: string }): boolean =>
      event.type === "item.failed" && event.to === "cancelled";
    const at = await crash(flow, {}, ({ events }) => events.some(({ event }) => isLost(event as never)));
    const end = await (await resume(flow, at)).end();
    expect([end.value, end.status]).toEqual([["fast", "then"], "completed"]);
    expect(end.events.filter(({ event }) => isLost(event as never))).toHaveLength(1);
  });

  test("gives the first success, wherever it stands", async () => {
    const flow = workflow({ name: "flow" }, () =>
      race([after({ x: "slow", wait: 30 }), after({ x: "fast", wait: 1 })]),
    );
    const end = await run(flow);
    expect([end.value, end.status]).toEqual(["fast", "completed"]);
    expect(ofType(end.events, "call.closed").find(({ call }) => call === 3)?.winner).toBe(1);
  });

  test("passes over failures, and the failure of a loser is none of the run's", async () => {
    const flow = workflow({ name: "flow" }, () => race([fails({ wait: 1 }), after({ x: "late", wait: 20 })]));
    const end = await run(flow);
    expect([end.value, end.status]).toEqual(["late", "completed"]);
  });

  test("fails with all of them when none succeeds", async () => {
    const flow = workflow({ name: "flow" }, () => race([fails({ wait: 1 }), fails({ wait: 5 })]));
    const end = await run(flow);
    expect(end.status).toBe("failed");
    expect(ofType(end.events, "run.failed")[0]?.failures).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  test("cancels a loser that nothing else uses: neither failure nor partial", async () => {
    const flow = workflow({ name: "flow" }, () => race([endless(), after({ x: "won", wait: 3 })]));
    const end = await run(flow);
    expect([end.value, end.status]).toEqual(["won", "completed"]);
    expect(ofType(end.events, "item.failed").map(({ call, to }) => [call, to])).toEqual([[1, "cancelled"]]);
    expect(ofType(end.events, "call.closed").find(({ call }) => call === 1)?.status).toBe("cancelled");
  });

  test("lets a loser go on that something else uses", async () => {
    const flow = workflow({ name: "flow" }, () => {
      const slow = after({ x: "slow", wait: 30 });
      const first = race([slow, after({ x: "fast", wait: 1 })]);
      return { first, used: after({ x: slow, wait: 0 }) };
    });
    const end = await run(flow);
    expect(end.value).toEqual({ first: "fast", used: "slow" });
    expect(ofType(end.events, "item.failed")).toEqual([]);
  });

  test("lets a loser go on that is awaited", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      const slow = after({ x: "slow", wait: 30 });
      const first = race([slow, after({ x: "fast", wait: 1 })]);
      return Promise.all([first, slow]);
    });
    expect((await run(flow)).value).toEqual(["fast", "slow"]);
  });

  test("cancels what waits in a loser before it has begun", async () => {
    const flow = workflow({ name: "flow" }, () =>
      race([after({ x: endless(), wait: 0 }), after({ x: "won", wait: 1 })]),
    );
    const started = await start(flow);
    await rest();
    started.run.cancel("test");
    const end = await started.end();
    expect(ofType(end.events, "call.closed").find(({ call }) => call === 2)?.status).toBe("cancelled");
  });
});

describe("race against sleep", () => {
  const flow = workflow({ name: "flow" }, () => race([endless(), sleep("10s")]));

  test("is won by the sleep when the time is up, and cancels the node", async () => {
    const clock = new FakeClock();
    const started = await start(flow, {}, { clock, store: memoryStore(clock) });
    const end = await turnUntil(clock, started.end());
    expect([end.value, end.status]).toEqual([undefined, "completed"]);
    expect(clock.now() - Date.UTC(2026, 0, 1)).toBeGreaterThanOrEqual(10_000);
    expect(clock.waiting).toBe(0);
  });

  test("is won by the node, and no timer is left", async () => {
    const clock = new FakeClock();
    const quick = workflow({ name: "flow" }, () => race([sleep("10s"), after({ x: "quick", wait: 2 })]));
    const end = await run(quick, {}, { clock, store: memoryStore(clock) });
    expect([end.value, end.status]).toEqual(["quick", "completed"]);
    expect(clock.waiting).toBe(0);
    expect(ofType(end.events, "item.failed")).toEqual([]);
  });

  test("waits after a crash only for what is left", async () => {
    const clock = new FakeClock();
    const store = memoryStore(clock);
    const nap = workflow({ name: "flow" }, async () => {
      await after({ x: "a", wait: 1 });
      const asleep = sleep("10s");
      await after({ x: "b", wait: 1 });
      await asleep;
    });
    const at = await crash(
      nap,
      {},
      ({ events }) => events.some(({ event }) => event.type === "item.completed" && event.call === 3),
      { clock, store },
    );
    await clock.advance(7000);
    const from = clock.now();
    const end = await turnUntil(clock, (await resume(nap, at, { clock })).end());
    expect(end.status).toBe("completed");
    expect(clock.now() - from).toBe(3000);
  });
});
