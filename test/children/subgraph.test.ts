/** What a call of a workflow gives its caller: child runs, their results with lineage, tombstones that name them. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ItemsFailed, node, runSubgraph, WorkgraphError, workflow } from "../../src/index.ts";
import { formatAddress } from "../../src/model/ids.ts";
import { memoryStore, ofType, resume, run } from "../authoring/flow.ts";

const words = node({ id: "words", out: "many" }, async ({ text }: { text: string }) => text.split(" "));
const shout = node({ id: "shout" }, async ({ word }: { word: string }) => {
  if (word === "bad") throw new Error("too loud");
  return word.toUpperCase();
});
const join = node({ id: "join", gather: ["parts"] }, async ({ parts }: { parts: string[] }) => parts.join(" "));

const shouting = workflow({ name: "shouting" }, ({ word }: { word: string }) => shout({ word }));
const splitting = workflow({ name: "splitting", out: "many" }, ({ text }: { text: string }) => words({ text }));
const joining = workflow({ name: "joining", gather: ["parts"] }, ({ parts }: { parts: string[] }) => join({ parts }));

describe("a call of a workflow", () => {
  test("is one child run when nothing maps, linked both ways", async () => {
    const parent = workflow({ name: "parent" }, () =>
      runSubgraph({ workflow: shouting, id: "say", input: { word: "hi" } }),
    );
    const ended = await run(parent);
    expect(ended.value).toBe("HI");
    const [created] = ofType(ended.events, "child.created");
    const child = (await ended.store.run(created!.child))!;
    expect(child).toMatchObject({
      workflow: "shouting",
      status: "completed",
      parent: { run: ended.runId, call: 1, item: 0 },
      root: ended.runId,
      caller: { kind: "run", id: formatAddress(ended.runId, 1, 0) },
    });
    expect(ofType(ended.events, "call.created")[0]).toMatchObject({ kind: "subgraph", node: "say", many: false });
    expect(ofType(ended.events, "child.ended")).toMatchObject([
      { child: child.runId, status: "completed", seq: child.seq },
    ]);
  });

  test("is recorded with its child before the child has a log", async () => {
    const parent = workflow({ name: "parent" }, () => runSubgraph({ workflow: shouting, input: { word: "hi" } }));
    const ended = await run(parent);
    const [created] = ofType(ended.events, "child.created");
    const [first] = await ended.store.events(created!.child, { limit: 1 });
    expect(first!.event.at).toBeGreaterThanOrEqual(created!.at);
  });

  test("maps to one child run per item, and items keep their paths", async () => {
    const parent = workflow({ name: "parent" }, async () => {
      const said = runSubgraph({ workflow: shouting, id: "say", input: { word: words({ text: "a b c" }) } });
      return (await said.settled()).map((one) => (one.status === "ok" ? `${one.path} ${one.value}` : "failed"));
    });
    const ended = await run(parent);
    expect(ended.value).toEqual(["words[0] A", "words[1] B", "words[2] C"]);
    expect(new Set(ofType(ended.events, "child.created").map((one) => one.child)).size).toBe(3);
  });

  test("gives a whole set to one child run through a gather parameter", async () => {
    const parent = workflow({ name: "parent" }, () =>
      runSubgraph({ workflow: joining, input: { parts: words({ text: "a b c" }) } }),
    );
    const ended = await run(parent);
    expect(ended.value).toBe("a b c");
    expect(ofType(ended.events, "child.created")).toHaveLength(1);
  });

  test("of a workflow that gives many is a list below each of its items", async () => {
    const parent = workflow({ name: "parent" }, () => {
      const parts = runSubgraph({ workflow: splitting, id: "split", input: { text: ["a b", "c"] } });
      return shout({ word: parts });
    });
    const ended = await run(parent);
    expect(ended.value).toEqual(["A", "B", "C"]);
    const shouted = ofType(ended.events, "call.created").find((one) => one.node === "shout")!;
    expect(shouted.space).toEqual([-1, 1]);
  });

  test("aligns with other calls over the same items", async () => {
    const pair = node({ id: "pair" }, async ({ a, b }: { a: string; b: string }) => `${a}${b}`);
    const parent = workflow({ name: "parent" }, () => {
      const list = words({ text: "a b" });
      return pair({ a: list, b: runSubgraph({ workflow: shouting, input: { word: list } }) });
    });
    expect((await run(parent)).value).toEqual(["aA", "bB"]);
  });

  test("gives its input to the schema of the workflow, as a launch does", async () => {
    const input = z.object({ word: z.string().min(2), times: z.number().default(2) });
    const repeat = workflow({ name: "repeat", input }, ({ word, times }) => shout({ word: word.repeat(times) }));
    const call = runSubgraph as (options: unknown) => PromiseLike<unknown>;
    const good = await run(
      workflow({ name: "parent" }, () => call({ workflow: repeat, input: { word: "ab" } }) as never),
    );
    expect(good.value).toBe("ABAB");
    const bad = await run(
      workflow({ name: "parent" }, () => call({ workflow: repeat, input: { word: "a" } }) as never),
    );
    expect(ofType(bad.events, "item.failed")).toMatchObject([{ error: { code: "WG1014" } }]);
    expect(ofType(bad.events, "child.created"), "nothing was made").toEqual([]);
  });

  test("counts a child that completed partially as completed, and makes its parent partial", async () => {
    const dropping = node(
      { id: "dropping", gather: ["parts"], onFailed: "drop" },
      async ({ parts }: { parts: string[] }) => parts.length,
    );
    const partial = workflow({ name: "partial" }, () => dropping({ parts: shout({ word: ["a", "bad"] }) }));
    const ended = await run(workflow({ name: "parent" }, () => runSubgraph({ workflow: partial })));
    expect(ended.status).toBe("completed_partial");
    expect(ended.value).toBe(1);
  });
});

describe("a child that fails", () => {
  test("leaves a tombstone that names it, and siblings go on", async () => {
    const parent = workflow({ name: "parent" }, () =>
      runSubgraph({ workflow: shouting, id: "say", input: { word: words({ text: "a bad c" }) } }),
    );
    const ended = await run(parent);
    expect(ended.status).toBe("failed");
    const [failed] = ofType(ended.events, "item.failed");
    const child = ofType(ended.events, "child.created").find((one) => one.item === 1)!.child;
    expect(failed!.error).toMatchObject({ code: "WG2030", child, address: formatAddress(ended.runId, 2, 1) });
    expect(failed!.error.message).toContain(`child run ${child} of "shouting" failed`);
    expect(failed!.error.causes![0]!.message).toContain("too loud");
    expect((await ended.store.run(child))!.status).toBe("failed");
    expect(ofType(ended.events, "item.completed").filter((one) => one.call === 2)).toHaveLength(2);
  });

  test("can be caught like any other failure", async () => {
    const parent = workflow({ name: "parent" }, async () => {
      try {
        return await runSubgraph({ workflow: shouting, input: { word: "bad" } });
      } catch (error) {
        return error instanceof ItemsFailed ? "caught" : "other";
      }
    });
    const ended = await run(parent);
    expect([ended.status, ended.value]).toEqual(["completed", "caught"]);
  });

  test("goes on under its own id when its parent is resumed", async () => {
    let calm = false;
    const flaky = node({ id: "flaky" }, async ({ word }: { word: string }) => {
      if (!calm) throw new Error("not yet");
      return word;
    });
    const child = workflow({ name: "child" }, ({ word }: { word: string }) => flaky({ word: shout({ word }) }));
    const parent = workflow({ name: "parent" }, () => runSubgraph({ workflow: child, input: { word: "a" } }));
    const first = await run(parent);
    expect(first.status).toBe("failed");
    calm = true;
    const second = await (await resume(parent, first)).end();
    expect([second.status, second.value]).toEqual(["completed", "A"]);
    expect((await second.store.runs({ root: first.runId })).total).toBe(2);
    const ids = ofType(second.events, "child.created").map((one) => one.child);
    expect(ids).toHaveLength(1);
    const shouted = (await second.store.events(ids[0]!)).filter(({ event }) => event.type === "item.completed");
    expect(shouted).toHaveLength(2);
  });

  test("that was gone on with by itself gives its result to the parent that is resumed later", async () => {
    let calm = false;
    let executed = 0;
    const flaky = node({ id: "flaky" }, async () => {
      executed++;
      if (!calm) throw new Error("not yet");
      return "done";
    });
    const child = workflow({ name: "child" }, () => flaky({}));
    const parent = workflow({ name: "parent" }, () => runSubgraph({ workflow: child }));
    const first = await run(parent);
    const [created] = ofType(first.events, "child.created");
    calm = true;
    expect((await (await resume(child, { runId: created!.child, store: first.store })).end()).status).toBe("completed");
    const second = await (await resume(parent, first)).end();
    expect([second.status, second.value]).toEqual(["completed", "done"]);
    expect(executed).toBe(2);
  });
});

describe("a call that means nothing is refused where it is made:", () => {
  const refused = async (call: () => unknown): Promise<WorkgraphError> => {
    const ended = await run(workflow({ name: "parent" }, async () => void (await (call() as PromiseLike<unknown>))));
    return Object.assign(new WorkgraphError(ended.error!.code, ended.error!.message), { hint: ended.error!.hint });
  };

  test("a workflow below itself, with the chain", async () => {
    const outer: { flow?: typeof shouting } = {};
    const inner = workflow({ name: "inner" }, ({ word }: { word: string }) =>
      runSubgraph({ workflow: outer.flow!, input: { word } }),
    );
    outer.flow = workflow({ name: "outer" }, ({ word }: { word: string }) =>
      runSubgraph({ workflow: inner, input: { word } }),
    );
    const store = memoryStore();
    const ended = await run(outer.flow, { word: "a" }, { store });
    expect(ended.status).toBe("failed");
    expect(ended.error!.message).toContain('"outer" > "inner" > "outer"');
    expect((await store.runs({})).total).toBe(2);
    const [inside] = (await store.runs({ workflow: "inner" })).runs;
    expect((await store.errors(inside!.runId)).at(-1)!.error.code).toBe("WG1040");
  });

  test("options that are none", async () => {
    const call = runSubgraph as (options: unknown) => unknown;
    expect((await refused(() => call({ workflow: shouting, inputs: {} }))).hint).toContain('"input"');
    expect((await refused(() => call({ workflow: shout }))).code).toBe("WG1042");
    expect((await refused(() => call({ workflow: shouting, id: "Not An Id", input: { word: "a" } }))).code).toBe(
      "WG1042",
    );
    expect((await refused(() => call({ workflow: shouting, input: "a" }))).code).toBe("WG1042");
    expect((await refused(() => call({ workflow: shouting, input: { word: "a" }, concurrency: 0 }))).code).toBe(
      "WG1042",
    );
  });

  test("outside a workflow function", () => {
    expect(() => runSubgraph({ workflow: shouting, input: { word: "a" } })).toThrow(/WG3001|outside a workflow/);
  });

  test("a list that nothing was said about", async () => {
    const list = workflow({ name: "list" }, ({ text }: { text: string }) => words({ text }));
    const call = runSubgraph as (options: unknown) => PromiseLike<unknown>;
    const ended = await run(
      workflow({ name: "parent" }, () => call({ workflow: list, input: { text: "a b" } }) as never),
    );
    const [failed] = ofType(ended.events, "item.failed");
    expect(failed!.error).toMatchObject({ code: "WG1041" });
    expect(failed!.error.hint).toContain('out: "many"');
  });
});
