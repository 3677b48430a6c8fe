/** Going on with a failed run: what failed is tried again, what was recorded stays with its item. */
import { describe, expect, test } from "vitest";
import { cross, node, workflow, zip } from "../index.ts";
import { ofType, resume, run } from "../../test/authoring/flow.ts";

/** Flows whose nodes note what they execute; what stands in `wrong` throws. */
function world(wrong: Set<string>) {
  const executed: string[] = [];
  const note = (name: string, value: unknown): string => {
    const text = `${name} ${String(value)}`;
    executed.push(text);
    if (wrong.has(text)) throw new Error(`${text} is wrong`);
    return text;
  };
  const counts = (): Record<string, number> =>
    executed.reduce<Record<string, number>>((all, text) => ({ ...all, [text]: (all[text] ?? 0) + 1 }), {});
  return {
    counts,
    list: node({ id: "list", out: "many" }, async ({ n }: { n: number }) =>
      Array.from({ length: n }, (_, i) => String(i)),
    ),
    work: node({ id: "work" }, async ({ x }: { x: string }) => note("work", x)),
    split: node({ id: "split", out: "many" }, async ({ x }: { x: string }) => {
      note("split", x);
      return [`${x}a`, `${x}b`];
    }),
    twice: node({ id: "twice" }, async ({ a, b }: { a: string; b: string }) => note("twice", `${a}+${b}`)),
    count: node({ id: "count", gather: ["xs"], onFailed: "drop" }, async ({ xs }: { xs: string[] }) =>
      note("count", xs.length),
    ),
    all: node({ id: "all", gather: ["xs"] }, async ({ xs }: { xs: string[] }) => note("all", xs.join(","))),
  };
}

describe("a resume of a failed run", () => {
  test("executes the failed item again and no other: 1, 1, 2, 1, 1", async () => {
    const wrong = new Set(["work 2"]);
    const { list, work, all, counts } = world(wrong);
    const flow = workflow({ name: "flow" }, () => all({ xs: work({ x: list({ n: 5 }) }) }));
    const failed = await run(flow);
    expect(failed.status).toBe("failed");
    wrong.clear();
    const end = await (await resume(flow, failed)).end();
    expect([end.status, end.value]).toEqual(["completed", "all work 0,work 1,work 2,work 3,work 4"]);
    expect(counts()).toEqual({
      "work 0": 1,
      "work 1": 1,
      "work 2": 2,
      "work 3": 1,
      "work 4": 1,
      "all work 0,work 1,work 2,work 3,work 4": 1,
    });
    expect(ofType(end.events, "run.resumed").map(({ reason, reopened }) => [reason, reopened])).toEqual([
      ["explicit", [[2, 2]]],
    ]);
  });

  test("can be made as often as it takes", async () => {
    const wrong = new Set(["work 0", "work 1", "work 2"]);
    const { list, work, counts } = world(wrong);
    const flow = workflow({ name: "flow" }, () => work({ x: list({ n: 3 }) }));
    let end = await run(flow);
    for (const text of ["work 0", "work 1", "work 2"]) {
      wrong.delete(text);
      end = await (await resume(flow, end)).end();
    }
    expect(end.status).toBe("completed");
    expect(counts()).toEqual({ "work 0": 2, "work 1": 3, "work 2": 4 });
  });

  test("leaves what the function handled as it was", async () => {
    const wrong = new Set(["work 0", "twice 1+1"]);
    const { list, work, count, twice, counts } = world(wrong);
    const flow = workflow({ name: "flow" }, async () => {
      const counted = await count({ xs: work({ x: list({ n: 2 }) }) });
      return [counted, await twice({ a: "1", b: "1" })];
    });
    const failed = await run(flow);
    wrong.clear();
    const end = await (await resume(flow, failed)).end();
    expect([end.status, end.value]).toEqual(["completed_partial", ["count 1", "twice 1+1"]]);
    expect(counts()["work 0"], "its failure was dropped: a fact").toBe(1);
  });

  test("supersedes calls that the function does not make again, with their failures", async () => {
    const wrong = new Set(["work 1", "work instead"]);
    const { work, counts } = world(wrong);
    const flow = workflow({ name: "flow" }, async () => {
      try {
        return await work({ x: "1" });
      } catch (error) {
        work({ x: "instead" });
        throw new Error("given up", { cause: error });
      }
    });
    const failed = await run(flow);
    expect([failed.status, failed.error?.message]).toEqual(["failed", "given up"]);
    wrong.delete("work 1");
    const end = await (await resume(flow, failed)).end();
    expect([end.status, end.value]).toEqual(["completed", "work 1"]);
    expect(counts()).toEqual({ "work 1": 2, "work instead": 1 });
    expect(ofType(end.events, "calls.superseded").map(({ calls }) => calls)).toEqual([[2]]);
  });

  test("tries nothing again when every failure was handled: those are facts", async () => {
    const wrong = new Set(["work 1"]);
    const { work, counts } = world(wrong);
    const flow = workflow({ name: "flow" }, async () => {
      if ((await work({ x: "1" }).settled())[0]?.status !== "ok") throw new Error("given up");
    });
    const failed = await run(flow);
    wrong.clear();
    const end = await (await resume(flow, failed)).end();
    expect([end.status, counts()]).toEqual(["failed", { "work 1": 1 }]);
  });

  test("gives recorded results back to their items when an array of handles grows between them", async () => {
    const wrong = new Set(["split 0"]);
    const { list, split, work, counts } = world(wrong);
    const flow = workflow({ name: "flow" }, () => work({ x: [split({ x: list({ n: 2 }) }), "end"] }));
    const failed = await run(flow);
    expect(counts()).toEqual({ "split 0": 1, "split 1": 1, "work 1a": 1, "work 1b": 1, "work end": 1 });
    wrong.clear();
    const end = await (await resume(flow, failed)).end();
    expect(end.value).toEqual(["work 0a", "work 0b", "work 1a", "work 1b", "work end"]);
    expect(counts()).toEqual({
      "split 0": 2,
      "split 1": 1,
      "work 0a": 1,
      "work 0b": 1,
      "work 1a": 1,
      "work 1b": 1,
      "work end": 1,
    });
  });

  test("pairs anew by position; a pair that stayed a pair is not executed again", async () => {
    const wrong = new Set(["split 1"]);
    const { list, split, twice, counts } = world(wrong);
    const flow = workflow({ name: "flow" }, () => {
      const parts = split({ x: list({ n: 2 }) });
      const [a, b] = zip(parts, parts);
      return twice({ a, b });
    });
    const failed = await run(flow);
    wrong.clear();
    const end = await (await resume(flow, failed)).end();
    expect(end.value).toEqual(["twice 0a+0a", "twice 0b+0b", "twice 1a+1a", "twice 1b+1b"]);
    expect(counts()["twice 0a+0a"]).toBe(1);
  });

  test("repairs a cross", async () => {
    const wrong = new Set(["split 0"]);
    const { list, split, twice, counts } = world(wrong);
    const flow = workflow({ name: "flow" }, () => {
      const [a, b] = cross(split({ x: list({ n: 2 }) }), ["x", "y"]);
      return twice({ a, b });
    });
    const failed = await run(flow);
    wrong.clear();
    const end = await (await resume(flow, failed)).end();
    const pairs = ["0a+x", "0a+y", "0b+x", "0b+y", "1a+x", "1a+y", "1b+x", "1b+y"].map((text) => `twice ${text}`);
    expect(end.value).toEqual(pairs);
    for (const text of pairs) expect(counts()[text], text).toBe(1);
  });

  test("repairs a zip that could not be made for want of an item", async () => {
    const wrong = new Set(["split 0"]);
    const { list, split, twice } = world(wrong);
    const flow = workflow({ name: "flow" }, () => {
      const [a, b] = zip(split({ x: list({ n: 1 }) }), ["x", "y"]);
      return twice({ a, b });
    });
    const failed = await run(flow);
    expect(ofType(failed.events, "item.failed").map(({ error }) => error.code)).toEqual(["WG2000", "WG1002"]);
    wrong.clear();
    const end = await (await resume(flow, failed)).end();
    expect([end.status, end.value]).toEqual(["completed", ["twice 0a+x", "twice 0b+y"]]);
  });

  test("keeps the keys of paths", async () => {
    const wrong = new Set(["work b"]);
    const { work } = world(wrong);
    const named = node({ id: "named", out: "many", key: (text: string) => text }, async () => ["a", "b"]);
    let paths: string[] = [];
    const flow = workflow({ name: "flow" }, async () => {
      const done = work({ x: named() });
      await done;
      paths = (await done.settled()).map(({ path }) => path);
    });
    const failed = await run(flow);
    wrong.clear();
    await (await resume(flow, failed)).end();
    expect(paths).toEqual(["named[a]", "named[b]"]);
  });

  test("of a completed run is refused, and says what to do", async () => {
    const { work } = world(new Set());
    const flow = workflow({ name: "flow" }, () => work({ x: "1" }));
    const end = await run(flow);
    await expect(resume(flow, end)).rejects.toMatchObject({ code: expect.stringMatching(/^WG40/) });
  });
});
