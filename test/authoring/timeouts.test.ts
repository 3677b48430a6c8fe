import { expect, test } from "vitest";
import { FakeClock } from "../../src/base/clock.ts";
import { node, workflow } from "../../src/index.ts";
import { lifeOf, ofType, rest, run, start, turnUntil } from "./flow.ts";

/** Ends when its signal aborts, as a fetch does. */
const obedient = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));

test("a timeout aborts the signal with a TimeoutError, and the item fails with kind timeout", async () => {
  const clock = new FakeClock();
  let reason: unknown;
  const slow = node({ id: "slow", timeout: "20s" }, async (_: object, ctx) => {
    ctx.signal.addEventListener("abort", () => (reason = ctx.signal.reason));
    return obedient(ctx.signal);
  });
  const end = await turnUntil(
    clock,
    run(
      workflow({ name: "flow" }, () => slow()),
      {},
      { clock },
    ),
  );
  expect(reason).toMatchObject({ name: "TimeoutError", message: "timed out after 20000 ms" });
  const [failed] = ofType(end.events, "item.failed");
  expect(failed).toMatchObject({
    to: "failed",
    ms: 20_000,
    error: { code: "WG2003", kind: "timeout", name: "TimeoutError", node: "slow" },
  });
  expect(clock.waiting).toBe(0);
});

test("what the function returns during the grace is no longer its result", async () => {
  const clock = new FakeClock();
  const late = node({ id: "late", timeout: 100 }, async (_: object, ctx) => {
    await obedient(ctx.signal).catch(() => undefined);
    return "too late";
  });
  const end = await turnUntil(
    clock,
    run(
      workflow({ name: "flow" }, () => late()),
      {},
      { clock },
    ),
  );
  expect(ofType(end.events, "item.completed")).toEqual([]);
  expect(ofType(end.events, "item.failed")[0]?.error.kind).toBe("timeout");
});

test("an attempt that does not stop within the grace is abandoned: its slot is freed, its late outcome refused and logged", async () => {
  const clock = new FakeClock();
  const release: Array<(value: string) => void> = [];
  const stuck = node({ id: "stuck", timeout: 1000, concurrency: 1 }, async ({ x }: { x: string }) => {
    if (x === "b") return "b ran";
    return new Promise<string>((resolve) => release.push(resolve));
  });
  const wait = node({ id: "wait" }, async () => new Promise<string>((resolve) => release.push(resolve)));
  const flow = workflow({ name: "flow" }, async () => {
    const waiting = wait();
    const outcomes = await stuck({ x: ["a", "b"] as never }).settled();
    release[1]!("late");
    await rest();
    release[0]!("go on");
    await waiting;
    return outcomes.map((outcome) => (outcome.status === "ok" ? outcome.value : outcome.error.code));
  });
  const started = await start(flow, {}, { clock });
  const end = await turnUntil(clock, started.end());
  expect(end.value).toEqual(["WG2003", "b ran"]);
  const [failed] = ofType(end.events, "item.failed");
  expect(failed).toMatchObject({ to: "abandoned", ms: 6000, error: { kind: "timeout" } });
  expect(failed?.error.message).toContain("did not stop in 5000 ms after its signal");
  expect((await end.store.items(end.runId, { call: 2, status: ["abandoned"] })).total).toBe(1);
  expect((await end.store.logs(end.runId)).map((line) => line.text)).toContain(
    "the attempt was abandoned; its late result is refused",
  );
});

test("retries follow a timeout, and an abandoned attempt", async () => {
  const clock = new FakeClock();
  const attempts: number[] = [];
  const retried = node({ id: "retried", timeout: 1000, retries: { max: 2, delay: 0 } }, async (_: object, ctx) => {
    attempts.push(ctx.attempt);
    if (ctx.attempt === 1) return obedient(ctx.signal);
    if (ctx.attempt === 2) return new Promise<never>(() => {});
    return "third";
  });
  const end = await turnUntil(
    clock,
    run(
      workflow({ name: "flow" }, () => retried()),
      {},
      { clock },
    ),
  );
  expect(end.value).toBe("third");
  expect(attempts).toEqual([1, 2, 3]);
  expect(lifeOf(end.events, 1, 0)).toEqual([
    "started 1",
    "retrying 1",
    "started 2",
    "retrying 2",
    "started 3",
    "completed 3",
  ]);
});

test("an abandoned attempt changes nothing any more: emit, scratchpad and once are refused (WG2013)", async () => {
  const clock = new FakeClock();
  const refused: unknown[] = [];
  let go = (): void => {};
  const gone = new Promise<void>((resolve) => (go = resolve));
  const stuck = node({ id: "stuck", timeout: 1000 }, async (_: object, ctx) => {
    await gone;
    ctx.emit("late.fact", 1);
    for (const use of [
      () => ctx.scratchpad.set("k", 1),
      () => ctx.scratchpad.cas("k", undefined, 1),
      () => ctx.once("k", () => 1),
    ]) {
      await use().catch((error: unknown) => refused.push(error));
    }
  });
  const hold = node({ id: "hold" }, async () => {
    await gone;
    await rest();
  });
  const flow = workflow({ name: "flow" }, async () => {
    const held = hold();
    await stuck().settled();
    go();
    await held;
  });
  const end = await turnUntil(clock, run(flow, {}, { clock }));
  expect(refused).toHaveLength(3);
  for (const error of refused)
    expect(error).toMatchObject({
      code: "WG2013",
      message: expect.stringMatching(/ctx\.\S+ of node "stuck" was used after attempt 1 at .* had ended/) as string,
    });
  expect(ofType(end.events, "item.emitted")).toEqual([]);
  expect(await end.store.scratchpad.get(end.runId, "k")).toBeUndefined();
});

test("a function that ends in time leaves no timer", async () => {
  const clock = new FakeClock();
  const quick = node({ id: "quick", timeout: "1h" }, async () => 1);
  expect(
    (
      await run(
        workflow({ name: "flow" }, () => quick()),
        {},
        { clock },
      )
    ).value,
  ).toBe(1);
  expect(clock.waiting).toBe(0);
});

test("a log line of a promise that outlives the run is dropped quietly", async () => {
  let log = (): void => {};
  const leaky = node({ id: "leaky" }, async (_: object, ctx) => {
    log = () => ctx.log.info("late");
    return 1;
  });
  const end = await run(workflow({ name: "flow" }, () => leaky()));
  log();
  await rest();
  expect(await end.store.logs(end.runId)).toEqual([]);
  expect((await end.store.run(end.runId))?.status).toBe("completed");
});
