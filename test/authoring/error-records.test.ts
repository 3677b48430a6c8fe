/** Error records of failed items, as agents, `ctx.errors()` and the command line see them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { FakeClock } from "../../src/base/clock.ts";
import { node, workflow } from "../../src/index.ts";
import { ofType, run, turnUntil } from "./flow.ts";

const HERE = fileURLToPath(import.meta.url);

async function failureOf(fn: () => unknown) {
  const bad = node({ id: "bad" }, async (_input: { x: number }) => fn());
  const end = await run(workflow({ name: "flow" }, () => bad({ x: 1 })));
  expect(end.status).toBe("failed");
  return { end, error: ofType(end.events, "item.failed")[0]!.error };
}

test("a record says what, where, which item, which attempt and when", async () => {
  const clock = new FakeClock();
  const list = node({ id: "list", out: "many", key: (x: string) => x }, async () => ["a", "b"]);
  const fetchPage = node(
    { id: "fetch_page", retries: { max: 1, delay: 500, jitter: "none" } },
    async function fetchPage({ url }: { url: string }) {
      if (url === "b") throw Object.assign(new RangeError("no page", { cause: new Error("404") }), { code: "EPAGE" });
      return url;
    },
  );
  const end = await turnUntil(
    clock,
    run(
      workflow({ name: "flow" }, () => fetchPage({ url: list() })),
      {},
      { clock },
    ),
  );
  const [failed] = ofType(end.events, "item.failed");
  const { stack, site, ...rest } = failed!.error;
  expect(rest).toEqual({
    code: "WG2000",
    kind: "thrown",
    name: "RangeError",
    message: "no page",
    errorCode: "EPAGE",
    causes: [{ name: "Error", message: "404" }],
    address: `${end.runId}.2.1`,
    node: "fetch_page",
    path: "list[b]",
    attempt: 2,
    at: "2026-01-01T00:00:00.500Z",
  });
  expect(site).toMatchObject({ file: HERE, functionName: "fetchPage" });
  expect(stack).toContain(HERE);
  for (const frame of stack!.split("\n")) expect(frame).not.toMatch(/node:internal|src\/(engines|runtime|trace)\//);
});

test("a validation error has its issues by field", async () => {
  const make = node(
    { id: "make", output: z.object({ pages: z.array(z.object({ title: z.string() })) }) },
    async () => ({ pages: [{ title: 1 as never }] }),
  );
  const end = await run(workflow({ name: "flow" }, () => make()));
  expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
    code: "WG2008",
    kind: "validation",
    issues: [{ path: ["pages", 0, "title"], message: expect.any(String) as string }],
  });
});

test("the run's error names the item that failed", async () => {
  const bad = node({ id: "bad" }, async (_input: { x: string }) => {
    throw new Error("broken");
  });
  const end = await run(workflow({ name: "flow" }, async () => void bad({ x: ["a"] as never })));
  expect(end.error).toMatchObject({
    code: "WG2006",
    message: expect.stringContaining('1 item failed and nothing handled it; first: "bad" x[0]: broken') as string,
  });
});

class Money {
  readonly cents = 1;
}
const listed = node({ id: "listed" }, (async () => [1, 2]) as unknown as () => Promise<number>);
const classed = node({ id: "classed" }, async () => ({ paid: new Money() }) as { paid: object });
const late = node({ id: "late", timeout: 1 }, (_: object, ctx) => {
  return new Promise<number>((_resolve, reject) =>
    ctx.signal.addEventListener("abort", () => reject(new Error("late"))),
  );
});
const well = node({ id: "well" }, async () => 1);

describe("what no line of the author's threw is told with the line to look at", () => {
  const lineOf = (text: string): number =>
    readFileSync(HERE, "utf8")
      .split("\n")
      .findIndex((line) => line.includes(text)) + 1;

  test.each<readonly [string, () => unknown, string, string]>([
    ["an array result that nobody declared", () => listed(), "WG1009", 'node({ id: "listed"'],
    ["a result that cannot be recorded", () => classed(), "WG1007", 'node({ id: "classed"'],
    ["a timeout", () => late({}), "WG2003", 'node({ id: "late"'],
  ])("%s: its node", async (_, fn, code, line) => {
    const end = await run(workflow({ name: "flow" }, fn));
    const [failed] = ofType(end.events, "item.failed");
    expect(failed?.error).toMatchObject({ code, site: { file: HERE, line: lineOf(line) } });
    expect(end.error).toMatchObject({
      code: "WG2001",
      site: { file: HERE, line: lineOf(`() => ${failed!.error.node}(`) },
    });
    expect(end.error?.stack).toBeUndefined();
  });

  test.each<readonly [string, () => unknown, string, string]>([
    ["a handle further inside", () => ({ whole: well(), a: { b: well() } }), "WG3002", "handle at $.a.b"],
    ["a promise", () => [Promise.resolve(1)], "WG3003", "promise at $[0]"],
    ["an instance", () => ({ paid: new Money() }), "WG1007", '"$.paid"'],
  ])("%s that the workflow function returns: the workflow", async (_, fn, code, message) => {
    const definition = workflow({ name: "flow" }, fn);
    const end = await run(definition);
    expect(end.error).toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
      site: { file: HERE },
    });
  });

  test("JSON of a handle: the line that asked for it", async () => {
    const end = await run(workflow({ name: "flow" }, () => JSON.stringify(well())));
    expect(end.error).toMatchObject({
      code: "WG3002",
      site: { file: HERE, line: lineOf("() => JSON.stringify(well())") },
    });
  });
});

test("a failure that its code is to blame for is not told to be caught first", async () => {
  const end = await run(workflow({ name: "flow" }, () => listed()));
  expect(end.error?.hint).toMatch(/^declare out: "many" .*; where failures are expected: catch it/);
});

describe("whatever is thrown", () => {
  test.each<readonly [string, () => unknown, string]>([
    ["undefined", () => Promise.reject(undefined), "thrown: undefined"],
    [
      "a frozen error",
      () => {
        throw Object.freeze(new Error("f"));
      },
      "f",
    ],
    [
      "a proxy",
      () => {
        throw new Proxy(
          {},
          {
            get() {
              throw new Error("p");
            },
            getPrototypeOf() {
              throw new Error("p");
            },
          },
        );
      },
      "thrown: {}",
    ],
    [
      "a DOMException",
      () => {
        throw new DOMException("Aborted", "AbortError");
      },
      "Aborted",
    ],
    [
      "a stack overflow",
      () => {
        const f = (): number => f() + 1;
        return f();
      },
      "Maximum call stack size exceeded",
    ],
    [
      "a cause that is itself",
      () => {
        const e = new Error("c");
        e.cause = e;
        throw e;
      },
      "c",
    ],
  ])("%s fails its item alone, with a record", async (_, fn, message) => {
    const { error, end } = await failureOf(fn);
    expect(error).toMatchObject({
      code: "WG2000",
      kind: "thrown",
      message,
      node: "bad",
      address: `${end.runId}.1.0`,
      attempt: 1,
    });
    expect((await end.store.items(end.runId, { status: ["failed"] })).total).toBe(1);
  });

  test("a message of 20 MB is bounded in the log", async () => {
    const { error, end } = await failureOf(() => {
      throw new Error("x".repeat(20 << 20));
    });
    expect(error.message).toMatch(/^x{16384}\.\.\. \(20955136 more characters\)$/);
    expect(JSON.stringify(end.events).length).toBeLessThan(200_000);
  });

  test("a synchronous throw is a failure of the item, too", async () => {
    const bad = node({ id: "bad" }, ((): never => {
      throw new Error("at once");
    }) as unknown as () => Promise<number>);
    const end = await run(workflow({ name: "flow" }, () => bad()));
    expect(ofType(end.events, "item.failed")[0]?.error.message).toBe("at once");
  });

  test("an error that is given to the workflow function arrives as a recorded error", async () => {
    const bad = node({ id: "bad" }, async () => {
      throw Object.assign(new TypeError("typed"), { code: "ECODE" });
    });
    const flow = workflow({ name: "flow" }, async () => {
      const [outcome] = await bad().settled();
      return outcome!.status === "failed"
        ? [outcome!.error.name, outcome!.error.message, outcome!.error.errorCode]
        : [];
    });
    expect((await run(flow)).value).toEqual(["TypeError", "typed", "ECODE"]);
  });
});
