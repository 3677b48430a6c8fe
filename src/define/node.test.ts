import { expect, test } from "vitest";
import { z } from "zod";
import type { NodeDefinition } from "../model/definition.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { CallSink } from "../trace/call-sink.ts";
import { withFrame } from "../trace/current.ts";
import { createHandle } from "../trace/handle.ts";
import type { HandleTarget } from "../trace/handle.ts";
import { captureSite, originalSite } from "../trace/site.ts";
import { isNode, isWorkflow } from "./brand.ts";
import { callNode } from "./call.ts";
import { FatalError, isFatal } from "./fatal-error.ts";
import { node } from "./node.ts";

const double = node({ id: "double" }, async ({ n }: { n: number }) => 2 * n);

/** A sink that notes what it was asked. */
function recordingSink(): { readonly calls: [NodeDefinition, unknown, string | undefined][]; readonly sink: CallSink } {
  const calls: [NodeDefinition, unknown, string | undefined][] = [];
  const refused = (): never => {
    throw new Error("not asked for in this test");
  };
  return {
    calls,
    sink: {
      callNode(definition, args) {
        const site = captureSite(callNode);
        calls.push([definition, args, site && originalSite(site).file.replace(/\?.*/, "")]);
        return "handle";
      },
      combine: refused,
      callSubgraph: refused,
      now: refused,
      random: refused,
      uuid: refused,
    },
  };
}

async function errorOf(fn: () => unknown): Promise<WorkgraphError> {
  try {
    await fn();
  } catch (error) {
    if (error instanceof WorkgraphError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("a node called in a workflow function goes to the run's sink, and the handle comes back", () => {
  const { calls, sink } = recordingSink();
  const result = withFrame({ kind: "workflow", workflow: "w", sink }, () => double({ n: 4 }));
  expect(result).toBe("handle");
  expect(calls).toEqual([[double.definition, { n: 4 }, import.meta.filename]]);
});

test("a node without parameters is called without arguments", () => {
  const { calls, sink } = recordingSink();
  const ping = node({ id: "ping" }, async () => 1);
  withFrame({ kind: "workflow", workflow: "w", sink }, () => ping());
  expect(calls[0]?.[1]).toEqual({});
});

test("arguments that are not given by name are refused with the line of the call", async () => {
  const { sink } = recordingSink();
  const target = { call: 1, many: true } as unknown as HandleTarget;
  for (const [given, what] of [
    ["https://example.org", '"https://example.org"'],
    [null, "null"],
    [["a"], "an array"],
    [createHandle(target), "a handle"],
  ] as const) {
    const call = double as unknown as (args: unknown) => unknown;
    const error = await errorOf(() => withFrame({ kind: "workflow", workflow: "w", sink }, () => call(given)));
    expect(error.code).toBe("WG1124");
    expect(error.message).toMatch(/node "double" was called with .*, at .*node\.test\.ts:\d+/);
    expect(error.message).toContain(`with ${what}`);
  }
});

test("a node called outside a run says where it was called and what to do", async () => {
  const error = await errorOf(() => double({ n: 1 }));
  expect(error.code).toBe("WG3001");
  expect(error.message).toMatch(/node "double" was called outside a workflow function, at .*node\.test\.ts:\d+:\d+/);
  expect(error.hint).toContain(".run(input)");
});

test("a node called inside a node names both", async () => {
  const error = await errorOf(() =>
    withFrame({ kind: "node", nodeId: "outer", address: "R.1.0" }, () => double({ n: 1 })),
  );
  expect(error.code).toBe("WG3001");
  expect(error.message).toContain('node "double" was called inside node "outer" (R.1.0)');
  expect(error.hint).toContain("plain function");
});

test("a node created while a run is running is refused", async () => {
  const { sink } = recordingSink();
  const error = await errorOf(() =>
    withFrame({ kind: "workflow", workflow: "w", sink }, () => node({ id: "late" }, async () => 1)),
  );
  expect(error.code).toBe("WG3004");
  expect(error.message).toContain('node "late" was created while workflow "w" was running');
});

test("a node tells its id, its definition and what it is", () => {
  expect(double.id).toBe("double");
  expect((double as unknown as { name: string }).name).toBe("double");
  expect(double.definition.concurrency).toBe(16);
  expect(isNode(double)).toBe(true);
  expect(isWorkflow(double)).toBe(false);
  expect(isNode(() => 1)).toBe(false);
  expect(isNode(null)).toBe(false);
});

test("run executes the function once, with a ctx of its own", async () => {
  const seen = node({ id: "seen" }, async ({ n }: { n: number }, ctx) => ({ n, attempt: ctx.attempt, id: ctx.nodeId }));
  expect(await seen.run({ n: 3 })).toEqual({ n: 3, attempt: 1, id: "seen" });
  expect(await seen.run({ n: 3 }, { attempt: 2 })).toEqual({ n: 3, attempt: 2, id: "seen" });
});

test("run gives what a generator yields as an array", async () => {
  const count = node({ id: "count" }, async function* ({ to }: { to: number }) {
    for (let n = 1; n <= to; n += 1) yield n;
  });
  expect(count.definition.out).toBe("stream");
  expect(await count.run({ to: 3 })).toEqual([1, 2, 3]);
});

test("run throws what the function throws", async () => {
  const fails = node({ id: "fails", retries: 3 }, async () => Promise.reject(new FatalError("no")));
  await expect(fails.run({})).rejects.toThrow(new FatalError("no"));
});

test("run validates input and result as a run does", async () => {
  const parse = node(
    { id: "parse", input: { text: z.string().min(1) }, output: z.object({ n: z.number() }) },
    async ({ text }: { text: string }) => ({ n: Number.parseInt(text, 10), extra: true }),
  );
  expect(await parse.run({ text: "12" })).toEqual({ n: 12 });
  const error = await errorOf(() => parse.run({ text: "" }));
  expect(error.code).toBe("WG1128");
  expect(error.message).toContain('node "parse": "text" does not pass its schema');
  await expect(parse.run({ text: "x" })).rejects.toThrow(/result does not pass its schema: n: /);
});

test("run validates each item of many", async () => {
  const sizes = node({ id: "sizes", out: "many", output: z.number() }, async ({ list }: { list: string }) =>
    list.split(",").map(Number),
  );
  expect(await sizes.run({ list: "1,2" })).toEqual([1, 2]);
  await expect(sizes.run({ list: "1,x" })).rejects.toThrow(/item 1 does not pass its schema/);
});

test("run gives the function what a schema of all parameters gives", async () => {
  const page = node({ id: "page", input: z.object({ size: z.number().default(10) }) }, async ({ size }) => size);
  expect(await page.run({} as { size: number })).toBe(10);
});

test("run inside a workflow function is refused: it would leave no trace", async () => {
  const { sink } = recordingSink();
  const error = await errorOf(() => withFrame({ kind: "workflow", workflow: "w", sink }, () => double.run({ n: 1 })));
  expect(error.code).toBe("WG3111");
  expect(error.message).toMatch(/inside workflow "w", at .*node\.test\.ts:\d+/);
});

test("the ctx of run keeps values as a run does", async () => {
  const keeper = node({ id: "keeper" }, async (_: Record<never, never>, ctx) => {
    let executed = 0;
    const sub = async (): Promise<number> => ctx.once("sub", () => ++executed);
    await ctx.scratchpad.set("list", [1]);
    const copy = (await ctx.scratchpad.get<number[]>("list"))!;
    copy.push(2);
    return {
      once: [await sub(), await sub(), executed],
      list: await ctx.scratchpad.get("list"),
      cas: [await ctx.scratchpad.cas("list", [2], 0), await ctx.scratchpad.cas("list", [1], 0)],
      none: await ctx.scratchpad.get("none"),
      errors: await ctx.errors(),
    };
  });
  expect(await keeper.run({})).toEqual({
    once: [1, 1, 1],
    list: [1],
    cas: [false, true],
    none: undefined,
    errors: [],
  });
});

test("a sub-step that failed is executed again when it is asked for again", async () => {
  const flaky = node({ id: "flaky" }, async (_: Record<never, never>, ctx) => {
    let tries = 0;
    const sub = async (): Promise<number> =>
      ctx.once("sub", () => {
        tries += 1;
        if (tries === 1) throw new Error("first");
        return tries;
      });
    await sub().catch(() => undefined);
    return sub();
  });
  expect(await flaky.run({})).toBe(2);
});

test("a node that asks a model is given the answer in a test; without one it is told how", async () => {
  const asks = node({ id: "asks" }, async (_: Record<never, never>, ctx) => ctx.llm({ prompt: "?" }));
  expect((await errorOf(() => asks.run({}))).code).toBe("WG1140");
  expect(await asks.run({}, { llm: ({ prompt }) => `to "${prompt}": 42` })).toBe('to "?": 42');
});

test("a secret that is not set is named, and its value is not needed in a test", async () => {
  const reads = node({ id: "reads" }, async (_: Record<never, never>, ctx) => ctx.secret("WORKGRAPH_NO_SUCH_SECRET"));
  const error = await errorOf(() => reads.run({}));
  expect(error.code).toBe("WG1131");
  expect(error.message).toContain('"WORKGRAPH_NO_SUCH_SECRET"');
  expect(await reads.run({}, { secret: () => "s" })).toBe("s");
});

test("a fatal error is known, also a subclass and across copies of the package, and nothing else is", () => {
  class Gone extends FatalError {}
  const ofAnotherCopy = Object.assign(new Error("x"), { [Symbol.for("agentic-workgraph.fatal")]: true });
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error("no");
      },
    },
  );
  expect([new FatalError("x"), new Gone("x"), ofAnotherCopy].map(isFatal)).toEqual([true, true, true]);
  expect([new Error("x"), undefined, null, "fatal", hostile].map(isFatal)).toEqual([false, false, false, false, false]);
});
