import { describe, expect, test } from "vitest";
import { z } from "zod";
import { FakeClock } from "../../src/base/clock.ts";
import { node, workflow, type ValidationIssue } from "../../src/index.ts";
import { crash, lifeOf, ofType, rest, resume, run, turnUntil } from "./flow.ts";

const Page = z.object({ title: z.string().min(3), year: z.number() });

describe("input", () => {
  test("a schema per parameter: the function receives what the schema gives", async () => {
    const add = node(
      { id: "add", input: { a: z.coerce.number(), b: z.number().default(10) } },
      async ({ a, b }) => a + b,
    );
    expect((await run(workflow({ name: "flow" }, () => add({ a: "5" as never } as never)))).value).toBe(15);
  });

  test("a schema of the whole input: the function receives what the schema gives", async () => {
    const whole = node(
      { id: "whole_input", input: z.object({ n: z.number() }).transform(({ n }) => ({ n: n + 1 })) },
      async ({ n }) => n,
    );
    expect((await run(workflow({ name: "flow" }, () => whole({ n: 1 })))).value).toBe(2);
  });

  test("a parameter that is refused is WG1011, by field, and no retry changes that", async () => {
    let times = 0;
    const read = node({ id: "read", retries: 3, input: { page: Page } }, async () => ++times);
    const end = await run(workflow({ name: "flow" }, () => read({ page: { title: "x", year: "y" } as never })));
    const [failed] = ofType(end.events, "item.failed");
    expect(failed?.error).toMatchObject({
      code: "WG1011",
      kind: "validation",
      name: "ValidationError",
      node: "read",
      attempt: 1,
    });
    expect(failed?.error.issues?.map((issue) => issue.path)).toEqual([
      ["page", "title"],
      ["page", "year"],
    ]);
    expect(failed?.error.message).toContain('the input of "read" is not what its schema says: page.title:');
    expect(times).toBe(0);
  });

  test("an async schema is waited for", async () => {
    const schema = z.string().refine(async (text) => (await rest(), text === "yes"), "say yes");
    const ask = node({ id: "ask", input: { answer: schema } }, async ({ answer }) => answer);
    const flow = workflow({ name: "flow" }, async () =>
      (await ask({ answer: ["yes", "no"] as never }).settled()).map(({ status }) => status),
    );
    expect((await run(flow)).value).toEqual(["ok", "failed"]);
  });
});

describe("output", () => {
  test("consumers get what the schema gives", async () => {
    const make = node(
      { id: "make", output: z.object({ n: z.coerce.number() }) },
      async () => ({ n: "5", extra: true }) as never,
    );
    expect((await run(workflow({ name: "flow" }, () => make()))).value).toEqual({ n: 5 });
  });

  test("of many: each element is checked, and the issue's path begins with its index", async () => {
    const pages = node({ id: "pages", out: "many", output: Page }, async () => [
      { title: "long enough", year: 1 },
      { title: "x", year: 2 },
    ]);
    const end = await run(workflow({ name: "flow" }, () => pages()));
    expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({ code: "WG2008", kind: "validation" });
    expect(ofType(end.events, "item.failed")[0]?.error.issues?.[0]?.path).toEqual([1, "title"]);
  });

  test("of a generator: each yield is checked; those before stay", async () => {
    const pages = node({ id: "pages", output: z.number() }, async function* () {
      yield 1;
      yield "two" as never;
    });
    const flow = workflow({ name: "flow" }, async () =>
      (await pages().settled()).map((outcome) => [outcome.path, outcome.status]),
    );
    expect((await run(flow)).value).toEqual([
      ["pages[0]", "ok"],
      [".", "failed"],
    ]);
  });
});

describe("onInvalid", () => {
  test('"fail" is the default: a failure of kind validation, whatever retries says', async () => {
    let times = 0;
    const make = node({ id: "make", output: z.number(), retries: 3 }, async () => (++times, "x" as never));
    const end = await run(workflow({ name: "flow" }, () => make()));
    expect(times).toBe(1);
    expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
      code: "WG2008",
      kind: "validation",
      message: expect.stringContaining('the output of "make" is not what its schema says') as string,
    });
  });

  test('"retry" hands what was wrong to the next attempt, twice by default', async () => {
    const clock = new FakeClock();
    const seen: (readonly ValidationIssue[] | undefined)[] = [];
    const make = node({ id: "make", output: Page, onInvalid: "retry" }, async (_: object, ctx) => {
      seen.push(ctx.feedback);
      return {
        title: ctx.attempt < 3 ? "x".repeat(ctx.attempt) : "good",
        year: ctx.attempt === 2 ? ("y" as never) : 2000,
      };
    });
    const end = await turnUntil(
      clock,
      run(
        workflow({ name: "flow" }, () => make()),
        {},
        { clock },
      ),
    );
    expect(end.value).toEqual({ title: "good", year: 2000 });
    expect(seen.map((issues) => issues?.map((issue) => issue.path.join(".")))).toEqual([
      undefined,
      ["title"],
      ["title", "year"],
    ]);
    expect(lifeOf(end.events, 1, 0)).toEqual([
      "started 1",
      "retrying 1",
      "started 2",
      "retrying 2",
      "started 3",
      "completed 3",
    ]);
  });

  test('"retry" gives up after its retries, with the last issues', async () => {
    const clock = new FakeClock();
    const make = node({ id: "make", output: z.number(), onInvalid: "retry", retries: 1 }, async () => "x" as never);
    const end = await turnUntil(
      clock,
      run(
        workflow({ name: "flow" }, () => make()),
        {},
        { clock },
      ),
    );
    expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
      kind: "validation",
      attempt: 2,
      issues: [{ path: [] }],
    });
  });

  test("feedback survives a crash", async () => {
    // The run that crashed may begin attempt 3 before it hears that attempt 2 was not written: equal ones count once.
    const seen = new Set<string>();
    const make = node(
      { id: "make", output: z.number(), onInvalid: "retry", retries: { max: 3, delay: 0 } },
      async (_: object, ctx) => {
        await rest();
        seen.add(`attempt ${ctx.attempt}, feedback ${ctx.feedback?.length}`);
        return (ctx.attempt < 3 ? "x" : 1) as never;
      },
    );
    const flow = workflow({ name: "flow" }, () => make());
    const at = await crash(flow, {}, ({ events }) =>
      events.some(({ event }) => event.type === "item.retrying" && event.attempt === 2),
    );
    expect((await (await resume(flow, at)).end()).value).toBe(1);
    expect([...seen]).toEqual(["attempt 1, feedback undefined", "attempt 2, feedback 1", "attempt 3, feedback 1"]);
  });

  test("a fallback stands in for a value that does not pass, and the event says so", async () => {
    const make = node(
      { id: "make", output: z.number(), onInvalid: { fallback: -1 } },
      async ({ x }: { x: string }) => (x === "bad" ? "x" : 1) as never,
    );
    const end = await run(workflow({ name: "flow" }, () => make({ x: ["bad", "good"] as never })));
    expect(end).toMatchObject({ value: [-1, 1], status: "completed" });
    expect(ofType(end.events, "item.completed").map((event) => [event.item, event.fallback])).toEqual([
      [0, true],
      [1, undefined],
    ]);
  });

  test("of many, the fallback stands in for the element, and the others stay", async () => {
    const make = node({ id: "make", out: "many", output: z.number(), onInvalid: { fallback: 0 } }, async () => [
      1,
      "x" as never,
      3,
    ]);
    expect((await run(workflow({ name: "flow" }, () => make()))).value).toEqual([1, 0, 3]);
    const stream = node({ id: "stream", output: z.number(), onInvalid: { fallback: 0 } }, async function* () {
      yield* [1, "x" as never, 3];
    });
    expect((await run(workflow({ name: "streamed" }, () => stream()))).value).toEqual([1, 0, 3]);
  });

  test("a fallback swallows nothing but validation: what the function throws fails the item", async () => {
    const make = node({ id: "make", output: z.number(), onInvalid: { fallback: -1 } }, async (): Promise<number> => {
      throw new Error("not swallowed");
    });
    const end = await run(workflow({ name: "flow" }, () => make()));
    expect(end.status).toBe("failed");
    expect(ofType(end.events, "item.failed")[0]?.error.message).toBe("not swallowed");
  });
});
