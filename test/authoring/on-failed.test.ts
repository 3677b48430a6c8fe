import { describe, expect, test } from "vitest";
import { node, workflow, type Settled } from "../../src/index.ts";
import { crash, ofType, resume, run } from "./flow.ts";

const list = node({ id: "list", out: "many" }, async ({ count }: { count: number }) =>
  Array.from({ length: count }, (_, i) => i),
);
/** Fails for the first `bad` numbers. */
const check = node({ id: "check" }, async ({ x, bad }: { x: number; bad: number }) => {
  if (x < bad) throw new Error(`no ${x}`);
  return x;
});

function gatherWith(onFailed: "fail" | "drop" | { readonly tolerate: number }) {
  const sum = node({ id: "sum", gather: ["xs"], onFailed }, async ({ xs }: { xs: number[] }, ctx) => ({
    xs,
    missing: ctx.missing,
  }));
  return workflow({ name: "flow" }, ({ count, bad }: { count: number; bad: number }) =>
    sum({ xs: check({ x: list({ count }), bad }) }),
  );
}

test('"fail", the default: the gather is skipped and the run fails', async () => {
  const end = await run(gatherWith("fail"), { count: 4, bad: 1 });
  expect(end.status).toBe("failed");
  expect(ofType(end.events, "items.skipped")).toMatchObject([{ items: [0], causes: [[2, 0]], code: "WG2001" }]);
});

test('"drop": the gather goes on without them, ctx.missing says how many, the run is partial', async () => {
  const end = await run(gatherWith("drop"), { count: 4, bad: 3 });
  expect(end).toMatchObject({ status: "completed_partial", value: { xs: [3], missing: 3 } });
});

test('"drop" of nothing is complete', async () => {
  expect(await run(gatherWith("drop"), { count: 2, bad: 0 })).toMatchObject({
    status: "completed",
    value: { xs: [0, 1], missing: 0 },
  });
});

test("everything dropped gathers an empty set", async () => {
  expect(await run(gatherWith("drop"), { count: 2, bad: 2 })).toMatchObject({
    status: "completed_partial",
    value: { xs: [], missing: 2 },
  });
});

test.each([
  ["a count is not exceeded", { tolerate: 2 }, 10, 2, "completed_partial"],
  ["a count is exceeded", { tolerate: 2 }, 10, 3, "failed"],
  ["a share is not exceeded", { tolerate: 0.25 }, 8, 2, "completed_partial"],
  ["a share is exceeded", { tolerate: 0.25 }, 8, 3, "failed"],
  ["a share of few items rounds down", { tolerate: 0.25 }, 3, 1, "failed"],
  ["a share of 0 tolerates none", { tolerate: 0 }, 3, 1, "failed"],
] as const)("tolerate: %s", async (_, onFailed, count, bad, status) => {
  const end = await run(gatherWith(onFailed), { count, bad });
  expect(end.status).toBe(status);
  expect((end.value as { missing: number } | undefined)?.missing).toBe(status === "failed" ? undefined : bad);
});

test("items skipped because of a failed one count as failed in a gather", async () => {
  const next = node({ id: "next" }, async ({ x }: { x: number }) => x);
  const sum = node({ id: "sum", gather: ["xs"], onFailed: "drop" }, async ({ xs }: { xs: number[] }, ctx) => ({
    xs,
    missing: ctx.missing,
  }));
  const flow = workflow({ name: "flow" }, () => sum({ xs: next({ x: check({ x: list({ count: 3 }), bad: 1 }) }) }));
  expect(await run(flow)).toMatchObject({ status: "completed_partial", value: { xs: [1, 2], missing: 1 } });
});

test("onFailed and ctx.missing count per gathered set", async () => {
  const chapters = node({ id: "chapters", out: "many" }, async ({ book }: { book: number }) => [
    book * 10,
    book * 10 + 1,
  ]);
  const read = node({ id: "read" }, async ({ chapter }: { chapter: number }) => {
    if (chapter === 0 || chapter === 1 || chapter === 21) throw new Error("torn");
    return chapter;
  });
  const shelf = node(
    { id: "shelf", gather: ["pages"], onFailed: { tolerate: 1 } },
    async ({ book, pages }: { book: number; pages: number[] }, ctx) => ({ book, pages, missing: ctx.missing }),
  );
  const flow = workflow({ name: "flow" }, async () => {
    const books = list({ count: 3 });
    return (await shelf({ book: books, pages: read({ chapter: chapters({ book: books }) }) }).settled()).map(
      (outcome) => (outcome.status === "ok" ? outcome.value : outcome.status),
    );
  });
  expect((await run(flow)).value).toEqual([
    "skipped",
    { book: 1, pages: [10, 11], missing: 0 },
    { book: 2, pages: [20], missing: 1 },
  ]);
});

describe('"settled"', () => {
  const fallback = node({ id: "fallback" }, async ({ x }: { x: number }) => x * 100);
  const recover = node(
    { id: "recover", gather: ["outcomes"], onFailed: "settled", out: "many" },
    async ({ outcomes }: { outcomes: Settled<number>[] }) =>
      outcomes.map((outcome) =>
        outcome.status === "ok" ? outcome.value : Number(/\d+/.exec(outcome.error.message)![0]) + 1000,
      ),
  );

  test("a node that is given failed items reads them and recovers", async () => {
    const flow = workflow({ name: "flow" }, () =>
      fallback({ x: recover({ outcomes: check({ x: list({ count: 3 }), bad: 2 }) }) }),
    );
    const end = await run(flow);
    expect(end).toMatchObject({ status: "completed", value: [100_000, 100_100, 200] });
  });

  test("each outcome says its path, and a failed one its whole error record", async () => {
    const look = node(
      { id: "look", gather: ["outcomes"], onFailed: "settled", out: "one" },
      async ({ outcomes }: { outcomes: Settled<number>[] }) => outcomes,
    );
    const end = await run(
      workflow({ name: "flow" }, () => look({ outcomes: check({ x: list({ count: 2 }), bad: 1 }) })),
    );
    expect(end.value).toMatchObject([
      {
        status: "failed",
        path: "list[0]",
        error: {
          code: "WG2000",
          kind: "thrown",
          message: "no 0",
          node: "check",
          address: `${end.runId}.2.0`,
          path: "list[0]",
          attempt: 1,
        },
      },
      { status: "ok", path: "list[1]", value: 1 },
    ]);
  });

  test("a skipped item carries the error of the item it is skipped for", async () => {
    const next = node({ id: "next" }, async ({ x }: { x: number }) => x);
    const look = node(
      { id: "look", gather: ["outcomes"], onFailed: "settled", out: "one" },
      async ({ outcomes }: { outcomes: Settled<number>[] }) =>
        outcomes.map((outcome) =>
          outcome.status === "ok" ? "ok" : `${outcome.status} ${outcome.error.node} ${outcome.error.message}`,
        ),
    );
    const end = await run(
      workflow({ name: "flow" }, () => look({ outcomes: next({ x: check({ x: list({ count: 2 }), bad: 1 }) }) })),
    );
    expect(end.value).toEqual(["skipped check no 0", "ok"]);
  });
});

test.each([
  ["drop", "completed_partial"],
  ["settled", "completed"],
  [{ tolerate: 2 }, "completed_partial"],
] as const)(
  "what a gather with %j handled before a crash is still handled after the resume",
  async (onFailed, status) => {
    const count = node(
      { id: "count", gather: ["xs"], onFailed: onFailed as "drop" },
      async ({ xs }: { xs: number[] }) => xs.length,
    );
    const last = node({ id: "last" }, async ({ n }: { n: number }) => n);
    const flow = workflow({ name: "flow" }, () => last({ n: count({ xs: check({ x: list({ count: 3 }), bad: 1 }) }) }));
    const at = await crash(flow, {}, ({ events }) =>
      events.some(({ event }) => event.type === "items.started" && event.call === 4),
    );
    const end = await (await resume(flow, at)).end();
    expect(end.status).toBe(status);
    expect(ofType(end.events, "items.started").filter((event) => event.call === 3)).toHaveLength(1);
  },
);
