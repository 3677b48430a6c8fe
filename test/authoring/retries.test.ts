import { describe, expect, test } from "vitest";
import { FakeClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { FatalError, node, workflow } from "../../src/index.ts";
import { retryDelay } from "../../src/model/retry-delay.ts";
import { crash, lifeOf, ofType, rest, resume, run, start, turnUntil } from "./flow.ts";

/** Fails until the given attempt. */
function flaky(id: string, options: object, succeedsAt: number) {
  const attempts: number[] = [];
  const made = node({ id, ...options }, async (_: { x: number }, ctx) => {
    attempts.push(ctx.attempt);
    // Its start is committed before its outcome.
    await rest();
    if (ctx.attempt < succeedsAt) throw new Error(`no ${ctx.attempt}`);
    return ctx.attempt;
  });
  return { node: made, attempts };
}

test("a number of retries is how many attempts may follow the first", async () => {
  const clock = new FakeClock();
  const ok = flaky("ok", { retries: 2 }, 3);
  const bad = flaky("bad", { retries: 2 }, 9);
  const flow = workflow({ name: "flow" }, async () => {
    const good = await ok.node({ x: 1 });
    const [lost] = await bad.node({ x: 1 }).settled();
    return { good, lost };
  });
  const end = await turnUntil(clock, run(flow, {}, { clock }));
  expect(end.value).toMatchObject({ good: 3, lost: { status: "failed", error: { message: "no 3", attempt: 3 } } });
  expect(ok.attempts).toEqual([1, 2, 3]);
  expect(bad.attempts).toEqual([1, 2, 3]);
});

test("every attempt is in the event log, with its number and its error", async () => {
  const clock = new FakeClock();
  const { node: bad } = flaky("bad", { retries: 2 }, 9);
  const end = await turnUntil(
    clock,
    run(
      workflow({ name: "flow" }, () => bad({ x: 1 })),
      {},
      { clock },
    ),
  );
  expect(lifeOf(end.events, 1, 0)).toEqual([
    "started 1",
    "retrying 1",
    "started 2",
    "retrying 2",
    "started 3",
    "failed 3",
  ]);
  expect(ofType(end.events, "item.retrying").map((event) => [event.error.message, event.error.attempt])).toEqual([
    ["no 1", 1],
    ["no 2", 2],
  ]);
  expect(end.status).toBe("failed");
});

test("a FatalError is never retried", async () => {
  let attempts = 0;
  const bad = node({ id: "bad", retries: 5 }, async () => {
    attempts++;
    throw new FatalError("for good");
  });
  const end = await run(workflow({ name: "flow" }, () => bad()));
  expect(end.status).toBe("failed");
  expect(attempts).toBe(1);
  expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
    name: "FatalError",
    message: "for good",
    attempt: 1,
  });
});

test("backoff doubles up to the longest delay, drawn with full jitter from the run's seed", async () => {
  const clock = new FakeClock();
  const { node: bad } = flaky("bad", { retries: { max: 5, delay: 100, maxDelay: 1000 } }, 9);
  const started = await start(
    workflow({ name: "flow" }, () => bad({ x: 1 })),
    {},
    { clock },
  );
  const end = await turnUntil(clock, started.end());
  const seed = ofType(end.events, "run.started")[0]!;
  const draw = seededRandom(`${seed.seed} jitter ${seed.epoch}`);
  const delays = ofType(end.events, "item.retrying").map((event) => event.delayMs);
  expect(delays).toEqual([100, 200, 400, 800, 1000].map((most) => Math.round(most * draw())));
  expect(new Set(delays).size).toBeGreaterThan(1);
});

test("attempts start when their delay has passed and not before", async () => {
  const clock = new FakeClock();
  const at: number[] = [];
  const bad = node({ id: "bad", retries: { max: 3, delay: 100, backoff: "exponential", jitter: "none" } }, async () => {
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
  expect(at).toEqual([0, 100, 300, 700]);
});

test("a fixed backoff repeats its delay", () => {
  const policy = { max: 3, backoff: "fixed", delayMs: 50, maxDelayMs: 1000, jitter: "none" } as const;
  expect([0, 1, 2].map((failed) => retryDelay(policy, failed, 0.5))).toEqual([50, 50, 50]);
});

test("full jitter lies between 0 and the delay, however many attempts failed", () => {
  const policy = { max: 9, backoff: "exponential", delayMs: 100, maxDelayMs: 30_000, jitter: "full" } as const;
  expect(retryDelay(policy, 0, 0)).toBe(0);
  expect(retryDelay(policy, 0, 0.999)).toBe(100);
  expect(retryDelay(policy, 5000, 0.5)).toBe(15_000);
});

test("a slot is free while a retry waits", async () => {
  const clock = new FakeClock();
  const order: string[] = [];
  const work = node(
    { id: "work", concurrency: 1, retries: { max: 1, delay: 1000, jitter: "none" } },
    async ({ x }: { x: string }, ctx) => {
      order.push(`${x}${ctx.attempt}`);
      if (x === "a" && ctx.attempt === 1) throw new Error("no");
      return x;
    },
  );
  const end = await turnUntil(
    clock,
    run(
      workflow({ name: "flow" }, () => work({ x: ["a", "b", "c"] as never })),
      {},
      { clock },
    ),
  );
  expect(order).toEqual(["a1", "b1", "c1", "a2"]);
  expect(end.value).toEqual(["a", "b", "c"]);
});

describe("over a crash and a resume", () => {
  test("attempt numbers go on, and a crash neither resets nor spends the budget", async () => {
    const bad = flaky("bad", { retries: { max: 3, delay: 0 } }, 99);
    const flow = workflow({ name: "flow" }, () => bad.node({ x: 1 }));
    const at = await crash(flow, {}, ({ events }) =>
      events.some(({ event }) => event.type === "item.retrying" && event.attempt === 2),
    );
    const end = await (await resume(flow, at)).end();
    // Attempt 2 was cut short: its failure was not committed. Attempts 1, 3, 4, 5 failed: one first and three retries.
    expect(lifeOf(end.events, 1, 0).filter((life) => life.startsWith("retrying") || life.startsWith("failed"))).toEqual(
      ["retrying 1", "retrying 3", "retrying 4", "failed 5"],
    );
  });

  test("an explicit resume of a failed item grants a fresh budget", async () => {
    const bad = flaky("bad", { retries: { max: 1, delay: 0 } }, 4);
    const flow = workflow({ name: "flow" }, () => bad.node({ x: 1 }));
    const first = await run(flow);
    expect(first.status).toBe("failed");
    const end = await (await resume(flow, first)).end();
    expect(end.status).toBe("completed");
    expect(bad.attempts).toEqual([1, 2, 3, 4]);
  });
});
